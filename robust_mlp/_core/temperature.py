"""One number that makes probabilities as sure as they are right: temperature scaling (Guo et al. 2017, section 4.2).

On arrays of logits; knows nothing of networks. Picking the epoch by the loss that is left at the best temperature, and
setting the temperature afterwards, lets a network train on after it became too sure of itself (Berta et al. 2025)."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

# Before the held-out rows speak, the logarithm of the inverse temperature is normal around 0 with this deviation: a
# factor of at most 1.65 either way two times out of three. It steadies what a few dozen rows say, and a few hundred
# outweigh it.
DEVIATION_OF_LOG = 0.5
# The search ends at these factors; a network that is worse than that has no skill, which is the guard's affair.
SOFTEST, SHARPEST = 1 / 32, 32.0
PRIOR_VARIANCE = DEVIATION_OF_LOG**2
# Newton steps towards the best temperature of an epoch, each at most a factor of two: five come from 1 to anywhere
# between the ends, and the loss is flat around its lowest point.
TEMPERATURE_STEPS = 5


def best_inverse_temperature(logits, codes, weights, offsets=0.0):
    """The factor for logits under which held-out labels are most likely.

    Parameters
    ----------
    logits : ndarray of shape (n_rows, n_classes)
        Of rows that were not trained on.
    codes : ndarray of shape (n_rows,), dtype int
        True classes.
    weights : ndarray of shape (n_rows,)
        How often each row counts.
    offsets : ndarray of shape (n_classes,), default=0.0
        What is added to the logits after they were multiplied: a prior correction.

    Returns
    -------
    factor : float
        In [1/32, 32]; below 1 the probabilities become less sure. 1 where a logit is not a number.

    References
    ----------
    .. [1] Guo, Pleiss, Sun, Weinberger (2017), "On Calibration of Modern Neural Networks",
       https://arxiv.org/abs/1706.04599
    .. [2] Berta, Holzmueller, Jordan, Bach (2025), "Rethinking Early Stopping: Refine, Then Calibrate",
       https://arxiv.org/abs/2501.19195

    Examples
    --------
    >>> import numpy as np
    >>> sure, right = np.array([[4.0, 0.0]] * 10), np.array([0] * 7 + [1] * 3)
    >>> round(best_inverse_temperature(sure, right, np.full(10, 1e4)) * 4, 2)  # odds of 7 : 3 are .85
    0.85
    """
    logits = logits.astype(np.float64)
    if not np.isfinite(logits).all():
        return 1.0
    where = np.arange(len(codes))

    def cost(log_factor):
        likelihood = log_softmax(np.exp(log_factor) * logits + offsets, axis=-1)[where, codes] @ weights
        return (log_factor / DEVIATION_OF_LOG) ** 2 / 2 - likelihood

    found = minimize_scalar(cost, bounds=(np.log(SOFTEST), np.log(SHARPEST)), method="bounded")
    return float(np.exp(found.x))


def refined_losses(logits, codes, weights, correction, view_of):
    """The loss of held-out rows at the temperature that suits them best: what an epoch is picked by.

    By Newton's method, as in `_network.held_out`, where the formulas are explained.

    Parameters
    ----------
    logits : ndarray of shape (n_members, n_classes, n_rows)
        Less each row's largest: large ones would cancel.
    codes, weights : ndarray of shape (n_members, n_rows)
        True classes and what each row counts.
    correction : ndarray of shape (2, n_classes)
        What to add to the logits, and what to multiply the weight of a class's rows by.
    view_of : ndarray of shape (n_members,), dtype int
        Members of one view, a number from 0, share a temperature.

    Returns
    -------
    losses : ndarray of shape (n_views,), dtype of `logits`
        Nats a row, with what the temperature costs under its prior; at most the loss as it is.
    """
    offsets, class_factors = correction
    weights = weights * class_factors[codes]
    right = np.take_along_axis(logits, codes[:, np.newaxis], axis=1)[:, 0]
    right_offsets, offsets, squares = offsets[codes], offsets[:, np.newaxis], np.square(logits)

    def sums_of_views(by_row):
        return np.bincount(view_of, by_row.sum(axis=1))

    def odds_at(factors):
        shifted = factors[view_of, np.newaxis, np.newaxis] * logits + offsets
        top = shifted.max(axis=1, keepdims=True)
        odds = np.exp(shifted - top)
        return odds, odds.sum(axis=1), top[:, 0]

    def losses_at(factors):
        _, sums, top = odds_at(factors)
        return sums_of_views(weights * (np.log(sums) + top - factors[view_of, np.newaxis] * right - right_offsets))

    factors = as_they_are = np.ones(view_of.max() + 1, logits.dtype)
    for _ in range(TEMPERATURE_STEPS):
        odds, sums, _ = odds_at(factors)
        mean = (odds * logits).sum(axis=1) / sums
        variance = (odds * squares).sum(axis=1) / sums - np.square(mean)
        slopes = sums_of_views(weights * (mean - right)) + np.log(factors) / factors / PRIOR_VARIANCE
        curvatures = sums_of_views(weights * variance) + 1 / np.square(factors) / PRIOR_VARIANCE
        factors = np.clip(factors - slopes / curvatures, factors / 2, factors * 2).astype(logits.dtype)
    costs = np.square(np.log(factors)) / PRIOR_VARIANCE / 2
    losses = np.minimum(losses_at(as_they_are), losses_at(factors) + costs) / sums_of_views(weights)
    return losses.astype(logits.dtype)
