"""What a number is centred and divided by: mean and standard deviation, or median and quartiles.

Learnt from weighted rows. Reads a matrix, and changes none."""

import numpy as np

from robust_mlp._data.bends import bent
from robust_mlp._data.column_statistics import learn_moments, weighted_quantiles

# |output| of a standardized number. Only a row unlike any training row reaches it (n training rows of equal weight
# have |z| <= sqrt(n - 1), Samuelson 1968), and float32 still holds the square of a sum of many such outputs.
LARGEST_STANDARDIZED = 1e6

# A standardized number of two values is divided by at least this share of their difference. A value that one row of a
# thousand has would else become 32, and a few such columns would decide what the network learns.
LEAST_SHARE_OF_STEP = 0.2
# A number has two values if its variance is the largest that its mean and its range allow, up to this share.
TWO_VALUED = 1e-6
# Values that differ by this few float steps are one value that was rounded differently: a constant.
ROUNDING_STEPS = 4
# 'robust' ends at +-3: z / sqrt(1 + (z / 3)^2), Holzmueller et al. (2024), arXiv 2407.04491, section 3.1.
SMOOTH_CLIP = 3.0
# Rows that quantiles are taken from: every k-th of more. The median of 200,000 rows is within .3 % of a
# quantile of that of all, far less than the scale of a column matters.
QUANTILE_ROWS = 200_000


def is_constant(moments, dtype):
    """Columns whose values differ by rounding at most, or have none: ndarray of shape (n_numbers,), dtype bool."""
    size = np.maximum(np.abs(moments.low), np.abs(moments.high))
    half_step = size * (np.finfo(dtype).eps / 2)
    return ~(moments.high / 2 - moments.low / 2 > ROUNDING_STEPS * half_step)


def standard_divisor(moments):
    """The standard deviation of each number; of a number of two values at least a share of their difference.

    Of all distributions with a given mean and range, the one on the two ends has the largest variance, and no other
    [1]_.

    Parameters
    ----------
    moments : Moments

    Returns
    -------
    divisor : ndarray of shape (n_columns,), dtype float64

    References
    ----------
    .. [1] R. Bhatia, C. Davis (2000). A better bound on the variance. American Mathematical Monthly 107(4), 353-357.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        step = moments.high - moments.low
        largest = np.sqrt(moments.high - moments.mean) * np.sqrt(moments.mean - moments.low)
        is_two_valued = moments.std >= (1 - TWO_VALUED) * largest
        return np.where(
            is_two_valued & np.isfinite(step), np.fmax(moments.std, LEAST_SHARE_OF_STEP * step), moments.std
        )


def bent_moments(matrix, rows, weights, numbers, bend):
    """The Moments of numbers after they are bent; with None, as they are."""
    moments = learn_moments(matrix, rows, weights, numbers)
    if bend is None:
        return moments
    is_bent = np.flatnonzero(np.isfinite(bend))
    values = bent(matrix[rows[:, np.newaxis], numbers[np.newaxis, is_bent]].astype(np.float64), bend[is_bent])
    of_bent = learn_moments(values, np.arange(len(rows)), weights, np.arange(is_bent.size))
    for name in ("mean", "std", "low", "high"):
        getattr(moments, name)[is_bent] = getattr(of_bent, name)
    return moments


def robust_scale(matrix, rows, weights, numbers, moments):
    """Median and interquartile range, or half the range where that is 0: two ndarrays of shape (n_numbers,)."""
    step = max(1, -(-rows.shape[0] // QUANTILE_ROWS))
    first, median, third = weighted_quantiles(matrix, rows[::step], weights[::step], numbers, (0.25, 0.5, 0.75))
    median = np.where(np.isnan(median), moments.mean, median)
    with np.errstate(over="ignore"):
        spread = third - first
    half_range = moments.high / 2 - moments.low / 2
    return median, np.where(spread > 0, spread, half_range)


def smooth_clip(z):
    """z / sqrt(1 + (z / 3)^2), in place, of z within `LARGEST_STANDARDIZED`: +-3 there to the last bit of float32."""
    root = np.square(z)
    root /= SMOOTH_CLIP**2
    root += 1.0
    np.sqrt(root, out=root)
    z /= root
