"""Permutation importance in sparse rows: only rows that lose or get a stored cell are predicted again.

A column of a wide sparse table is stored in few rows. A permutation changes these rows and those that get their cells,
and no others."""

import numpy as np
from scipy import sparse

from robust_mlp._core.losses import row_losses, softmax
from robust_mlp._data.sparse_rows import row_numbers
from robust_mlp._prediction.network import decide_together

# Changed rows that are predicted at once: a quarter of a million stored cells of rows with 30.
ROWS_AT_ONCE = 8_192


def columns_of_outputs(encoding):
    """The column of the table that each output of a sparse table's encoding belongs to: ndarray of (n_outputs,)."""
    return np.concatenate([encoding.numbers, encoding.numbers[encoding.flagged]]).astype(np.intp)


def sparse_rises(rows, networks, codes, weights, rng):
    """How much the summed log loss rises when each input is permuted among the rows, once.

    Parameters
    ----------
    rows : csr_array of shape (n_rows, n_inputs), dtype float32
        Encoded.
    networks : list of Network
        They predict together.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
    rng : numpy.random.Generator

    Returns
    -------
    rises : ndarray of shape (n_inputs,), dtype float64
        Sum of weight times rise; 0 for an input without a stored cell.
    squares : ndarray of shape (n_inputs,), dtype float64
        Sum of their squares.

    References
    ----------
    L. Breiman (2001). Random forests. Machine Learning 45, section 10.
    """
    n_inputs = rows.shape[1]
    before = row_losses(softmax(decide_together(networks, rows)), codes)
    place, column, given = _changes(rows, rng)
    rises, squares = np.zeros(n_inputs), np.zeros(n_inputs)
    for start in range(0, len(place), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        at, inputs = place[part], column[part]
        changed = rows[at] + sparse.csr_array(
            (given[part], inputs, np.arange(len(at) + 1)), shape=(len(at), n_inputs), dtype=np.float32
        )
        after = row_losses(softmax(decide_together(networks, changed.tocsr())), codes[at])
        weighted = weights[at] * (after - before[at])
        rises += np.bincount(inputs, weighted, minlength=n_inputs)
        squares += np.bincount(inputs, np.square(weighted), minlength=n_inputs)
    return rises, squares


def _changes(rows, rng):
    """(row, input, what is added to the cell) of each cell that a permutation of each input changes: three ndarrays."""
    n_rows = rows.shape[0]
    by_column = rows.tocsc()
    taken = row_numbers(by_column.T.tocsr())  # the input of each stored cell, input by input
    places, inputs, added = [by_column.indices], [taken], [-by_column.data]
    # A stored cell goes to a row that is drawn at random; two cells of one input never go to the same one.
    for j in np.unique(taken):
        cells = by_column.data[by_column.indptr[j] : by_column.indptr[j + 1]]
        places.append(rng.choice(n_rows, size=len(cells), replace=False))
        inputs.append(np.full(len(cells), j))
        added.append(cells)
    place, column, value = np.concatenate(places), np.concatenate(inputs), np.concatenate(added)
    # A row that loses a cell and gets another is one change.
    joined = sparse.coo_array((value, (place, column)), shape=rows.shape).tocsr()
    joined.eliminate_zeros()
    return row_numbers(joined), joined.indices, joined.data
