"""The scale of each number by the training rows of each member, where a held-out row moves that of all rows.

A held-out row with a giant cell would else shrink its own cell: no cell is further than the square root of the number
of rows from the mean that it is part of, and new rows know no such bound."""

from functools import reduce

import numpy as np

from robust_mlp._data.column_statistics import Moments
from robust_mlp._data.number_scales import bent_moments, is_constant, standard_divisor

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
    moments = [bent_moments(matrix, rows, weights[rows], encoding.numbers, encoding.bend) for rows in blocks]
    scales = np.ones((len(parts), encoding.n_outputs), np.float32)
    with np.errstate(all="ignore"):  # cells near 1e300, empty columns: what is no number stays 1
        for member in range(len(parts)):
            own = reduce(Moments.merged, moments[:member] + moments[member + 1 :])
            factor = encoding.divisor / standard_divisor(own)
            # Where a member's rows differ by rounding only, it has no scale of its own: its deviation is rounding, too.
            is_other = ~is_constant(own, matrix.dtype) & np.isfinite(factor) & (np.abs(np.log(factor)) > SAME_SCALE)
            scales[member, np.flatnonzero(is_other)] = factor[is_other]
    return None if (scales == 1).all() else scales
