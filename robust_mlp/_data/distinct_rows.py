"""Rows: equal rows are merged into one, their weights are summed, and only the contents of the rows decide their order.

So weight 2 gives exactly the same result as passing the row twice, and a shuffled table gives exactly the same result
as the original. Reads matrices from `read_table` without copying them; never reads the user's table."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from robust_mlp._data.column_statistics import row_chunks
from robust_mlp._data.sample_weights import one_each, weights_of
from robust_mlp._data.sparse_rows import row_numbers

# Any fixed odd numbers work. These are the multipliers of MurmurHash3's 64-bit finalizer (Appleby 2011).
_MIX = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_HALF = np.uint64(32)
# A "kind" is a set of equal rows. A table has few kinds if a kind has at least `ROWS_PER_KIND` rows on average, and at
# most a share `MOST_ALONE` of the rows are the only row of their kind. By Good's estimate (1953, "The population
# frequencies of species", eq. 9), that share is the probability that a new row is of a new kind. So such a network will
# predict rows like those that it was trained on. Holding out all rows of a kind would then measure something else.
# Copied rows look the same, but must stay on one side. They are recognized by a column with more distinct values than
# `MOST_TOLD_APART` times the number of kinds: such a column is a measurement, and equal measurements are copies.
ROWS_PER_KIND, MOST_ALONE, MOST_TOLD_APART = 5, 0.01, 0.5
# With two to five rows of a kind, too, most new rows are of a known kind: at most about a fifth of the rows are alone.
# Then two more signs must say that equal rows are no copies. Copies have the same label, so a share of the kinds
# with several rows must have several labels. And where the rows of a class were copied, next to none is alone.
FEWEST_PER_KIND, LEAST_CONTRADICTED, LEAST_SINGLE = 2, 0.1, 0.1
# Whole-number weights count as numbers of rows if they sum to at most this many rows. Larger sums are only weights.
MOST_REPEATED = 1_000_000
_HASH_SEED = 20240704  # draws one multiplier per column; changing it changes the order of the rows


@dataclass(frozen=True, eq=False)
class Rows:
    """Distinct (row, label) pairs.

    Attributes
    ----------
    index : ndarray of shape (n_pairs,), dtype int32, or int64 where that is too small
        Row number in the matrix of one row of each pair. It may be any of several equal rows.
    codes : ndarray of shape (n_pairs,), dtype int32
        Class codes.
    weights : ndarray of shape (n_pairs,), dtype float64
        Sum of the weights of the equal pairs, positive.
    groups : ndarray of shape (n_pairs,), dtype of `index`
        Ascending from 0. Pairs with equal rows and different labels have the same number.
    pair_of : ndarray of shape (n_rows,), dtype of `index`
        For each row of the matrix, the position of its pair in these arrays; -1 for a row of weight 0.
    """

    index: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    groups: np.ndarray
    pair_of: np.ndarray


@dataclass(frozen=True, eq=False)
class DistinctRows:
    """`Rows` for the usual case that all rows are distinct: the other arrays are computed from `index` when needed.

    A fit keeps its rows in memory until it ends. In a long table with few columns, three more numbers per row would be
    a tenth of the table.

    Attributes
    ----------
    index, weights : as in Rows
    codes_of_table : ndarray of shape (n_rows,), dtype int
        Class codes of all rows of the matrix.
    """

    index: np.ndarray
    weights: np.ndarray
    codes_of_table: np.ndarray

    @property
    def codes(self):
        """As in Rows."""
        return self.codes_of_table[self.index].astype(np.int32, copy=False)

    @property
    def groups(self):
        """As in Rows."""
        return np.arange(self.index.size, dtype=self.index.dtype)

    @property
    def pair_of(self):
        """As in Rows."""
        return _inverse(self.index, self.groups, self.codes_of_table.size)


def merge_rows(matrix, codes, weights=None):
    """Merge equal (row, label) pairs. Their new order does not depend on the order of the rows.

    Rows are equal if all their values are; NaN equals NaN and -0.0 equals 0.0.

    Parameters
    ----------
    matrix : ndarray or csr_array of shape (n_rows, n_features), dtype float32 or float64
    codes : ndarray of shape (n_rows,), dtype int
        Class codes.
    weights : ndarray of shape (n_rows,), dtype float64, default=None
        Rows of weight 0 are left out. None: every row has weight 1.

    Returns
    -------
    rows : Rows or DistinctRows

    Examples
    --------
    >>> import numpy as np
    >>> matrix = np.array([[7.0], [8.0], [7.0], [7.0]])
    >>> rows = merge_rows(matrix, np.array([0, 0, 0, 1]))
    >>> sorted(zip(matrix[rows.index, 0].tolist(), rows.codes.tolist(), rows.weights.tolist()))
    [(7.0, 0, 2.0), (7.0, 1, 1.0), (8.0, 0, 1.0)]
    """
    if weights is None:
        weights = one_each(matrix.shape[0])
    dtype: type[np.signedinteger] = (
        np.int32 if matrix.shape[0] <= np.iinfo(np.int32).max else np.int64
    )  # the row numbers stay in memory after the fit
    kept = np.flatnonzero(weights > 0).astype(dtype)
    hashes = hash_rows(matrix, kept)
    by_hash = np.argsort(hashes)
    hashes = hashes[by_hash]
    order = kept[by_hash]
    is_first = np.empty(order.size, dtype=bool)
    is_first[:1] = True
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    if is_first.all():
        return DistinctRows(index=order, weights=weights_of(weights, order), codes_of_table=codes)
    _sort_within(order, is_first, hashes, codes, weights)
    _split_collisions(matrix, order, is_first, codes, weights)
    groups = np.cumsum(is_first, dtype=dtype) - 1
    sorted_codes = codes[order].astype(np.int32)
    is_new = is_first
    is_new[1:] |= sorted_codes[1:] != sorted_codes[:-1]
    starts = np.flatnonzero(is_new)
    return Rows(
        index=order[starts],
        codes=sorted_codes[starts],
        weights=np.add.reduceat(weights[order], starts),
        groups=groups[starts],
        pair_of=_inverse(order, np.cumsum(is_new, dtype=dtype) - 1, matrix.shape[0]),
    )


def is_of_few_kinds(matrix, merged, weights):
    """Whether the table repeats few distinct rows, so that a new row almost certainly equals one of them.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
    merged : Rows
    weights : ndarray of shape (n_rows,), dtype float64
        Weights of the rows before merging. Whole numbers are read as numbers of rows.

    Returns
    -------
    is_of_few_kinds : bool
    """
    n_kinds, times = int(merged.groups[-1]) + 1, _times(weights)
    n_rows = len(weights) if times is None else int(times.sum())
    if n_rows < FEWEST_PER_KIND * n_kinds:
        return False
    used = merged.pair_of >= 0
    of_pair = np.bincount(merged.pair_of[used], None if times is None else times[used], minlength=len(merged.index))
    counts = np.bincount(merged.groups, of_pair)
    has_many_rows = n_rows >= ROWS_PER_KIND * n_kinds and np.count_nonzero(counts == 1) <= MOST_ALONE * n_rows
    if not has_many_rows and not _are_no_copies(merged, of_pair, counts):
        return False
    kinds = matrix[merged.index[np.flatnonzero(np.diff(merged.groups, prepend=-1))]]
    n_values = np.array([len(np.unique(column)) for column in _columns_of(kinds)])
    is_one_column = has_many_rows and (n_values > 1).sum() <= 1
    return bool(is_one_column or n_values.max() <= MOST_TOLD_APART * n_kinds)


def _are_no_copies(merged, of_pair, counts):
    """Whether labels and numbers say that equal rows are equal by nature.

    Parameters
    ----------
    merged : Rows
    of_pair, counts : ndarray of shapes (n_pairs,) and (n_kinds,)
        Number of rows of each pair of kind and label, and of each kind.
    """
    n_labels = np.bincount(merged.groups)
    if np.count_nonzero(n_labels > 1) < LEAST_CONTRADICTED * np.count_nonzero(counts > 1):
        return False
    pairs = np.bincount(merged.codes)
    singles = np.bincount(merged.codes[of_pair == 1], minlength=len(pairs))
    return bool((singles >= LEAST_SINGLE * pairs).all())


def _columns_of(kinds):
    """The columns of a matrix; of a sparse one those with stored cells, each with at most one of its zeros."""
    if not sparse.issparse(kinds):
        return kinds.T
    by_column = kinds.tocsc()
    stored = np.split(by_column.data, by_column.indptr[1:-1])
    n_rows = kinds.shape[0]
    return [np.append(cells, 0.0) if len(cells) < n_rows else cells for cells in stored if len(cells)] or [np.zeros(1)]


def _times(weights):
    """How often each row occurs, int array. None if weights are not whole numbers or are too large to be counts."""
    is_count = weights.sum() <= MOST_REPEATED and (weights == np.rint(weights)).all()
    return weights.astype(np.int64) if is_count else None


def rows_to_split(matrix, merged, weights):
    """The rows to split into training and held-out rows: every row if the table has few kinds, else `merged`."""
    return spread_out(merged, weights) if is_of_few_kinds(matrix, merged, weights) else merged


def spread_out(merged, weights):
    """Undo the merging: every row is separate and in its own group. The contents of the rows decide the order.

    Parameters
    ----------
    merged : Rows
    weights : ndarray of shape (n_rows,), dtype float64
        Weights of the rows before merging. If all are whole numbers, each row is repeated that many times.

    Returns
    -------
    rows : Rows
        `index` holds the number of a repeated row several times, and `pair_of` one of its positions.
    """
    dtype, times = merged.index.dtype, _times(weights)
    order = np.lexsort((weights, merged.pair_of)).astype(dtype)
    order = order[np.count_nonzero(merged.pair_of < 0) :]
    if times is not None:
        order = np.repeat(order, times[order])
    places = np.arange(len(order), dtype=dtype)
    return Rows(
        index=order,
        codes=merged.codes[merged.pair_of[order]],
        weights=weights_of(weights, order) if times is None else one_each(len(order)),
        groups=places,
        pair_of=_inverse(order, places, len(weights)),
    )


def _inverse(order, places, n_rows):
    """Position of each of `n_rows` rows: ``places[i]`` for row ``order[i]``, and -1 for rows that `order` lacks."""
    inverse = np.full(n_rows, -1, dtype=places.dtype)
    inverse[order] = places
    return inverse


def hash_rows(matrix, rows):
    """Hash the contents of rows.

    A multiply-add hash in exact 64-bit integers, so that neither the order of the sum nor the dtype matters.

    Parameters
    ----------
    matrix : ndarray or csr_array of shape (n_rows, n_features), dtype float32 or float64
    rows : ndarray of shape (n_used,), dtype int
        Rows to hash.

    Returns
    -------
    hashes : ndarray of shape (n_used,), dtype uint64
        Equal for equal rows.
    """
    n_columns = matrix.shape[1]
    factors = np.random.SeedSequence(_HASH_SEED).generate_state(n_columns, np.uint64) | np.uint64(1)
    hashes = np.empty(rows.shape[0], dtype=np.uint64)
    is_sparse = sparse.issparse(matrix)
    n_stored = -(-matrix.nnz // max(matrix.shape[0], 1)) if is_sparse else n_columns
    for part in row_chunks(rows.shape[0], n_stored):
        if is_sparse:
            chosen = matrix[rows[part]]
            sums = _sums_of_rows(chosen, _mixed(_bits(chosen.data.astype(np.float64)), factors[chosen.indices]))
        else:
            sums = _mixed(_row_bits(matrix, rows[part]), factors).sum(axis=1, dtype=np.uint64)
        sums ^= sums >> _HALF
        sums *= _MIX[1]
        sums ^= sums >> _HALF
        hashes[part] = sums
    return hashes


def _row_bits(matrix, rows):
    """Bits of the rows' values as float64, ndarray of shape (n_used, n_features), dtype uint64. Equal if values are."""
    chosen = matrix[rows]
    chosen = chosen.toarray() if sparse.issparse(chosen) else chosen
    return _bits(chosen.astype(np.float64, order="C"))


def _bits(cells):
    """Bits of float64 values, which are overwritten: an array of the same shape, dtype uint64."""
    cells += 0.0  # turns -0.0 into 0.0
    lost = np.isnan(cells)
    if lost.any():
        cells[lost] = np.nan  # NaN has many bit patterns
    return cells.view(np.uint64)


def _mixed(bits, factors):
    """The share of each cell in the hash of its row; `bits` are overwritten. That of a cell of 0 is 0."""
    bits *= _MIX[0]  # small whole numbers set only a few high bits: spread them
    bits ^= bits >> _HALF
    bits *= factors
    return bits


def _sums_of_rows(rows, bits):
    """The sum of the bits of each row's stored cells, modulo 2^64: a cell of 0 would add nothing."""
    sums = np.zeros(rows.shape[0], dtype=np.uint64)
    np.add.at(sums, row_numbers(rows), bits)
    return sums


def _differ(matrix, rows, others):
    """Whether rows of a matrix differ from other rows of it: ndarray of shape (n_rows,), dtype bool."""
    if not sparse.issparse(matrix):
        return (_row_bits(matrix, rows) != _row_bits(matrix, others)).any(axis=1)
    a, b = matrix[rows], matrix[others]
    differs = np.diff(a.indptr) != np.diff(b.indptr)
    alike = np.flatnonzero(~differs)
    a, b = a[alike], b[alike]
    is_other = (a.indices != b.indices) | (_bits(a.data.astype(np.float64)) != _bits(b.data.astype(np.float64)))
    differs[alike[row_numbers(a)[is_other]]] = True
    return differs


def _sort_within(order, is_first, hashes, codes, weights):
    """Sort `order`, int array (n_kept,), in place by label and weight within each run of equal hashes."""
    is_shared = ~is_first
    is_shared[:-1] |= ~is_first[1:]
    members = np.flatnonzero(is_shared)
    keys = [weights[order[members]], codes[order[members]], hashes[members]]
    order[members] = order[members[np.lexsort(keys)]]


def _split_collisions(matrix, order, is_first, codes, weights):
    """If rows with equal hashes differ, sort them by content and start a run for each. Works in place."""
    followers = np.flatnonzero(~is_first)
    runs = []
    for part in row_chunks(followers.size, matrix.shape[1]):
        here = followers[part]
        differs = _differ(matrix, order[here], order[here - 1])
        runs.extend(here[differs].tolist())
    starts = np.append(np.flatnonzero(is_first), order.size)
    for run in np.unique(np.searchsorted(starts, runs, side="right") - 1):
        span = slice(starts[run], starts[run + 1])
        members = order[span]
        _, contents = np.unique(_row_bits(matrix, members), axis=0, return_inverse=True)
        contents = contents.reshape(-1)
        by_content = np.lexsort([weights[members], codes[members], contents])
        order[span] = members[by_content]
        contents = contents[by_content]
        is_first[span] = np.append(True, contents[1:] != contents[:-1])
