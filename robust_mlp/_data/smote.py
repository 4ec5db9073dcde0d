"""SMOTE: makes new rows of a rare class between its rows and their nearest neighbours.

Takes tables with numbers, categories and missing values. Never decides how many rows a class needs (`sampling` does).
"""

import numpy as np
from scipy import sparse

N_NEIGHBORS = 5  # Chawla et al. (2002), section 4.2

# At most this many distances are computed for one class, which takes seconds on one core. In larger classes (about
# 40,000 rows and more), neighbours are searched in a random part of the class.
MAX_DISTANCES = 2_000_000_000


def grow(matrix, weights, is_category, scale, n_new, n_neighbors, rng):
    """Make new rows of one class.

    A new row lies at a uniformly random place on the segment from a row of the class to one of its nearest neighbours
    in the class (Chawla et al. 2002, section 4.2). Its categories are the most frequent ones among the neighbours.
    In distances, a different category adds the median standard deviation of the class's number columns (SMOTE-NC,
    ibid., section 6.1). If a number is missing in the neighbour, the new row takes the number of the row itself. If it
    is missing in the row, it is missing in the new row.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float32 or float64
        The rows of the class; level codes in category columns, NaN where a value is missing.
    weights : ndarray of shape (n_rows,), dtype float64
        Positive. The number of new rows made from a row is in proportion to its weight.
    is_category : ndarray of shape (n_columns,), dtype bool
    scale : ndarray of shape (n_columns,), dtype float64
        Positive. Distances divide each number column by its scale.
    n_new : int
        >= 1.
    n_neighbors : int
        In ``[1, n_rows - 1]``.
    rng : numpy.random.Generator

    Returns
    -------
    rows : ndarray of shape (n_new, n_columns), the dtype of `matrix`
    source : ndarray of shape (n_new,), dtype int64
        For each new row, the row of `matrix` that it was made from.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer (2002), "SMOTE: Synthetic minority over-sampling technique", JAIR 16.
    """
    source = np.repeat(np.arange(len(matrix)), spread_draws(weights, n_new, rng))
    grown_from, place = np.unique(source, return_inverse=True)
    neighbors = nearest(_positions(matrix, is_category, scale), grown_from, n_neighbors, rng)
    chosen = neighbors[place, rng.integers(n_neighbors, size=n_new)]
    rows = matrix[source]
    numbers = ~is_category
    step = matrix[chosen][:, numbers] - rows[:, numbers]
    step[np.isnan(step)] = 0.0
    rows[:, numbers] += rng.random((n_new, 1)).astype(matrix.dtype) * step
    for column in np.flatnonzero(is_category):
        rows[:, column] = most_frequent(matrix[neighbors, column])[place]
    return rows, source


def spread_draws(weights, n_draws, rng):
    """Draw rows in proportion to their weights: each row its expected number of times, rounded up or down at random.

    This is systematic sampling in a random order (Madow 1949). The number of draws of a row differs from its
    expectation by less than 1. With independent draws it would differ by about the square root of the expectation.

    Parameters
    ----------
    weights : ndarray of shape (n_rows,), dtype float64
        Positive.
    n_draws : int
        >= 0.
    rng : numpy.random.Generator

    Returns
    -------
    counts : ndarray of shape (n_rows,), dtype int64
        How often each row was drawn; they sum to `n_draws`.
    """
    order = rng.permutation(len(weights))
    reached = np.cumsum(weights[order])
    edges = np.floor(reached * (n_draws / reached[-1]) + rng.random()).astype(np.int64)
    edges[-1] = n_draws  # removes the rounding error
    counts = np.empty(len(weights), dtype=np.int64)
    counts[order] = np.diff(np.minimum(edges, n_draws), prepend=0)
    return counts


def nearest(positions, queries, n_neighbors, rng):
    """The `n_neighbors` nearest other rows of each row in `queries` (n_queries,): indices (n_queries, n_neighbors)."""
    from sklearn.neighbors import NearestNeighbors  # slow to import, and most fits do not need it

    n_rows = positions.shape[0]
    n_candidates = max(n_neighbors + 1, MAX_DISTANCES // len(queries))
    candidates = (
        np.arange(n_rows) if n_candidates >= n_rows else np.sort(rng.choice(n_rows, n_candidates, replace=False))
    )
    search = NearestNeighbors(n_neighbors=n_neighbors + 1).fit(positions[candidates])
    found = candidates[search.kneighbors(positions[queries], return_distance=False)]
    is_other = found != queries[:, None]
    is_other[is_other.all(axis=1), -1] = False  # the row itself was not found: drop the farthest neighbour
    return found[is_other].reshape(len(queries), n_neighbors)


def most_frequent(values):
    """The most frequent entry of each row of `values` (n, k). In a tie, the first one: the nearest neighbour's."""
    same = (values[:, :, None] == values[:, None, :]) | (np.isnan(values[:, :, None]) & np.isnan(values[:, None, :]))
    return values[np.arange(len(values)), same.sum(axis=2).argmax(axis=1)]


def _positions(matrix, is_category, scale):
    """Coordinates of the rows for distances: an array (n, d), or a sparse matrix if there are categories."""
    numbers = matrix[:, ~is_category] / scale[~is_category]
    known = ~np.isnan(numbers)
    centre = np.where(known, numbers, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    numbers = np.where(known, numbers, centre)
    if not is_category.any():
        return numbers
    # Without number columns each different category counts 1, because only the order of distances matters.
    difference = float(np.median(numbers.std(axis=0))) if numbers.shape[1] else 1.0
    if difference == 0.0:
        difference = 1.0
    blocks = [sparse.csr_array(numbers)] if numbers.shape[1] else []
    # Two one-hot rows that differ are sqrt(2) apart.
    blocks += [_one_hot(matrix[:, column]) * (difference / np.sqrt(2.0)) for column in np.flatnonzero(is_category)]
    return sparse.csr_array(sparse.hstack(blocks))


def _one_hot(levels):
    """Level codes (n,) as a sparse one-hot matrix. NaN is a level of its own."""
    _, place = np.unique(levels, return_inverse=True)
    ones = np.ones(len(levels))
    return sparse.csr_array((ones, (np.arange(len(levels)), place)))
