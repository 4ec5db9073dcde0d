"""Standard errors of means over rows, some of which belong together and so tell the same thing several times.

Pure NumPy."""

import numpy as np


def error_of_mean(values, weights, groups=None):
    """Standard error of a weighted mean.

    Parameters
    ----------
    values, weights : ndarray of shape (n_rows,), dtype float64
    groups : ndarray of shape (n_rows,), dtype int, default=None
        Rows with the same number belong together [1]_. None: all rows are independent.

    Returns
    -------
    error : float

    References
    ----------
    .. [1] Liang, Zeger (1986), "Longitudinal data analysis using generalized linear models", Biometrika 73(1).

    Examples
    --------
    >>> import numpy as np
    >>> once = np.array([0.0, 1.0, 1.0, 0.0])
    >>> float(error_of_mean(once, np.ones(4)))
    0.25
    >>> float(error_of_mean(np.repeat(once, 9), np.ones(36), np.repeat(np.arange(4), 9)))
    0.25
    """
    mean = weights @ values / weights.sum()
    parts = weights * (values - mean)
    if groups is not None:
        parts = sums_of_groups(parts, groups)
    return np.sqrt(parts @ parts) / weights.sum()


def sums_of_groups(values, groups):
    """The sum over the rows of each group, ndarray of shape (n_groups,)."""
    return np.bincount(np.unique(groups, return_inverse=True)[1].reshape(-1), weights=values)
