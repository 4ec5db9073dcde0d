"""The encoding of a sparse table: columns are scaled without being centred, and the rarest are left out.

The result is an `Encoding` like any other. It makes 0 of 0, so that encoded rows are sparse, too."""

import numpy as np

from robust_mlp._data.encoding import Encoding
from robust_mlp._data.level_outputs import LEAST_WEIGHT_OF_LEVEL
from robust_mlp._data.sparse_rows import blocks, column_sums, row_numbers

# Mean of the squared norm of an encoded row, with the scale 'standard'. At the default learning rate, linear path and
# first kernel then reach their best epoch within some dozen epochs. With 100 this takes up to 1.5 times as many epochs,
# and with 1,000 the loss is larger on two of four text tables.
SQUARE_OF_ROW = 400.0

NO_COLUMNS = np.empty(0, dtype=np.intp)


def learn_sparse_encoding(matrix, reader, rows, weights, scale):
    """Learn the encoding of a sparse table.

    Parameters
    ----------
    matrix : csr_array of shape (n_rows, n_features), dtype float32 or float64
        As from `read_table`.
    reader : TableReader
        Of columns of numbers.
    rows : ndarray of shape (n_used,), dtype int
        Rows to learn from.
    weights : ndarray of shape (n_used,), dtype float64
        Positive.
    scale : {'standard', 'robust', None}
        'standard': stored cells are divided by their root mean square, and multiplied by the root of the weight of the
        rows that hold one, see Notes. 'robust': they are divided by their median size, and smoothly clipped to +-3.
        None: not at all.

    Returns
    -------
    encoding : Encoding
        Its `numbers` are the columns that are stored in rows of a total weight of at least `LEAST_WEIGHT_OF_LEVEL`: one
        row alone would be memorized. A missing cell becomes 0, and has a flag.

    Notes
    -----
    Adam moves all weights at the same speed, whatever number of rows speaks for them. So the weight of a word of three
    documents would soon tell their labels, while that of a common word is still learned. Cells that are smaller in rare
    columns slow these down, as a penalty on squared weights does. A standard deviation does the opposite: it makes
    cells of size 30 of a column that is 1 in one row of a thousand. On four text tables the log loss was smaller each
    time than with cells of size 1 in all columns.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from robust_mlp._data.tables import TableReader
    >>> matrix = sparse.csr_array(np.array([[3.0, 0.0, 1.0], [4.0, 0.0, 0.0], [0.0, 2.0, 1.0], [5.0, 0.0, 1.0]]))
    >>> reader = TableReader(kinds=("number",) * 3, levels=(None,) * 3)
    >>> encoding = learn_sparse_encoding(matrix, reader, np.arange(4), np.ones(4), "standard")
    >>> encoding.numbers.tolist(), encoding.divisor.round(2).tolist()
    ([0, 2], [0.25, 0.06])
    """
    used = matrix if len(rows) == matrix.shape[0] and (np.diff(rows) == 1).all() else matrix[rows]
    n_columns = matrix.shape[1]
    present, missing = np.zeros(n_columns), np.zeros(n_columns)
    for cells, row in blocks(used):
        is_missing, columns = np.isnan(used.data[cells]), used.indices[cells]
        present += column_sums(weights[row] * ~is_missing, columns, n_columns)
        missing += column_sums(weights[row] * is_missing, columns, n_columns)
    numbers = np.flatnonzero(present >= LEAST_WEIGHT_OF_LEVEL)
    if not numbers.size:  # no column is stored twice: keep what there is
        numbers = np.flatnonzero(present > 0)
    numbers = numbers if numbers.size else np.arange(min(1, n_columns))
    divisor = np.ones(n_columns)
    if scale == "standard":
        divisor = _root_mean_squares(used, weights, present) / np.sqrt(np.maximum(present, 1.0))
        # A column's cells now have a mean square of its weight, so these are the squares of all rows.
        square = float(np.square(present[numbers]).sum()) / weights.sum()
        divisor *= np.sqrt(max(square, 1.0) / SQUARE_OF_ROW)
    elif scale == "robust":
        divisor = _median_sizes(used, weights[row_numbers(used)])
    flagged = np.flatnonzero(missing[numbers] > 0)
    return Encoding(
        reader=reader,
        scale=scale,
        numbers=numbers.astype(np.intp),
        center=np.zeros(numbers.size),
        divisor=divisor[numbers],
        fill=np.zeros(numbers.size),
        flagged=flagged,
        pieced=NO_COLUMNS,
        piece_low=np.empty(0),
        piece_width=np.empty(0),
        categories=NO_COLUMNS,
        slots=(),
        embedded=NO_COLUMNS,
        level_codes=(),
        n_outputs=int(numbers.size + flagged.size),
    )


def _root_mean_squares(used, weights, present):
    """Root of the mean square of the stored cells of each column, (n_columns,); 1 for a column without any."""
    n_columns = used.shape[1]
    largest, squares = np.zeros(n_columns), np.zeros(n_columns)
    for cells, _ in blocks(used):
        np.fmax.at(largest, used.indices[cells], np.abs(used.data[cells], dtype=np.float64))
    largest[~(largest > 0)] = 1.0  # squares of cells near 1e300 would not be finite
    for cells, row in blocks(used):
        columns = used.indices[cells]
        size = np.nan_to_num(used.data[cells] / largest[columns], nan=0.0)
        squares += column_sums(weights[row] * np.square(size), columns, n_columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.sqrt(squares / present)
    return np.where((present > 0) & (means > 0), largest * means, 1.0)


def _median_sizes(used, of_cell):
    """The weighted median size of the stored cells of each column, (n_columns,); 1 for a column without any."""
    n_columns, size = used.shape[1], np.abs(used.data.astype(np.float64))
    known = np.flatnonzero(~np.isnan(size))
    order = known[np.lexsort((size[known], used.indices[known]))]
    columns, size = used.indices[order], size[order]
    total = np.cumsum(of_cell[order])
    starts = np.searchsorted(columns, np.arange(n_columns))
    ends = np.searchsorted(columns, np.arange(n_columns), side="right")
    medians = np.ones(n_columns)
    filled = np.flatnonzero(ends > starts)
    before = np.where(starts[filled] > 0, total[starts[filled] - 1], 0.0)
    places = np.searchsorted(total, (before + total[ends[filled] - 1]) / 2)
    medians[filled] = size[np.clip(places, starts[filled], ends[filled] - 1)]
    return medians
