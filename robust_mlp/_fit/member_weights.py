"""How much each member counts in the mean, by how well members that see the same inputs predict rows they left out.

Members with the same view err alike, so that a view is judged as a whole: one member leaves out too few rows."""

import numpy as np

from robust_mlp._core.losses import row_losses

# Losses, in nats, and member_weights that differ by less than this differ by rounding.
ROUNDING = 1e-6


def member_weights_of(held_out, parts, input_groups):
    """The weight of each member in the mean of their probabilities.

    A view's members count exp(-z) of those of the best view, where z is the difference of their held-out losses in
    standard errors of it: alike where the rows do not tell the groups apart, and nearly nothing where they do. These
    are Akaike-like weights on the scale of the losses' own noise; compare pseudo-BMA in [1]_.

    Parameters
    ----------
    held_out : HeldOut
        Each member's answers for the rows that it left out, member after member.
    parts : sequence of ndarray
        The rows that each member left out.
    input_groups : sequence of int
        The view of each member, from 0.

    Returns
    -------
    member_weights : ndarray of shape (n_members,), dtype float64, or None
        Their mean is 1; None where all members count alike.

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
