"""Sparse tables: which of them stay sparse, in which form they travel, and how an encoding is applied to them.

In the package a sparse table is a csr array with sorted indices, one entry for each stored cell, and no stored zero.
So equal rows have equal arrays. Never makes a whole table dense."""

import numpy as np
from scipy import sparse

# Bytes of the dense encoded table, in float32, up to which a sparse one is made dense. So small a table is trained
# sooner in the graph, with the scaling and the extra members that need dense columns; from here on the dense table and
# its copies are what a fit needs most memory for.
MOST_DENSE_BYTES = 2**24
# The same for a table of which at most this share is stored. Its columns are rare, and a standard deviation blows rare
# columns up: trained so on 600 rows with 4,000 words, a network was right on .73 of new rows, and on more than .9 here.
VERY_SPARSE, MOST_DENSE_BYTES_IF_VERY_SPARSE = 0.02, 2**22
# Share of cells that are stored, above which a sparse table is made dense: a stored cell takes twelve bytes (value and
# column) where a dense one takes four, and its products are three times as slow.
MOST_STORED_SHARE = 0.2
BYTES_OF_CELL = 4
# Cells that are worked on at once. In float64 they take 2 MB; a few arrays of all cells would be larger than the table.
CELLS_OF_BLOCK = 2**18
# Bytes of a dense table, in float64, up to which `partial_fit` makes sparse rows dense: the memory of a small machine.
MOST_BYTES_OF_PART = 2**31


def stays_sparse(matrix):
    """Whether a matrix is worth to be kept sparse.

    Parameters
    ----------
    matrix : ndarray, sparse matrix or sparse array of shape (n_rows, n_columns)

    Returns
    -------
    stays_sparse : bool
        False for an ndarray.

    Examples
    --------
    >>> from scipy import sparse
    >>> stays_sparse(sparse.csr_array((1000, 3))), stays_sparse(sparse.csr_array((1000, 30_000)))
    (False, True)
    """
    if not sparse.issparse(matrix):
        return False
    n_cells = matrix.shape[0] * matrix.shape[1]
    most_bytes = MOST_DENSE_BYTES_IF_VERY_SPARSE if matrix.nnz <= VERY_SPARSE * n_cells else MOST_DENSE_BYTES
    return n_cells * BYTES_OF_CELL > most_bytes and matrix.nnz <= MOST_STORED_SHARE * n_cells


def as_rows(matrix):
    """A sparse matrix in the form in which the package keeps sparse tables.

    Parameters
    ----------
    matrix : sparse matrix or array of shape (n_rows, n_columns), dtype float32 or float64
        Never changed.

    Returns
    -------
    rows : csr_array
        On the arrays of `matrix` where these have the form already.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> twice = sparse.coo_array((np.ones(3), ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    >>> as_rows(twice).data.tolist()
    [2.0, 1.0]
    """
    rows = sparse.csr_array(matrix)
    if not rows.has_canonical_format or np.count_nonzero(rows.data) < rows.nnz:
        rows = rows.copy() if _shares_memory(rows, matrix) else rows
        rows.sum_duplicates()
        rows.eliminate_zeros()
    return rows


def _shares_memory(rows, matrix):
    return getattr(matrix, "data", None) is not None and np.shares_memory(rows.data, matrix.data)


def with_column(rows, values):
    """The table with one more column: csr_array of shape (n_rows, n_columns + 1). `values`: ndarray of (n_rows,)."""
    column = sparse.csr_array(values.astype(np.float64)[:, np.newaxis])  # float32 holds 16 million groups only
    return as_rows(sparse.hstack([rows, column], format="csr"))


def column_sums(values, indices, n_columns):
    """The sum of the values of each column: ndarray of shape (n_columns,), float64."""
    return np.bincount(indices, weights=values, minlength=n_columns)


def blocks(rows):
    """Cut a csr array into blocks of whole rows of about `CELLS_OF_BLOCK` cells.

    Yields
    ------
    cells : slice
        Of `data` and `indices`.
    row : ndarray of int
        The row of each of these cells.
    """
    n_rows = rows.shape[0]
    size = max(1, CELLS_OF_BLOCK * n_rows // max(rows.nnz, 1))
    for start in range(0, n_rows, size):
        ends = rows.indptr[start : start + size + 1]
        yield slice(int(ends[0]), int(ends[-1])), start + np.repeat(np.arange(len(ends) - 1), np.diff(ends))


def row_numbers(rows):
    """The row of each stored cell of a csr array: ndarray of shape (nnz,)."""
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))


def keeps_zeros(encoding):
    """Whether an Encoding makes 0 of 0, so that the encoded rows of a sparse table are sparse, too."""
    return not (
        encoding.center.any()
        or encoding.fill.any()
        or encoding.pieced.size
        or encoding.slots
        or encoding.n_codes
        or encoding.bend is not None
    )


def is_of_sparse_table(encoding):
    """Whether an Encoding was learned from a sparse table: it scales columns, and centres none."""
    return keeps_zeros(encoding) and bool(np.isfinite(encoding.divisor).any())


def sparse_outputs(encoding, matrix, limit, bound):
    """Encode sparse rows by an encoding that keeps zeros.

    Parameters
    ----------
    encoding : Encoding
    matrix : csr_array of shape (n_rows, n_features)
    limit : float
        Largest size of an output.
    bound : callable
        Applied to the outputs in place: the smooth clip of the scale, or nothing.

    Returns
    -------
    outputs : csr_array of shape (n_rows, encoding.n_outputs), dtype float32
        What `Encoding.transform` makes of the same rows in a dense matrix.
    """
    output_of = np.full(matrix.shape[1], -1, dtype=matrix.indices.dtype)
    output_of[encoding.numbers] = np.arange(encoding.numbers.size)
    output_of[encoding.numbers[~np.isfinite(encoding.divisor)]] = -1  # a constant is 0 everywhere
    divisor = np.ones(matrix.shape[1])
    divisor[encoding.numbers] = encoding.divisor
    values = np.empty(matrix.nnz, np.float32)
    for cells, _ in blocks(matrix):
        with np.errstate(over="ignore"):
            scaled = matrix.data[cells] / divisor[matrix.indices[cells]]
        np.clip(scaled, -limit, limit, out=scaled)
        bound(scaled)
        values[cells] = scaled
    is_missing = np.isnan(values)
    is_any_missing = bool(is_missing.any())
    shape = matrix.shape[0], encoding.n_outputs
    if not is_any_missing and np.array_equal(output_of, np.arange(shape[1])):
        return sparse.csr_array((values, matrix.indices, matrix.indptr), shape=shape)
    outputs = output_of[matrix.indices]
    if is_any_missing:
        flag_of = np.full(matrix.shape[1], -1, dtype=matrix.indices.dtype)
        flag_of[encoding.numbers[encoding.flagged]] = encoding.numbers.size + np.arange(encoding.flagged.size)
        outputs[is_missing], values[is_missing] = flag_of[matrix.indices[is_missing]], 1.0
    is_kept = outputs >= 0
    before = np.zeros(len(is_kept) + 1, dtype=matrix.indptr.dtype)
    np.cumsum(is_kept, out=before[1:])
    indptr = before[matrix.indptr]
    encoded = sparse.csr_array((values[is_kept], outputs[is_kept], indptr), shape=shape)
    encoded.sort_indices()  # flags come after all numbers
    return encoded


def as_part(matrix):
    """The dense matrix of a sparse table for `partial_fit`, whose encoding grows and needs all columns.

    Parameters
    ----------
    matrix : csr_array of shape (n_rows, n_columns)

    Returns
    -------
    matrix : ndarray of shape (n_rows, n_columns)

    Raises
    ------
    ValueError
        If it is too large to be made dense.
    """
    n_bytes = matrix.shape[0] * matrix.shape[1] * matrix.dtype.itemsize
    if n_bytes > MOST_BYTES_OF_PART:
        raise ValueError(
            f"partial_fit makes sparse rows dense, and {matrix.shape[0]:,} x {matrix.shape[1]:,} cells need "
            f"{n_bytes / 2**30:.1f} GB. Pass fewer rows in a call, or use fit, which keeps them sparse."
        )
    return matrix.toarray()
