"""How often a row has the label of its nearest neighbour. This can show a signal that no simple model finds.

Reads a bounded sample. Called only if a symptom needs it."""

import math

import numpy as np

from robust_mlp._core.records import NeighbourAgreement

MAX_ROWS, MAX_COLUMNS = 2000, 200  # computing the distances takes about 0.1 s


def neighbour_agreement(matrix, rows, is_number, seed):
    """Compare each row's label with that of its nearest neighbour. Distances use the ranks of number columns.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float
    rows : Rows or DistinctRows
        One pair of each group is used.
    is_number : ndarray of shape (n_columns,), dtype bool
        In other columns, cells are either equal or different.
    seed : int

    Returns
    -------
    agreement : NeighbourAgreement
    """
    rng = np.random.default_rng(seed)
    first = np.flatnonzero(np.diff(rows.groups, prepend=-1))
    chosen = np.sort(rng.choice(first, size=min(MAX_ROWS, len(first)), replace=False))
    columns = np.arange(matrix.shape[1])
    if len(columns) > MAX_COLUMNS:
        columns = np.sort(rng.choice(columns, size=MAX_COLUMNS, replace=False))
    cells = matrix[np.ix_(rows.index[chosen], columns)].astype(np.float64)
    y, n = rows.codes[chosen], len(chosen)
    numbers = is_number[columns]
    ranked = _ranks(cells[:, numbers])
    distance = np.zeros((n, n))
    if ranked.shape[1]:
        squares = np.einsum("ij,ij->i", ranked, ranked)
        distance += squares[:, None] + squares - 2 * ranked @ ranked.T
    for column in np.nan_to_num(cells[:, ~numbers], nan=-2.0).T:
        distance += column[:, None] != column
    np.fill_diagonal(distance, math.inf)
    agrees = float(np.mean(y[distance.argmin(axis=1)] == y)) if n > 1 else 0.0
    counts = np.bincount(y)
    chance = float(counts @ (counts - 1)) / max(n * (n - 1), 1)
    # Two rows are often each other's nearest neighbour, so they agree or differ together. So only half of the rows
    # count as independent.
    error = math.sqrt(2 * max(chance * (1 - chance), 0.0) / max(n, 1))
    return NeighbourAgreement(n_rows=n, agreement=agrees, chance=chance, standard_error=error)


def _ranks(cells):
    """Columns as ranks in [0, 1]. Missing cells rank in the middle; a constant or empty column becomes zeros."""
    is_known = ~np.isnan(cells)
    middle, has_any = np.zeros(cells.shape[1]), is_known.any(axis=0)
    middle[has_any] = np.nanmedian(cells[:, has_any], axis=0)  # nanmedian warns about columns without values
    filled = np.where(is_known, cells, middle)
    order = filled.argsort(axis=0, kind="stable")
    ranks = np.empty_like(filled)
    np.put_along_axis(ranks, order, np.linspace(0, 1, len(filled))[:, None], axis=0)
    return ranks * (filled.max(axis=0) > filled.min(axis=0))
