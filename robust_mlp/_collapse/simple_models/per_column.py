"""What each column alone says about the classes: one test and one mutual information per column.

If no model can separate the classes, read this first. Uses a sample of the rows; changes nothing."""

import numpy as np
from scipy.stats import chi2, f

from robust_mlp._core.losses import relative_entropy
from robust_mlp._report import FeatureSignal

MAX_ROWS, MAX_CELLS = 5000, 4_000_000
MAX_LISTED = 50  # columns in the report, the most informative first
N_BINS = 8  # for the mutual information of a number column, with equally many rows in each bin


def feature_signal(matrix, index, codes, is_number, names, *, seed=0):
    """Test every column of a table on its own.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float
        Category columns hold level numbers; NaN is missing and is left out, column by column.
    index : ndarray of shape (m,), dtype int
        Rows to use. If they are many, a sample is drawn.
    codes : ndarray of shape (m,), dtype int
        Their class codes.
    is_number : ndarray of shape (n_columns,), dtype bool
        Number columns get an analysis of variance, category columns a chi-squared test.
    names : sequence of str
    seed : int, default=0

    Returns
    -------
    table : tuple of FeatureSignal
        At most `MAX_LISTED` columns, smallest p-value first. p-values are adjusted for the number of columns.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.column_stack([np.arange(40.0), np.tile([3.0, 1.0, 2.0, 5.0], 10)])
    >>> y = np.repeat([0, 1], 20)
    >>> table = feature_signal(X, np.arange(40), y, np.array([True, True]), ["rising", "repeating"])
    >>> [row.name for row in table]
    ['rising', 'repeating']
    """
    cells, y = _sample(matrix, index, codes, seed)
    tests = [
        _analysis_of_variance(cells[:, j], y) if is_number[j] else _chi_squared(cells[:, j], y)
        for j in range(cells.shape[1])
    ]
    p_values = np.array([p for _, p in tests])
    adjusted = adjust(p_values)
    order = np.lexsort((np.arange(len(tests)), -np.array([s for s, _ in tests]), p_values))[:MAX_LISTED]
    return tuple(
        FeatureSignal(
            name=str(names[j]),
            test="F" if is_number[j] else "chi-squared",
            statistic=float(tests[j][0]),
            p_value=float(p_values[j]),
            adjusted_p_value=float(adjusted[j]),
            mutual_information=mutual_information(_bins(cells[:, j], is_number[j]), y),
        )
        for j in order
    )


def adjust(p_values):
    """Adjusted p-values that bound the share of false discoveries (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p_values : ndarray of shape (n,), dtype float64

    Returns
    -------
    adjusted : ndarray of shape (n,), dtype float64
        In the order given; the i-th smallest is min over k >= i of n p_k / k, at most 1.
    """
    n = len(p_values)
    order = np.argsort(p_values)
    steps = p_values[order] * n / np.arange(1, n + 1)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return adjusted


def mutual_information(bins, codes):
    """Mutual information of two codes, in nats, minus its expected value for independent codes (Miller 1955). >= 0.

    Parameters
    ----------
    bins : ndarray of shape (n,), dtype int
        -1 means missing. Such rows are left out.
    codes : ndarray of shape (n,), dtype int

    Returns
    -------
    information : float
    """
    known = bins >= 0
    joint = _table(bins[known], codes[known])
    n = joint.sum()
    if n == 0:
        return 0.0
    share = joint / n
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    filled = share > 0
    raw = relative_entropy(share[filled], expected[filled])
    by_chance = (len(joint) - 1) * (joint.shape[1] - 1) / (2 * n)
    return max(raw - by_chance, 0.0)


def _sample(matrix, index, codes, seed):
    size = min(MAX_ROWS, max(MAX_CELLS // matrix.shape[1], 200))
    if len(index) > size:
        chosen = np.sort(np.random.default_rng(seed).choice(len(index), size, replace=False))
        index, codes = index[chosen], codes[chosen]
    return matrix[index].astype(np.float64), codes


def _analysis_of_variance(column, codes):
    """(F, p) of one number column over the classes; (0, 1) if there is nothing to compare."""
    known = ~np.isnan(column)
    x, y = column[known], codes[known]
    counts = np.bincount(y)
    n, n_groups = len(x), np.count_nonzero(counts)
    if n_groups < 2 or n <= n_groups:
        return 0.0, 1.0
    x = x - x.mean()
    size = np.abs(x).max()
    if size == 0:
        return 0.0, 1.0
    x = x / size  # so that squares of cells near 1e300 do not overflow
    sums = np.bincount(y, weights=x)
    between = float((sums[counts > 0] ** 2 / counts[counts > 0]).sum())
    within = max(float(x @ x) - between, 0.0)
    if within <= 1e-12 * between:
        return float("inf"), 0.0
    statistic = (between / (n_groups - 1)) / (within / (n - n_groups))
    return statistic, float(f.sf(statistic, n_groups - 1, n - n_groups))


def _chi_squared(column, codes):
    """(statistic, p) of the contingency table of one category column and the classes."""
    bins = _bins(column, is_number=False)
    known = bins >= 0
    observed = _table(bins[known], codes[known])
    freedom = (observed.shape[0] - 1) * (observed.shape[1] - 1)
    if freedom <= 0:
        return 0.0, 1.0
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return statistic, float(chi2.sf(statistic, freedom))


def _bins(column, is_number):
    """Bin of each cell: quantile bins for numbers, level numbers for categories, -1 for missing cells."""
    known = ~np.isnan(column)
    bins = np.full(len(column), -1)
    if not known.any():
        return bins
    if is_number:
        edges = np.unique(np.quantile(column[known], np.arange(1, N_BINS) / N_BINS))
        bins[known] = np.searchsorted(edges, column[known], side="left")
    else:
        bins[known] = column[known]
    return bins


def _table(bins, codes):
    """Contingency table without empty rows and columns: ndarray of float64."""
    _, rows = np.unique(bins, return_inverse=True)
    _, columns = np.unique(codes, return_inverse=True)
    table = np.zeros((rows.max(initial=-1) + 1, columns.max(initial=-1) + 1))
    np.add.at(table, (rows, columns), 1.0)
    return table
