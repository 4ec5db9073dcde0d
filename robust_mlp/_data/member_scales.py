"""The scale of each number by the training rows of each member, where a held-out row moves that of all rows.

A held-out row with a giant cell would else shrink its own cell: no cell is further than the square root of the number
of rows from the mean that it is part of, and new rows know no such bound."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._data.column_statistics import learn_moments
from robust_mlp._data.encoding import is_constant

# Scales that differ by less than this share count as the same: a row's number then moves by less than a fiftieth of
# itself, and without one part of a thousand ordinary rows standard deviations differ by less.
SAME_SCALE = 0.02


def member_scales(matrix, encoding, parts, rest, weights):
    """What the scaled numbers of a row are multiplied by so that they are scaled by a member's own training rows.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
    encoding : Encoding
        Learned from all rows.
    parts : sequence of ndarray of int
        Held-out rows of each member, disjoint. A member is trained on the rows of all other parts and on the rest.
    rest : ndarray of int
        Rows that all members are trained on.
    weights : ndarray of shape (n_rows,), dtype float64
        Positive where rows are in a part or in the rest.

    Returns
    -------
    scales : ndarray of shape (n_members, n_outputs), dtype float32, or None
        1 for outputs that are no scaled numbers, and where the scales are the same. None if all are 1, or if numbers
        are not divided by their standard deviation: quantiles hardly depend on single rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from robust_mlp._data.encoding import learn_encoding
    >>> from robust_mlp._data.tables import read_table
    >>> X = np.array([[1.0], [3.0], [1.0], [103.0]])
    >>> matrix, reader = read_table(BaseEstimator(), X, categorical_features=None, reset=True)
    >>> encoding = learn_encoding(matrix, reader, np.arange(4), np.ones(4), "standard")
    >>> scales = member_scales(matrix, encoding, [np.array([2]), np.array([3])], np.array([0, 1]), np.ones(4))
    >>> scales.round().astype(int).tolist()
    [[1], [47]]
    """
    if encoding.scale != "standard" or not encoding.numbers.size:
        return None
    blocks = [*parts, rest]
    moments = [learn_moments(matrix, rows, weights[rows], encoding.numbers) for rows in blocks]
    masses = np.array([m.present_weight for m in moments])
    means, variances = np.array([m.mean for m in moments]), np.array([m.std for m in moments])
    scales = np.ones((len(parts), encoding.n_outputs), np.float32)
    with np.errstate(all="ignore"):  # cells near 1e300, empty columns: what is no number stays 1
        variances = variances**2
        for member in range(len(parts)):
            others = np.arange(len(blocks)) != member
            share = masses[others] / masses[others].sum(axis=0)
            mean = (share * means[others]).sum(axis=0)
            own = np.sqrt((share * (variances[others] + (means[others] - mean) ** 2)).sum(axis=0))
            factor = encoding.divisor / own
            # Where a member's rows differ by rounding only, it has no scale of its own: `own` is rounding, too.
            varies = ~is_constant(_ranges_of(moments, others), matrix.dtype)
            is_other = varies & np.isfinite(factor) & (np.abs(np.log(factor)) > SAME_SCALE)
            scales[member, np.flatnonzero(is_other)] = factor[is_other]
    return None if (scales == 1).all() else scales


@dataclass(frozen=True)
class _Ranges:
    """The smallest and the largest value of each number; an infinite one for a number without values."""

    low: np.ndarray
    high: np.ndarray


def _ranges_of(moments, which):
    """The ranges of the rows of some blocks."""
    chosen = [one for one, is_chosen in zip(moments, which, strict=True) if is_chosen]
    has_values = np.array([one.present_weight > 0 for one in chosen])
    low = np.where(has_values, [one.low for one in chosen], np.inf).min(axis=0)
    high = np.where(has_values, [one.high for one in chosen], -np.inf).max(axis=0)
    return _Ranges(low, high)
