"""Heavy-tailed numbers: the signed logarithm that they are straightened by before they are scaled.

A standard deviation says little of a column of counts or amounts: a few giants set it, and all other values lie close
together. Looks at numbers only, never at labels."""

import numpy as np

from robust_mlp._data.column_statistics import weighted_quantiles

# A column is bent if a normal distribution describes the bent values better than the straight ones by this much, in
# nats per row (a tenth of a nat is chance in columns of 20 rows; exponential columns gain .2, log-normal ones .7).
LEAST_GAIN = 0.25
# Where the bend begins: this quantile of the absolute values other than 0. Counts from 1 on are bent as log(1 + x).
BEND_QUANTILE = 0.25
# A column of two values has no tails.
FEWEST_VALUES = 3
# So many rows mostly show them, in less time.
ROWS_AT_FIRST_SIGHT = 100
# This share of the values at each end, and at least one, has no say: a single giant is no tail.
SHARE_LEFT_OUT = 0.005
# Rows that a bend is learned from: every k-th of more.
BEND_ROWS = 20_000


def bent(x, bend):
    """The signed logarithm of numbers, ``sign(x) log(1 + |x| / bend)``; x itself where `bend` is infinite.

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_numbers), dtype float64
    bend : ndarray of shape (n_numbers,), dtype float64
        Positive.

    Returns
    -------
    values : ndarray of shape (n_rows, n_numbers), dtype float64

    Examples
    --------
    >>> import numpy as np
    >>> bent(np.array([[0.0, 5.0], [-9.0, 5.0]]), np.array([1.0, np.inf])).round(2).tolist()
    [[0.0, 5.0], [-2.3, 5.0]]
    """
    is_bent = np.isfinite(bend)
    if not is_bent.any():
        return x
    values = x.copy()
    values[:, is_bent] = np.copysign(np.log1p(np.abs(x[:, is_bent]) / bend[is_bent]), x[:, is_bent])
    return values


def learn_bends(matrix, rows, weights, numbers):
    """Where each number is bent.

    A column is bent if the signed logarithm makes it more like a normal one. Its gain is the difference of two mean
    log-likelihoods: that of a normal distribution for the bent values, times the slope of the bend, and that for the
    straight values [1]_.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
    rows : ndarray of shape (n_used,), dtype int
    weights : ndarray of shape (n_used,), dtype float64
        Positive.
    numbers : ndarray of shape (n_numbers,), dtype intp

    Returns
    -------
    bend : ndarray of shape (n_numbers,), dtype float64
        Infinite where a number stays as it is.

    References
    ----------
    .. [1] G. E. P. Box, D. R. Cox (1964). An analysis of transformations. JRSS B 26(2), section 3: the choice between
       two transformations by their likelihoods.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> matrix = np.column_stack([rng.normal(size=500), np.exp(3 * rng.normal(size=500))])
    >>> np.isfinite(learn_bends(matrix, np.arange(500), np.ones(500), np.arange(2))).tolist()
    [False, True]
    """
    step = max(1, -(-rows.size // BEND_ROWS))
    rows, weights = rows[::step], weights[::step]
    bend = np.full(numbers.size, np.inf)
    with np.errstate(all="ignore"):  # cells near 1e300 and empty columns: what is no number is no gain
        for i, j in enumerate(numbers):
            x = matrix[rows, j].astype(np.float64)
            keep = np.isfinite(x)
            x, w = x[keep], weights[keep]
            n_left_out = 1 + int(SHARE_LEFT_OUT * x.size)
            kept = np.sort(np.argsort(x, kind="stable")[n_left_out : x.size - n_left_out])
            x, w = x[kept], w[kept]
            size = np.abs(x)
            other = np.flatnonzero(size)
            if np.unique(x[:ROWS_AT_FIRST_SIGHT]).size < FEWEST_VALUES and np.unique(x).size < FEWEST_VALUES:
                continue
            start = weighted_quantiles(size[:, np.newaxis], other, w[other], np.array([0]), (BEND_QUANTILE,))[0, 0]
            values = np.copysign(np.log1p(size / start), x)
            gain = np.log(_deviation(x, w) / _deviation(values, w)) - np.average(np.log(start + size), weights=w)
            if gain > LEAST_GAIN and np.isfinite(gain):
                bend[i] = start
    return bend


def found_bends(matrix, rows, weights, numbers):
    """What `learn_bends` finds; None if no number is bent."""
    bend = learn_bends(matrix, rows, weights, numbers)
    return bend if np.isfinite(bend).any() else None


def _deviation(values, weights):
    return np.sqrt(np.average((values - np.average(values, weights=weights)) ** 2, weights=weights))
