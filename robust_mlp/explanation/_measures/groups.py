"""Groups of columns that say nearly the same: one of them can be permuted without loss, since the others are left.

Looks at a table as read. Predicts nothing."""

import numpy as np

from robust_mlp.explanation._measures.columns import LEVELS

# Columns of a group are all associated by at least this with each other (complete linkage). A column with a rank
# correlation of .8 holds two thirds of the variance of another.
LEAST_ASSOCIATION = 0.8
# Ranges that a number is cut into, and levels that are told apart, to compare it with any other column.
N_RANGES = 8
# Rows that associations are measured on: a correlation of .8 is then known to .01.
MOST_ROWS = 2000


def groups_of(views, rows, least=LEAST_ASSOCIATION):
    """Columns that belong together.

    Parameters
    ----------
    views : list of ColumnView
    rows : ndarray of int
        In random order.
    least : float, default=0.8
        In (0, 1].

    Returns
    -------
    groups : list of list of int
        Positions in `views`; only groups of two columns and more, in the order of their first columns.
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # here: they take a while to import
    from scipy.spatial.distance import squareform

    if len(views) < 2:
        return []
    distances = 1 - associations(views, rows[:MOST_ROWS])
    np.fill_diagonal(distances, 0.0)
    numbers = fcluster(linkage(squareform(distances, checks=False), "complete"), 1 - least, "distance")
    groups = [np.flatnonzero(numbers == number).tolist() for number in dict.fromkeys(numbers.tolist())]
    return [group for group in groups if len(group) > 1]


def associations(views, rows):
    """How strongly each column is associated with each other.

    The larger of two measures: the rank correlation (Spearman 1904) of numbers, without its sign; and Cramer's V
    corrected for its bias (Bergsma 2013) of the columns cut into ranges or levels, which also sees other relations.

    Parameters
    ----------
    views : list of ColumnView
    rows : ndarray of int

    Returns
    -------
    associations : ndarray of shape (n_columns, n_columns)
        In [0, 1]; the diagonal is 1. A constant column has 0 with all others.

    References
    ----------
    C. Spearman (1904). The proof and measurement of association between two things. American Journal of Psychology 15.
    W. Bergsma (2013). A bias-correction for Cramer's V and Tschuprow's T. Journal of the Korean Statistical Society 42.
    """
    found = _corrected_v(views, rows)
    is_number = np.array([view.kind != LEVELS for view in views])
    ranks = np.column_stack([_ranks(view.axis[rows]) for view in views])
    norms = np.sqrt(np.square(ranks).sum(axis=0))
    ranks /= np.where(norms > 0, norms, 1)
    np.maximum(found, np.abs(ranks.T @ ranks), out=found, where=np.outer(is_number, is_number))
    np.fill_diagonal(found, 1.0)
    return np.minimum(found, 1.0)


def _ranks(axis):
    """Ranks less their mean; 0 where the value is missing."""
    from scipy.stats import rankdata

    known = ~np.isnan(axis)
    ranks = np.zeros(len(axis))
    if known.any():
        ranks[known] = rankdata(axis[known])
        ranks[known] -= ranks[known].mean()
    return ranks


def _corrected_v(views, rows):
    """Cramer's V of all pairs of columns, corrected for its bias: ndarray of shape (n_columns, n_columns)."""
    n_rows = len(rows)
    tables = [_indicators(view, rows) for view in views]
    sizes = np.array([table.shape[1] for table in tables])
    ends = np.cumsum(sizes)
    everything = np.concatenate(tables, axis=1)
    shares = everything.mean(axis=0, dtype=np.float64)
    expected = np.outer(shares, shares)
    joint = (everything.T @ everything).astype(np.float64) / n_rows
    terms = np.square(joint - expected) / np.where(expected > 0, expected, 1)
    starts = ends - sizes
    phi2 = np.add.reduceat(np.add.reduceat(terms, starts, axis=0), starts, axis=1)
    r, c = sizes[:, np.newaxis], sizes[np.newaxis]
    corrected = np.maximum(phi2 - (r - 1) * (c - 1) / (n_rows - 1), 0)
    smaller = np.minimum(r - (r - 1) ** 2 / (n_rows - 1), c - (c - 1) ** 2 / (n_rows - 1)) - 1
    return np.sqrt(np.where(smaller > 0, corrected / np.where(smaller > 0, smaller, 1), 0))


def _indicators(view, rows):
    """In which range or level each row lies: ndarray of shape (n_rows, n_ranges), dtype float32, no column empty."""
    axis = view.axis[rows]
    known = ~np.isnan(axis)
    places = np.zeros(len(rows), dtype=np.intp)  # 0: missing
    if view.kind == LEVELS:
        values, codes, counts = np.unique(axis[known], return_inverse=True, return_counts=True)
        rank = np.empty(len(values), dtype=np.intp)
        rank[np.argsort(-counts, kind="stable")] = np.arange(len(values))
        places[known] = 1 + np.minimum(rank[codes], N_RANGES)  # rarer levels count as one
    elif known.any():
        cuts = np.unique(np.quantile(axis[known], np.arange(1, N_RANGES) / N_RANGES))
        places[known] = 1 + np.searchsorted(cuts, axis[known], side="left")
    used = np.unique(places)
    return (places[:, np.newaxis] == used).astype(np.float32)
