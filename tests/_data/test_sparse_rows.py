"""Sparse tables: which stay sparse, their form, and their encoding."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from robust_mlp._data.sparse_encoding import learn_sparse_encoding
from robust_mlp._data.sparse_rows import (
    MOST_DENSE_BYTES,
    MOST_DENSE_BYTES_IF_VERY_SPARSE,
    MOST_STORED_SHARE,
    VERY_SPARSE,
    as_part,
    as_rows,
    column_sums,
    is_of_sparse_table,
    keeps_zeros,
    row_numbers,
    stays_sparse,
    with_column,
)
from robust_mlp._data.tables import TableReader
from tests._data.sparse_tables import words


def reader_of(n_columns):
    return TableReader(kinds=("number",) * n_columns, levels=(None,) * n_columns)


@pytest.mark.parametrize(
    "n_cells, density, expected",
    [
        (MOST_DENSE_BYTES // 4, VERY_SPARSE * 1.05, False),  # cheap enough to be made dense
        (MOST_DENSE_BYTES // 4 + 4000, VERY_SPARSE * 1.05, True),
        (MOST_DENSE_BYTES_IF_VERY_SPARSE // 4, VERY_SPARSE, False),
        (MOST_DENSE_BYTES_IF_VERY_SPARSE // 4 + 4000, VERY_SPARSE, True),
        (MOST_DENSE_BYTES // 4 + 4000, MOST_STORED_SHARE * 1.05, False),  # hardly smaller than the dense table
    ],
)
def test_large_tables_of_few_stored_cells_stay_sparse(n_cells, density, expected):
    matrix = sparse.random(n_cells // 4000, 4000, density=density, format="csr", random_state=np.random.default_rng(0))
    assert stays_sparse(matrix) is expected
    assert not stays_sparse(np.zeros((3, 3)))


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array, sparse.csc_array])
def test_every_format_becomes_the_same_rows(make):
    X, _ = words()
    rows = as_rows(make(X))
    assert isinstance(rows, sparse.csr_array)
    for name in ("data", "indices", "indptr"):
        assert_array_equal(getattr(rows, name), getattr(as_rows(X), name))


def test_odd_forms_become_the_same_rows_and_stay_as_they_were():
    plain = as_rows(words()[0])
    odd = plain.copy()
    for start, end in zip(odd.indptr[:-1], odd.indptr[1:], strict=True):
        odd.indices[start:end], odd.data[start:end] = odd.indices[start:end][::-1], odd.data[start:end][::-1]
    odd.has_sorted_indices = odd.has_canonical_format = False
    before = odd.data.copy(), odd.indices.copy()
    rows = as_rows(odd)
    assert_array_equal(rows.indices, plain.indices)
    assert_array_equal(rows.data, plain.data)
    assert_array_equal(odd.data, before[0])
    assert_array_equal(odd.indices, before[1])


def test_stored_zeros_are_no_cells():
    X = sparse.csr_array((np.array([1.0, 0.0, 2.0]), ([0, 0, 1], [0, 1, 2])), shape=(2, 3))
    rows = as_rows(X)
    assert rows.nnz == 2
    assert X.nnz == 3


def test_rows_in_the_right_form_are_not_copied():
    rows = as_rows(words()[0])
    assert np.shares_memory(as_rows(rows).data, rows.data)


def test_sums_and_row_numbers_are_those_of_the_dense_table():
    X = as_rows(words()[0])
    assert_array_equal(column_sums(X.data, X.indices, X.shape[1]), X.toarray().sum(axis=0))
    assert_array_equal(row_numbers(X), np.nonzero(X.toarray())[0])


def test_a_column_is_added():
    X = as_rows(words()[0])
    groups = np.arange(X.shape[0]) // 7
    assert_array_equal(with_column(X, groups).toarray(), np.column_stack([X.toarray(), groups]))


@pytest.mark.parametrize("scale", ["standard", "robust", None])
@pytest.mark.parametrize("has_missing", [False, True])
def test_sparse_and_dense_rows_are_encoded_alike(scale, has_missing):
    X = as_rows(words()[0] * 3.0)
    if has_missing:
        X.data[::40] = np.nan
    X.data[7] = 1e300
    encoding = learn_sparse_encoding(X, reader_of(X.shape[1]), np.arange(X.shape[0]), np.ones(X.shape[0]), scale)
    assert keeps_zeros(encoding)
    assert is_of_sparse_table(encoding)
    assert bool(encoding.flagged.size) is has_missing
    outputs = encoding.transform(X[:300])
    assert outputs.dtype == np.float32
    assert outputs.has_sorted_indices
    assert_array_equal(outputs.toarray(), encoding.transform(X[:300].toarray()))
    some = np.array([5, 3, 3, 200])
    assert_array_equal(encoding.transform(X, some).toarray(), outputs.toarray()[some])


def test_a_part_that_is_too_large_says_what_to_do():
    assert as_part(sparse.csr_array((2, 5))).shape == (2, 5)
    with pytest.raises(ValueError, match="Pass fewer rows in a call, or use fit"):
        as_part(sparse.csr_array((100_000, 20_000)))
