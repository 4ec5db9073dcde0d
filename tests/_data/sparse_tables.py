"""Sparse tables that several tests read, too large to be made dense."""

import numpy as np
from scipy import sparse

# 1,200 x 4,000 cells are 19 MB of float32: beyond `MOST_DENSE_BYTES`.
N_ROWS, N_COLUMNS = 1_200, 4_000


def words(seed=0, n_rows=N_ROWS, n_columns=N_COLUMNS, n_classes=2):
    """(X, y): counts of words. The first columns tell the class, most of the others are rare."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_rows)
    shares = 1 / np.arange(1, n_columns + 1)
    columns = rng.choice(n_columns, size=(n_rows, 12), p=shares / shares.sum())
    columns[:, 0] = 5 * y + rng.integers(0, 5, n_rows)
    columns[:, 1] = np.where(rng.random(n_rows) < 0.7, 100 + y, columns[:, 1])
    X = sparse.coo_array((np.ones(columns.size), (np.repeat(np.arange(n_rows), 12), columns.ravel())))
    X = X.tocsr()
    X.resize((n_rows, n_columns))
    X.sum_duplicates()
    return X, y
