"""The encoding of sparse tables: scales, rare columns, missing cells."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from robust_mlp._data.sparse_encoding import SQUARE_OF_ROW, learn_sparse_encoding
from robust_mlp._data.sparse_rows import as_rows
from robust_mlp._data.tables import TableReader
from tests._data.sparse_tables import words


def learned(X, weights=None, scale="standard", rows=None):
    X = as_rows(sparse.csr_array(X))
    rows = np.arange(X.shape[0]) if rows is None else rows
    weights = np.ones(len(rows)) if weights is None else weights
    reader = TableReader(kinds=("number",) * X.shape[1], levels=(None,) * X.shape[1])
    return learn_sparse_encoding(X, reader, rows, weights, scale), X


def test_columns_of_a_single_row_are_left_out():
    encoding, X = learned(words()[0])
    assert_array_equal(encoding.numbers, np.flatnonzero(np.count_nonzero(X.toarray(), axis=0) >= 2))


def test_a_row_of_weight_two_is_two_rows():
    X = words()[0]
    weighted, _ = learned(X, np.where(np.arange(X.shape[0]) < 100, 2.0, 1.0))
    repeated, _ = learned(sparse.vstack([X, X[:100]]))
    assert_array_equal(weighted.numbers, repeated.numbers)
    assert_allclose(weighted.divisor, repeated.divisor, rtol=1e-12)


@pytest.mark.parametrize("factor", [1.0, 1e-3, 1e150])
def test_rows_have_the_wanted_size_in_every_unit(factor):
    encoding, X = learned(words()[0] * factor)
    rows = encoding.transform(X)
    assert_allclose(np.square(rows.data, dtype=np.float64).sum() / rows.shape[0], SQUARE_OF_ROW, rtol=1e-4)


def test_cells_of_rare_columns_are_small():
    encoding, X = learned(words()[0])
    rows = encoding.transform(X).tocsc()
    counts = np.diff(rows.indptr)
    sizes = np.array([np.abs(rows.data[a:b]).mean() for a, b in zip(rows.indptr[:-1], rows.indptr[1:], strict=True)])
    rare, common = sizes[counts <= 3].mean(), sizes[counts >= 200].mean()
    assert_allclose(common / rare, np.sqrt(counts[counts >= 200].mean() / counts[counts <= 3].mean()), rtol=0.3)


def test_robust_divides_by_the_median_of_stored_cells():
    X = np.zeros((8, 3))
    X[:5, 0], X[:2, 1] = [1.0, 2.0, 3.0, 4.0, 1000.0], [-5.0, 7.0]
    encoding, rows = learned(X, scale="robust")
    assert encoding.numbers.tolist() == [0, 1]
    assert encoding.divisor.tolist() == [3.0, 5.0]
    assert np.abs(encoding.transform(rows).toarray()).max() < 3.0  # smoothly clipped


def test_without_a_scale_cells_stay_as_they_are():
    X = words()[0]
    encoding, rows = learned(X, scale=None)
    assert_array_equal(encoding.transform(rows).toarray(), X.toarray()[:, encoding.numbers].astype(np.float32))


def test_missing_cells_become_zero_and_have_a_flag():
    X = np.zeros((6, 2))
    X[:4, 0], X[:3, 1] = [1.0, np.nan, 2.0, np.nan], [1.0, 1.0, 1.0]
    encoding, rows = learned(X)
    outputs = encoding.transform(rows).toarray()
    assert encoding.names_out == ("x0", "x1", "x0_missing")
    assert_array_equal(outputs[:, 2], [0, 1, 0, 1, 0, 0])
    assert_array_equal(outputs[[1, 3], 0], [0, 0])


def test_only_the_rows_to_learn_from_count():
    X = words()[0]
    some, _ = learned(X, rows=np.arange(0, X.shape[0], 2))
    alone, _ = learned(X[::2])
    assert_array_equal(some.numbers, alone.numbers)
    assert_array_equal(some.divisor, alone.divisor)


@pytest.mark.parametrize("X", [np.zeros((5, 3)), np.eye(4)])
def test_a_table_without_common_columns_still_has_an_encoding(X):
    encoding, rows = learned(X)
    assert encoding.n_outputs >= 1
    assert np.isfinite(encoding.transform(rows).toarray()).all()
