"""Temperature scaling: one factor of the logits calibrates probabilities (Guo et al. 2017, section 4.2).

Works on arrays of logits; knows nothing of networks. The epoch is chosen by the loss at the best temperature, and the
temperature is set afterwards. So a network may train on after it became overconfident (Berta et al. 2025)."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

# Standard deviation of the prior of the log inverse temperature, a normal distribution around 0: with probability 2/3
# the factor lies between 1/1.65 and 1.65. The prior stabilizes the estimate from a few dozen rows; a few hundred
# outweigh it.
DEVIATION_OF_LOG = 0.5
# Bounds of the search. A network that needs a factor beyond them learned nothing, which the guard handles.
SOFTEST, SHARPEST = 1 / 32, 32.0
PRIOR_VARIANCE = DEVIATION_OF_LOG**2
# Logits of other folds that a factor for judging is fitted to, and the fewest rows of them: thousands of rows tell one
# number to a percent, and there may be a dozen folds.
MOST_CELLS_OF_OTHERS, FEWEST_ROWS_OF_OTHERS = 100_000, 1000
# Newton steps for the best temperature of an epoch. Each changes the factor by at most two, so five steps reach both
# bounds from 1. The loss is flat near its minimum.
TEMPERATURE_STEPS = 5


def best_inverse_temperature(logits, codes, weights, offsets=0.0):
    """The factor of the logits that makes the held-out labels most likely.

    Parameters
    ----------
    logits : ndarray of shape (n_rows, n_classes)
        Logits of held-out rows.
    codes : ndarray of shape (n_rows,), dtype int
        True classes.
    weights : ndarray of shape (n_rows,)
        Weight of each row.
    offsets : ndarray of shape (n_classes,), default=0.0
        Added to the logits after the multiplication: a prior correction.

    Returns
    -------
    factor : float
        In [1/32, 32]. Below 1 the probabilities become less confident. 1 if a logit is not finite.

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


def judging_factors(logits, codes, weights, folds, offsets=0.0):
    """For each held-out row, the best factor of the logits according to the rows of other folds.

    A factor that was fitted to a row makes this row's label a little more likely than that of a new row.

    Parameters
    ----------
    logits, codes, weights, offsets
        As for `best_inverse_temperature`.
    folds : ndarray of shape (n_rows,), dtype int
        Rows with the same number are in one fold.

    Returns
    -------
    factors : ndarray of shape (n_rows,), dtype float64
        1 if all rows are in one fold.

    Examples
    --------
    >>> import numpy as np
    >>> sure, right = np.array([[4.0, 0.0]] * 10), np.array([0] * 7 + [1] * 3)
    >>> factors = judging_factors(sure, right, np.full(10, 1e4), np.arange(10) % 2)
    >>> factors.round(2).tolist()[:2]
    [0.1, 0.35]
    """
    factors = np.ones(len(codes))
    most = max(FEWEST_ROWS_OF_OTHERS, MOST_CELLS_OF_OTHERS // logits.shape[1])
    for fold in np.unique(folds):
        others = np.flatnonzero(folds != fold)
        if len(others):
            others = others[:: -(-len(others) // most)]
            factors[folds == fold] = best_inverse_temperature(logits[others], codes[others], weights[others], offsets)
    return factors


def refined_losses(logits, codes, weights, correction, view_of):
    """The loss of held-out rows at the best temperature. Early stopping chooses the epochs by it.

    The epoch of a member is chosen by the rows that others hold out: of many epochs, the one that suits some rows best
    suits new rows less.

    It uses Newton's method; `_network.graph.held_out` explains the formulas.

    Parameters
    ----------
    logits : ndarray of shape (n_members, n_classes, n_rows)
        Each row's largest logit is subtracted before, because differences of large logits lose precision.
    codes, weights : ndarray of shape (n_members, n_rows)
        True classes and weights.
    correction : ndarray of shape (2, n_classes)
        Offsets of the logits, and factors of the weights of each class's rows.
    view_of : ndarray of shape (n_members,), dtype int
        The group of each member, a number from 0. Members of a group share a temperature.

    Returns
    -------
    losses : ndarray of shape (n_groups + n_members,), dtype of `logits`
        Nats per row, with the penalty of the temperature's prior; at most the loss at temperature 1. First of each
        group, then for each member of the other members of its group, or of itself if there are none.
    """
    return refined_losses_and_factors(logits, codes, weights, correction, view_of)[0]


def refined_losses_and_factors(logits, codes, weights, correction, view_of):
    """`refined_losses`, and the factor of the logits that each group has there.

    Parameters
    ----------
    logits, codes, weights, correction, view_of
        As for `refined_losses`.

    Returns
    -------
    losses : ndarray of shape (n_groups + n_members,), dtype of `logits`
    factors : ndarray of shape (n_groups,), dtype of `logits`
        1 where no temperature makes the loss smaller.
    """
    offsets, class_factors = correction
    weights = weights * class_factors[codes]
    right = np.take_along_axis(logits, codes[:, np.newaxis], axis=1)[:, 0]
    right_offsets, offsets, squares = offsets[codes], offsets[:, np.newaxis], np.square(logits)

    is_alone = np.bincount(view_of)[view_of] == 1

    def sums_of_views(by_row):
        return np.bincount(view_of, by_row.sum(axis=1))

    def of_views_and_others(by_row):
        by_member, of_view = by_row.sum(axis=1), sums_of_views(by_row)
        return np.concatenate([of_view, np.where(is_alone, by_member, of_view[view_of] - by_member)])

    def odds_at(factors):
        shifted = factors[view_of, np.newaxis, np.newaxis] * logits + offsets
        top = shifted.max(axis=1, keepdims=True)
        odds = np.exp(shifted - top)
        return odds, odds.sum(axis=1), top[:, 0]

    def losses_at(factors):
        _, sums, top = odds_at(factors)
        losses = weights * (np.log(sums) + top - factors[view_of, np.newaxis] * right - right_offsets)
        return of_views_and_others(losses)

    factors = as_they_are = np.ones(view_of.max() + 1, logits.dtype)
    for _ in range(TEMPERATURE_STEPS):
        odds, sums, _ = odds_at(factors)
        mean = (odds * logits).sum(axis=1) / sums
        variance = (odds * squares).sum(axis=1) / sums - np.square(mean)
        slopes = sums_of_views(weights * (mean - right)) + np.log(factors) / factors / PRIOR_VARIANCE
        curvatures = sums_of_views(weights * variance) + 1 / np.square(factors) / PRIOR_VARIANCE
        factors = np.clip(factors - slopes / curvatures, factors / 2, factors * 2).astype(logits.dtype)
    costs = np.square(np.log(factors)) / PRIOR_VARIANCE / 2
    costs = np.concatenate([costs, costs[view_of]])
    plain, tempered = losses_at(as_they_are), losses_at(factors) + costs
    losses = np.minimum(plain, tempered) / of_views_and_others(weights)
    is_better = tempered[: len(factors)] < plain[: len(factors)]
    return losses.astype(logits.dtype), np.where(is_better, factors, as_they_are)
