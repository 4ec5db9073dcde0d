"""Row weights for scikit-learn's boosted trees, in a form that costs no time.

With weights, `HistGradientBoostingClassifier` finds the borders of its bins by weighted percentiles, one after the
other: that takes ten times as long as the trees. So equal weights are left out, and columns are cut beforehand where
weights differ."""

import numpy as np

# Rows that the borders are taken from.
MOST_ROWS = 10_000


def given(weights):
    """The weights, or None if they are equal: ndarray of shape (n_rows,)."""
    return None if (weights == weights[0]).all() else weights


def cut(cells, is_category, n_pieces, seed=0):
    """Find the borders that cut each column of numbers into pieces with equally many rows.

    Parameters
    ----------
    cells : ndarray of shape (n_rows, n_columns)
        NaN is missing.
    is_category : ndarray of shape (n_columns,), dtype bool
        Columns to leave as they are.
    n_pieces : int
    seed : int, default=0
        Draws rows where there are many.

    Returns
    -------
    pieces : callable
        From cells (k, n_columns) to the numbers of their pieces, ndarray of shape (k, n_columns); NaN stays.

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([[1.0], [5.0], [np.nan], [100.0]])
    >>> cut(cells, np.array([False]), 3)(cells).ravel().tolist()
    [0.0, 1.0, nan, 2.0]
    """
    rows = cells
    if len(cells) > MOST_ROWS:
        rows = cells[np.random.default_rng(seed).choice(len(cells), MOST_ROWS, replace=False)]
    shares = np.linspace(0, 1, n_pieces + 1)[1:-1]
    borders = []
    for column, stays in zip(rows.T, is_category, strict=True):
        known = column[~np.isnan(column)]
        borders.append(None if stays or not len(known) else np.unique(np.quantile(known, shares)))

    def pieces(cells):
        found = np.array(cells, dtype=np.float64)
        for j, own in enumerate(borders):
            if own is not None:
                found[:, j] = np.where(np.isnan(found[:, j]), np.nan, np.searchsorted(own, found[:, j], side="right"))
        return found

    return pieces
