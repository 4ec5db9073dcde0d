"""Equal rows: merged exactly, in an order that only their contents decide."""

import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from robust_mlp._data import distinct_rows as rows_module
from robust_mlp._data.distinct_rows import DistinctRows, hash_rows, is_of_few_kinds, merge_rows, spread_out
from robust_mlp._data.sparse_rows import as_rows

NAN = np.nan


def contents(matrix, merged):
    """What was merged, without saying where it stood: a list of (row, code, weight, group)."""
    rows = [tuple("nan" if v != v else v + 0.0 for v in row) for row in matrix[merged.index].tolist()]
    return list(zip(rows, merged.codes.tolist(), merged.weights.tolist(), merged.groups.tolist(), strict=True))


def grid(n_rows, seed=0, dtype=np.float64):
    """A matrix of few different rows, missing values included, their codes, and whole weights with zeros."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-1, 2, (n_rows, 3)).astype(dtype)
    matrix[rng.random(matrix.shape) < 0.2] = NAN
    return matrix, rng.integers(0, 2, n_rows), rng.integers(0, 4, n_rows).astype(float)


def merged_plainly(matrix, codes, weights):
    """{(row, code): weight} with Python's own dict."""
    found = {}
    for row, code, weight in zip(matrix.tolist(), codes.tolist(), weights.tolist(), strict=True):
        key = (tuple("nan" if v != v else v + 0.0 for v in row), code)
        if weight > 0:
            found[key] = found.get(key, 0.0) + weight
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(5))
def test_merging_is_what_a_dict_does(seed, dtype):
    matrix, codes, weights = grid(200, seed, dtype)
    merged = merge_rows(matrix, codes, weights)
    found = contents(matrix, merged)
    assert {(row, code): weight for row, code, weight, _ in found} == merged_plainly(matrix, codes, weights)
    assert len(found) == len({(row, code) for row, code, _, _ in found})


@pytest.mark.parametrize("seed", range(5))
def test_rows_share_a_group_exactly_if_their_features_are_equal(seed):
    matrix, codes, weights = grid(200, seed)
    found = contents(matrix, merge_rows(matrix, codes, weights))
    groups = {}
    for row, _, _, group in found:
        groups.setdefault(group, set()).add(row)
    assert all(len(rows) == 1 for rows in groups.values())
    assert len(groups) == len({row for row, _, _, _ in found})
    assert [group for _, _, _, group in found] == sorted(group for _, _, _, group in found)
    assert sorted(groups) == list(range(len(groups)))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_depends_on_contents_only(seed):
    matrix, codes, weights = grid(200, seed)
    expected = contents(matrix, merge_rows(matrix, codes, weights))
    shuffled = np.random.default_rng(seed).permutation(200)
    assert contents(matrix[shuffled], merge_rows(matrix[shuffled], codes[shuffled], weights[shuffled])) == expected
    repeated = np.repeat(np.arange(200), weights.astype(int))
    assert contents(matrix[repeated], merge_rows(matrix[repeated], codes[repeated])) == expected
    assert contents(np.float32(matrix), merge_rows(np.float32(matrix), codes, weights)) == expected
    assert contents(matrix, merge_rows(np.asfortranarray(matrix), codes, weights)) == expected


def test_weights_that_round_are_summed_in_one_order():
    rng = np.random.default_rng(0)
    weights = rng.random(1000)
    matrix = np.zeros((1000, 2))
    sums = set()
    for _ in range(10):
        order = rng.permutation(1000)
        sums.add(merge_rows(matrix, np.zeros(1000, dtype=int), weights[order]).weights.item())
    assert len(sums) == 1


def test_rows_that_all_differ_keep_their_weights():
    rng = np.random.default_rng(0)
    matrix, codes, weights = rng.random((50, 2)), rng.integers(0, 3, 50), rng.random(50)
    merged = merge_rows(matrix, codes, weights)
    assert_array_equal(np.sort(merged.index), np.arange(50))
    assert_array_equal(merged.codes, codes[merged.index])
    assert_array_equal(merged.weights, weights[merged.index])
    assert_array_equal(merged.groups, np.arange(50))
    assert (merged.codes.dtype, merged.weights.dtype) == (np.int32, np.float64)
    assert_array_equal(merge_rows(matrix, codes).weights, 1.0)


def test_rows_that_all_differ_are_known_by_their_order():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 4, 60)
    weights = rng.integers(0, 3, 60).astype(float)
    rows = merge_rows(X, y, weights)
    assert isinstance(rows, DistinctRows)
    assert_array_equal(np.sort(rows.index), np.flatnonzero(weights > 0))
    assert_array_equal(rows.codes, y[rows.index])
    assert_array_equal(rows.groups, np.arange(len(rows.index)))
    assert_array_equal(rows.weights, weights[rows.index])
    assert_array_equal(rows.index[rows.pair_of[weights > 0]], np.flatnonzero(weights > 0))
    assert (rows.pair_of[weights == 0] == -1).all()


def test_rows_of_weight_0_are_left_out():
    merged = merge_rows(np.array([[1.0], [2.0], [1.0]]), np.array([0, 1, 1]), np.array([1.0, 0.0, 0.0]))
    assert_array_equal(merged.index, [0])


def test_a_single_row_and_a_single_column_are_merged():
    assert_array_equal(merge_rows(np.array([[1.0]]), np.array([0])).index, [0])
    assert_array_equal(np.sort(merge_rows(np.array([[2.0], [1.0], [2.0]]), np.array([0, 0, 0])).weights), [1, 2])


def test_zeros_of_both_signs_and_all_nans_are_equal():
    odd_nan = np.array([0x7FF8DEADBEEF0001], dtype=np.uint64).view(np.float64)[0]
    matrix = np.array([[0.0, NAN], [-0.0, odd_nan], [0.0, 1.0]])
    merged = merge_rows(matrix, np.zeros(3, dtype=int))
    assert_array_equal(np.sort(merged.weights), [1, 2])


@pytest.mark.parametrize("n_hashes", [1, 2, 7])
def test_rows_that_collide_are_told_apart_by_their_contents(n_hashes, monkeypatch):
    def weak_hash(matrix, rows):
        return hash_rows(matrix, rows) % np.uint64(n_hashes)

    monkeypatch.setattr(rows_module, "hash_rows", weak_hash)
    matrix, codes, weights = grid(300, seed=1)
    found = contents(matrix, merge_rows(matrix, codes, weights))
    assert {(row, code): weight for row, code, weight, _ in found} == merged_plainly(matrix, codes, weights)
    assert len({group for _, _, _, group in found}) == len({row for row, _, _, _ in found})
    shuffled = np.random.default_rng(2).permutation(300)
    assert contents(matrix[shuffled], merge_rows(matrix[shuffled], codes[shuffled], weights[shuffled])) == found


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(np.arange(200_000.0).reshape(-1, 1), id="whole numbers"),
        pytest.param(np.arange(200_000.0).reshape(-1, 1) / 1024, id="few bits"),
        pytest.param(np.stack(np.divmod(np.arange(200_000.0), 450), axis=1), id="pairs"),
        pytest.param(np.unpackbits(np.arange(2**16, dtype=">u2").view(np.uint8)).reshape(-1, 16) * 1.0, id="bits"),
    ],
)
def test_regular_tables_do_not_collide(matrix):
    hashes = hash_rows(matrix, np.arange(len(matrix)))
    assert len(np.unique(hashes)) == len(matrix)
    assert len(np.unique(hash_rows(matrix[:, ::-1], np.arange(len(matrix))))) == len(matrix)


def test_the_columns_order_matters_to_the_hash():
    first, second = hash_rows(np.array([[1.0, 2.0], [2.0, 1.0]]), np.arange(2))
    assert first != second


def test_merging_a_million_rows_takes_seconds_not_minutes():
    matrix = np.random.default_rng(0).integers(0, 1000, (1_000_000, 4)).astype(np.float32)
    start = time.perf_counter()
    merged = merge_rows(matrix, np.zeros(len(matrix), dtype=np.int32))
    assert time.perf_counter() - start < 20  # under half a second on an idle core
    assert merged.weights.sum() == 1_000_000


# Few kinds of rows


def of_kinds(n_rows, n_kinds, seed=0):
    """A matrix of rows drawn from so many kinds, codes, and weights of 1."""
    rng = np.random.default_rng(seed)
    kinds = np.append(np.arange(n_kinds), rng.integers(0, n_kinds, n_rows - n_kinds))
    return kinds[:, np.newaxis].astype(float), rng.integers(0, 2, n_rows), np.ones(n_rows)


def is_of_few(matrix, codes, weights):
    return is_of_few_kinds(matrix, merge_rows(matrix, codes, weights), weights)


@pytest.mark.parametrize(
    "n_rows, n_kinds, expected", [(600, 9, True), (600, 110, True), (600, 130, False), (12, 2, True), (300, 300, False)]
)
def test_few_kinds_of_rows_are_known_by_how_often_each_came(n_rows, n_kinds, expected):
    assert is_of_few(*of_kinds(n_rows, n_kinds)) is expected


def test_rows_that_came_once_mean_that_new_rows_may_be_of_new_kinds():
    matrix, codes, weights = of_kinds(2000, 9)
    matrix[:40, 0] = np.arange(100, 140)
    assert not is_of_few(matrix, codes, weights)


def test_copies_of_measured_rows_are_no_kinds():
    rng = np.random.default_rng(0)
    matrix = np.repeat(rng.normal(size=(60, 5)), 20, axis=0)
    assert not is_of_few(matrix, rng.integers(0, 2, 1200), np.ones(1200))
    categories = rng.integers(0, 3, (1200, 3)).astype(float)
    assert is_of_few(categories, rng.integers(0, 2, 1200), np.ones(1200))


def crossed(n_rows, n_levels, seed=0):
    """Rows of two categories with as many levels, and labels that nothing tells."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, n_levels, (n_rows, 2)).astype(float), rng.integers(0, 2, n_rows)


@pytest.mark.parametrize("n_rows, expected", [(1600, True), (3000, True), (700, False)])
def test_two_rows_of_each_kind_are_enough_where_equal_rows_have_different_labels(n_rows, expected):
    matrix, codes = crossed(n_rows, 25)
    assert is_of_few(matrix, codes, np.ones(n_rows)) is expected


def test_equal_rows_that_always_have_the_same_label_may_be_copies():
    matrix, _ = crossed(1600, 25)
    codes = (matrix.sum(axis=1) % 2).astype(int)
    assert not is_of_few(matrix, codes, np.ones(1600))
    wrong = np.where(np.random.default_rng(1).random(1600) < 0.1, 1 - codes, codes)
    assert is_of_few(matrix, wrong, np.ones(1600))


@pytest.mark.parametrize("times", [6, 12])
def test_a_class_whose_rows_were_copied_is_noticed(times):
    matrix, _ = crossed(900, 20)
    codes = (np.random.default_rng(2).random(900) < 0.1).astype(int)
    rare = np.flatnonzero(codes)
    drawn = np.append(np.arange(900), np.random.default_rng(3).choice(rare, times * len(rare)))
    assert is_of_few(matrix, codes, np.ones(900))
    assert not is_of_few(matrix[drawn], codes[drawn], np.ones(len(drawn)))


def test_a_column_that_tells_most_kinds_apart_is_a_measurement():
    matrix, codes = crossed(1600, 25)
    measured = np.column_stack([matrix, 25 * matrix[:, 0] + matrix[:, 1]])
    assert not is_of_few(measured, codes, np.ones(1600))


def test_a_whole_weight_says_how_often_a_row_was_met():
    matrix, codes = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    assert not is_of_few(matrix, codes, np.ones(4))
    weights = np.array([3.0, 9.0, 7.0, 5.0])
    assert is_of_few(matrix, codes, weights)
    rows = spread_out(merge_rows(matrix, codes, weights), weights)
    assert np.bincount(rows.index).tolist() == [3, 9, 7, 5]
    assert_array_equal(rows.weights, 1.0)
    assert_array_equal(rows.index[rows.pair_of], np.arange(4))
    times = weights.astype(int)
    repeated = np.repeat(matrix, times, axis=0), np.repeat(codes, times), np.ones(times.sum())
    assert contents(repeated[0], spread_out(merge_rows(*repeated), repeated[2])) == contents(matrix, rows)


def test_rows_of_few_kinds_keep_weights_that_are_fractions():
    matrix, codes, _ = of_kinds(600, 9)
    weights = np.random.default_rng(2).uniform(0.5, 1.5, 600)
    assert is_of_few(matrix, codes, weights)
    rows = spread_out(merge_rows(matrix, codes, weights), weights)
    assert_array_equal(rows.weights, weights[rows.index])
    assert sorted(rows.index.tolist()) == list(range(600))


def test_spread_out_rows_are_the_rows_themselves_in_an_order_of_their_contents():
    matrix, codes, weights = of_kinds(200, 4)
    rows = spread_out(merge_rows(matrix, codes, weights), weights)
    assert sorted(rows.index.tolist()) == list(range(200))
    assert_array_equal(rows.codes, codes[rows.index])
    assert_array_equal(rows.index[rows.pair_of], np.arange(200))
    assert_array_equal(rows.groups, np.arange(200))
    shuffled = np.random.default_rng(1).permutation(200)
    again = spread_out(merge_rows(matrix[shuffled], codes[shuffled], weights), weights)
    assert contents(matrix[shuffled], again) == contents(matrix, rows)


@pytest.mark.parametrize("seed", range(3))
def test_sparse_rows_are_merged_as_dense_ones(seed):
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((300, 6)) < 0.3, rng.integers(-2, 3, (300, 6)), 0).astype(float)
    dense[rng.random(dense.shape) < 0.02] = np.nan
    codes, weights = rng.integers(0, 2, 300), rng.integers(0, 3, 300).astype(float)
    rows = as_rows(sparse.csr_array(dense))
    assert_array_equal(hash_rows(rows, np.arange(300)), hash_rows(dense, np.arange(300)))
    on_sparse, on_dense = merge_rows(rows, codes, weights), merge_rows(dense, codes, weights)
    for name in ("index", "codes", "weights", "groups", "pair_of"):
        assert_array_equal(getattr(on_sparse, name), getattr(on_dense, name))
    assert is_of_few_kinds(rows, on_sparse, weights) == is_of_few_kinds(dense, on_dense, weights)


def test_sparse_rows_with_equal_hashes_are_told_apart(monkeypatch):
    rows = as_rows(sparse.csr_array(np.array([[1.0, 0], [0, 1.0], [1.0, 0], [0, 2.0]])))
    monkeypatch.setattr(rows_module, "hash_rows", lambda matrix, rows: np.zeros(len(rows), np.uint64))
    merged = merge_rows(rows, np.zeros(4, int))
    assert sorted(merged.weights.tolist()) == [1.0, 1.0, 2.0]


def test_a_sparse_table_of_few_kinds_is_seen():
    rows = as_rows(sparse.csr_array(np.tile(np.eye(8), (50, 1))))
    merged = merge_rows(rows, np.zeros(400, int))
    assert is_of_few_kinds(rows, merged, np.ones(400))
