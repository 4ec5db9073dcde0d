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


def normal_errors(errors, groups):
    """A number of standard errors, as many groups would have it: few groups, or one that holds most rows, say less.

    The statistic has about the t distribution [1]_ with one degree of freedom less than the effective number of groups,
    (sum of sizes)^2 / (sum of squared sizes). It is turned into a normal one by Wallace's formula [2]_.

    Parameters
    ----------
    errors : float
        A mean over its standard error by groups.
    groups : ndarray of shape (n_rows,), dtype int

    Returns
    -------
    errors : float
        Nearer to 0.

    References
    ----------
    .. [1] Carter, Schnepel, Steigerwald (2017), "Asymptotic behavior of a t-test robust to cluster heterogeneity",
       Review of Economics and Statistics 99(4).
    .. [2] Wallace (1959), "Bounds on normal approximations to Student's and the chi-square distributions", Annals of
       Mathematical Statistics 30(4).

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.repeat(np.arange(500), 3)
    >>> round(float(normal_errors(4.0, groups)), 2)
    3.97
    >>> round(float(normal_errors(4.0, np.arange(6))), 2)
    2.55
    """
    sizes = np.unique(groups, return_counts=True)[1].astype(np.float64)
    freedom = sizes.sum() ** 2 / (sizes @ sizes) - 1
    if freedom <= 0:
        return 0.0
    size = np.sqrt(freedom * np.log1p(errors**2 / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)
    return float(np.copysign(min(size, abs(errors)), errors))
