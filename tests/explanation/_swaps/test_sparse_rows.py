"""Permutation importance in sparse rows: the same as in the dense rows with the same permutations."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from robust_mlp._core.losses import row_losses, softmax
from robust_mlp._data.sparse_encoding import learn_sparse_encoding
from robust_mlp._data.tables import TableReader
from robust_mlp._prediction.network import Network, decide_together
from robust_mlp.explanation._swaps.sparse_rows import _changes, columns_of_outputs, sparse_rises

RNG = np.random.default_rng(0)
N_ROWS, N_INPUTS = 60, 7


def rows_and_network():
    dense = np.where(RNG.random((N_ROWS, N_INPUTS)) < 0.2, RNG.normal(size=(N_ROWS, N_INPUTS)), 0).astype(np.float32)
    dense[:, -1] = 0
    kernels = tuple(RNG.normal(size=shape).astype(np.float32) for shape in ((1, N_INPUTS, 4), (1, 4, 3)))
    biases = tuple(RNG.normal(size=shape).astype(np.float32) for shape in ((1, 1, 4), (1, 1, 3)))
    return sparse.csr_array(dense), Network("tanh", kernels, biases)


def test_every_input_keeps_its_cells_and_they_move():
    rows, _ = rows_and_network()
    place, column, added = _changes(rows, np.random.default_rng(1))
    moved = rows.toarray()
    np.add.at(moved, (place, column), added)
    assert (moved != rows.toarray()).any(axis=0)[:-1].all()
    assert_allclose(np.sort(moved, axis=0), np.sort(rows.toarray(), axis=0), atol=1e-6)


def test_rises_are_those_of_the_permuted_table():
    rows, network = rows_and_network()
    codes, weights = RNG.integers(0, 3, N_ROWS), RNG.uniform(0.5, 2, N_ROWS)
    rises, squares = sparse_rises(rows, [network], codes, weights, np.random.default_rng(1))
    place, column, added = _changes(rows, np.random.default_rng(1))
    before = row_losses(softmax(decide_together([network], rows.toarray())), codes)
    for j in range(N_INPUTS):
        moved = rows.toarray()
        moved[place[column == j], j] += added[column == j]
        change = weights * (row_losses(softmax(decide_together([network], moved)), codes) - before)
        assert_allclose((rises[j], squares[j]), (change.sum(), np.square(change).sum()), rtol=1e-4, atol=1e-7)
    assert rises[-1] == 0.0


def test_flags_belong_to_the_column_that_they_flag():
    X = sparse.csr_array(np.array([[1.0, 0, 2], [np.nan, 0, 1], [3, 0, 1], [1, 0, np.nan]]))
    reader = TableReader(kinds=("number",) * 3, levels=(None,) * 3)
    encoding = learn_sparse_encoding(X, reader, np.arange(4), np.ones(4), "standard")
    assert_array_equal(columns_of_outputs(encoding), [0, 2, 0, 2])
