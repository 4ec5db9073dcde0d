"""The weight of each member in the mean of their probabilities: clearly worse groups get less weight.

A group holds the members that see the same inputs. Their errors are similar. A single member holds out too few rows to
be judged, so each group is judged as a whole."""

import numpy as np

from robust_mlp._core.losses import row_losses

# Losses, in nats, and member_weights that differ by less than this differ by rounding.
ROUNDING = 1e-6


def member_weights_of(held_out, parts, input_groups):
    """The weight of each member in the mean of their probabilities.

    A group's weight is exp(-z) times that of the best group. z is the difference of their held-out losses, in standard
    errors of this difference. If the groups do not differ clearly on these rows, their weights are nearly equal;
    otherwise the worse group gets nearly 0. These weights resemble Akaike weights, on the scale of the noise of the
    losses; compare pseudo-BMA in [1]_.

    Parameters
    ----------
    held_out : HeldOut
        Each member's predictions for its held-out rows, member after member.
    parts : sequence of ndarray
        The held-out rows of each member.
    input_groups : sequence of int
        The group of each member, from 0.

    Returns
    -------
    member_weights : ndarray of shape (n_members,), dtype float64, or None
        Their mean is 1; None if all members have equal weights.

    References
    ----------
    .. [1] Yao, Vehtari, Simpson, Gelman (2018), "Using Stacking to Average Bayesian Predictive Distributions",
       https://arxiv.org/abs/1704.02030

    Examples
    --------
    >>> import numpy as np
    >>> from robust_mlp._core.records import HeldOut
    >>> right = np.tile([[0.9, 0.1], [0.8, 0.2]], (4, 1))
    >>> answers = np.concatenate([right, right[:, ::-1]])
    >>> held_out = HeldOut(codes=np.zeros(16, int), probabilities=answers, weights=np.ones(16), rows=np.arange(16))
    >>> member_weights_of(held_out, np.split(np.arange(16), 2), (0, 1)).round(3).tolist()
    [2.0, 0.0]
    """
    input_groups = np.asarray(input_groups, dtype=np.intp)
    if len(set(input_groups.tolist())) < 2 or len(held_out.codes) != sum(map(len, parts)):
        return None
    losses = row_losses(held_out.probabilities, held_out.codes)
    if not np.isfinite(losses).all():
        return None
    group_of_row = np.repeat(input_groups, [len(part) for part in parts])
    means, variances = np.array(
        [
            _mean_and_its_variance(losses[group_of_row == v], held_out.weights[group_of_row == v])
            for v in np.unique(input_groups)
        ]
    ).T
    best = means.argmin()
    errors = np.maximum(np.sqrt(variances + variances[best]), ROUNDING)
    member_weights = np.exp((means[best] - means) / errors)[input_groups]
    return None if np.ptp(member_weights) < ROUNDING else member_weights / member_weights.mean()


def _mean_and_its_variance(losses, weights):
    mean = np.average(losses, weights=weights)
    return mean, np.sum((weights * (losses - mean)) ** 2) / np.sum(weights) ** 2
