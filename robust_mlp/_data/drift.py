"""Drift: how rows to predict differ from those of the training, one column at a time.

`learn_ranges` keeps what is needed of a sample of the training rows, `find_drift` compares rows as read with it. Sees
a sample of the rows, never warns."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from robust_mlp._data.column_kinds import columns_of
from robust_mlp._data.columns import CATEGORY, is_frame, is_missing, values_of
from robust_mlp._data.dates import DateReader, zone_of
from robust_mlp._data.sparse_rows import blocks, column_sums
from robust_mlp._data.tables import UNKNOWN_LEVEL

# Rows of the training to learn a range from: of a new value of the same kind one in a thousand lies outside it.
MOST_LEARNED_ROWS, MOST_LEARNED_CELLS = 2000, 1_000_000
# Rows to predict that are looked at, evenly spread. Shares of them are known to 2 %.
MOST_ROWS, MOST_CELLS = 2000, 400_000
# Fewer rows have no distribution. With twenty, all thresholds below are far from what chance does.
FEWEST_ROWS = 20
# "Most values": more than half of them outside the whole range of the training. Of values of the same kind one in
# hundreds is, so that no split of one table comes near, and no outlier makes it so.
FAR_SHARE = 0.5
# A tenth of the cells with levels never seen, beyond what the training leads to expect, and by more standard errors
# than chance makes: a few dozen rows tell little of the levels that they lack.
UNKNOWN_SHARE, UNKNOWN_ERRORS = 0.1, 6.0
# All cells missing, of a column of which the training missed at most this share.
MOST_MISSING_BEFORE = 0.5
# Values as far apart from the range as rounding puts them are inside it.
ROUNDING = 1e-6
MOST_LEVELS_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Ranges:
    """What the columns of the training held, each an ndarray of shape (n_columns,), dtype float64.

    Attributes
    ----------
    low, high : ndarray
        Of a column of numbers. Infinite where any number is expected: for categories, parts of dates, empty columns.
    missing_share : ndarray
    new_share, new_variance : ndarray
        Of a column of categories: the share of cells of new rows whose level the training lacks, as far as it tells:
        the share of its own cells whose level occurs once; and the variance of that estimate.

    References
    ----------
    I. J. Good (1953). The population frequencies of species and the estimation of population parameters. Biometrika
    40(3/4), eq. 9.
    W. W. Esty (1983). A normal limit law for a nonparametric estimator of the coverage of a random sample. The Annals
    of Statistics 11(3): the variance.
    """

    low: np.ndarray
    high: np.ndarray
    missing_share: np.ndarray
    new_share: np.ndarray
    new_variance: np.ndarray


@dataclass(frozen=True)
class Drift:
    """How one column of rows to predict differs, and the share of its cells.

    The kind is "far", "unknown", "missing" or "zone"; for "zone", the examples are the time zone of the training and
    that of the rows, "" where there is none.
    """

    kind: str
    name: str
    share: float
    low: float = 0.0  # of the training
    high: float = 0.0
    examples: tuple = ()  # of the cells: up to three, as text


def learn_ranges(matrix, reader, rare=None):
    """Learn what columns of the training hold.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float
        As read.
    reader : TableReader
    rare : dict of int to ndarray of shape (n_levels,), dtype bool, default=None
        For some category columns the levels that a later reader does not know: of those, new rows are expected.

    Returns
    -------
    ranges : Ranges
    """
    n_rows, n_columns = matrix.shape
    if sparse.issparse(matrix):
        return _ranges_of_sparse(matrix)
    cells = matrix[_spread(n_rows, min(MOST_LEARNED_ROWS, MOST_LEARNED_CELLS // max(n_columns, 1)))]
    is_nan = np.isnan(cells)
    low = np.where(is_nan, np.inf, cells).min(axis=0).astype(np.float64)
    high = np.where(is_nan, -np.inf, cells).max(axis=0).astype(np.float64)
    is_free = ~np.isfinite(low) | ~np.isfinite(high)
    new_share, new_variance = np.zeros(n_columns), np.zeros(n_columns)
    for j in reader.categories:
        is_free[j] = True
        codes = matrix[:, j]
        counts = np.bincount(codes[codes >= 0].astype(np.int64), minlength=1)
        n_present = max(int(counts.sum()), 1)
        once, twice = np.count_nonzero(counts == 1), np.count_nonzero(counts == 2)
        new_share[j] = once / n_present
        new_variance[j] = max(once * (1 - once / n_present) + 2 * twice, 1) / n_present**2  # Esty
        is_rare = (rare or {}).get(j)
        if is_rare is not None:
            share = int(counts[: len(is_rare)][is_rare[: len(counts)]].sum()) / n_present
            if share > new_share[j]:
                new_share[j], new_variance[j] = share, _variance(share, n_present)
    for j, k in enumerate(reader.input_of if reader.inputs is not None else ()):
        if isinstance(reader.inputs[k], DateReader):
            # Later dates are the rule. They are told of where they are so far away that they are no longer followed.
            is_free[j] = is_free[j] or (j > 0 and reader.input_of[j - 1] == k)
            low[j], high[j] = (bound * (1 - 10 * ROUNDING) for bound in reader.inputs[k].bounds)
    low[is_free], high[is_free] = -np.inf, np.inf
    return Ranges(low, high, is_nan.mean(axis=0), new_share, new_variance)


def find_drift(ranges, matrix, reader, X):
    """Columns of rows to predict that are unlike those of the training.

    Parameters
    ----------
    ranges : Ranges
    matrix : ndarray of shape (n_rows, n_columns), dtype float
        The rows as read.
    reader : TableReader
    X : table of shape (n_rows, n_features)
        The rows as they came, for examples of unknown levels.

    Returns
    -------
    drifts : tuple of Drift
        In the order of the columns. Of fewer than `FEWEST_ROWS` rows, only what no distribution is needed for: time
        zones.
    """
    n_rows, n_columns = matrix.shape
    zones = _other_zones(reader, X)
    if n_rows < FEWEST_ROWS:
        return zones
    if sparse.issparse(matrix):
        return _drift_of_sparse(ranges, matrix, reader)
    places = _spread(n_rows, max(FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // max(n_columns, 1))))
    cells = matrix[places]
    is_nan = np.isnan(cells)
    n_present = len(cells) - is_nan.sum(axis=0)
    margin = ROUNDING * np.maximum(np.abs(ranges.low), np.abs(ranges.high))
    margin[~np.isfinite(margin)] = 0.0
    with np.errstate(invalid="ignore"):  # NaN is neither below nor above
        n_far = np.count_nonzero((cells < ranges.low - margin) | (cells > ranges.high + margin), axis=0)
    is_new = cells == UNKNOWN_LEVEL
    found = []
    for j in range(n_columns):
        if n_present[j] == 0:
            if ranges.missing_share[j] <= MOST_MISSING_BEFORE and _is_first(reader, j):
                found.append(Drift("missing", str(reader.name_of(j)), 1.0))
        elif n_present[j] < FEWEST_ROWS:
            continue
        elif reader.kinds[j] == CATEGORY:
            expected, share = ranges.new_share[j], np.count_nonzero(is_new[:, j]) / n_present[j]
            chance = UNKNOWN_ERRORS * np.sqrt(_variance(expected, n_present[j]) + ranges.new_variance[j])
            if share > expected + max(UNKNOWN_SHARE, chance):
                examples = _unknown_cells(X, reader.input_of[j], places[is_new[:, j]])
                found.append(Drift("unknown", str(reader.name_of(j)), float(share), examples=examples))
        elif n_far[j] > FAR_SHARE * n_present[j]:
            far = cells[~is_nan[:, j], j]
            examples = tuple(f"{value:g}" for value in far[:MOST_LEVELS_SHOWN].tolist())
            low, high = float(ranges.low[j]), float(ranges.high[j])
            share = float(n_far[j] / n_present[j])
            found.append(Drift("far", str(reader.name_of(j)), share, low, high, examples))
    return (*zones, *found)


def _other_zones(reader, X):
    """The Drift of each column whose dates have a time zone where those of the training had none, or the reverse.

    A clock without a time zone is read as that of the training, and UTC is read where the training had none. Nobody
    but the user knows whether that is meant.
    """
    dates = [(k, kind) for k, kind in enumerate(reader.inputs or ()) if isinstance(kind, DateReader)]
    if not dates or not hasattr(X, "shape"):
        return ()
    named, firsts, found = columns_of(X), reader.input_of, []
    for k, kind in dates:
        zone = zone_of(named[k][2])
        # Clocks of UTC without a time zone, and the same with it, are the same times.
        if (zone is None) != (kind.time_zone is None) and (zone or kind.time_zone) != "UTC":
            name = str(reader.name_of(firsts.index(k)))
            found.append(Drift("zone", name, 1.0, examples=(kind.time_zone or "", zone or "")))
    return tuple(found)


def _ranges_of_sparse(matrix):
    """The Ranges of a csr array, from all its cells: 0 is in each of them."""
    n_columns = matrix.shape[1]
    low, high, none = np.zeros(n_columns), np.zeros(n_columns), np.zeros(n_columns)
    missing = np.zeros(n_columns)
    for cells, _ in blocks(matrix):
        values, columns = matrix.data[cells], matrix.indices[cells]
        np.fmin.at(low, columns, values)
        np.fmax.at(high, columns, values)
        missing += column_sums(np.isnan(values), columns, n_columns)
    missing /= matrix.shape[0]
    return Ranges(low, high, missing, none, none)


def _drift_of_sparse(ranges, matrix, reader):
    """`find_drift` in a csr array, from all its cells."""
    data, columns, (n_rows, n_columns) = matrix.data, matrix.indices, matrix.shape
    margin = ROUNDING * np.maximum(np.abs(ranges.low), np.abs(ranges.high))
    margin[~np.isfinite(margin)] = 0.0
    lowest, highest = ranges.low - margin, ranges.high + margin

    def is_far(values, where):
        with np.errstate(invalid="ignore"):  # NaN is neither below nor above
            return (values < lowest[where]) | (values > highest[where])

    n_present, n_far = np.full(n_columns, float(n_rows)), np.zeros(n_columns)
    for cells, _ in blocks(matrix):
        values, where = data[cells], columns[cells]
        n_present -= column_sums(np.isnan(values), where, n_columns)
        n_far += column_sums(is_far(values, where), where, n_columns)
    is_lost = (n_present == 0) & (ranges.missing_share <= MOST_MISSING_BEFORE)
    found = []
    for j in np.flatnonzero(is_lost | ((n_present >= FEWEST_ROWS) & (n_far > FAR_SHARE * n_present))):
        name = str(reader.name_of(j))
        if is_lost[j]:
            found.append(Drift("missing", name, 1.0))
            continue
        values = data[columns == j]
        far = values[is_far(values, j)]
        examples = tuple(f"{value:g}" for value in far[:MOST_LEVELS_SHOWN].tolist())
        share = float(n_far[j] / n_present[j])
        found.append(Drift("far", name, share, float(ranges.low[j]), float(ranges.high[j]), examples))
    return tuple(found)


def _spread(n_rows, n_wanted):
    """Numbers of at most `n_wanted` rows, evenly spread: ndarray of int."""
    return np.arange(n_rows) if n_rows <= n_wanted else np.linspace(0, n_rows - 1, n_wanted).astype(np.int64)


def _variance(share, n):
    """Variance of a share of `n` cells; of none or all of them, what it would be of one."""
    return max(share * (1 - share), 1 / n) / n


def _is_first(reader, j):
    """Whether a column of the matrix is the first that its input column became."""
    return j == 0 or reader.input_of[j - 1] != reader.input_of[j]


def _unknown_cells(X, k, rows):
    """Up to three different cells of input column `k` in some rows, as text."""
    if is_frame(X):
        values = values_of(columns_of(X)[k][2])
    elif hasattr(X, "toarray"):
        values = X[:, [k]].toarray().ravel().tolist() if hasattr(X, "tocsr") else []
    else:
        values = [row[k] for row in X]
    cells = dict.fromkeys(str(values[i]) for i in rows.tolist() if not is_missing(values[i]))
    return tuple(map(repr, list(cells)[:MOST_LEVELS_SHOWN]))
