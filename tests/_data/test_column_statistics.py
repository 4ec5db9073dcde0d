"""Statistics of columns: those of NumPy, to the last digits, whatever the pieces and the weights."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import scoreatpercentile

from robust_mlp._data import column_statistics
from robust_mlp._data.column_statistics import CHUNK_CELLS, learn_moments, row_chunks, weighted_quantiles

NAN = np.nan


def test_moments_are_exact_for_whole_numbers():
    matrix = np.array([[1.0, NAN], [2.0, 8.0], [6.0, 8.0]])
    found = learn_moments(matrix, np.arange(3), np.array([1.0, 2.0, 1.0]), np.arange(2))
    assert_allclose(found.mean, [2.75, 8.0])
    assert_allclose(found.std, [np.sqrt((1.75**2 + 2 * 0.75**2 + 3.25**2) / 4), 0.0])
    assert_array_equal(found.low, [1, 8])
    assert_array_equal(found.high, [6, 8])
    assert_array_equal(found.present_weight, [4, 3])
    assert_array_equal(found.missing_weight, [0, 1])


def test_pieces_are_merged_exactly_where_their_means_differ(monkeypatch):
    monkeypatch.setattr(column_statistics, "CHUNK_CELLS", 10)
    x = np.concatenate([np.full(10, 1e8), np.full(10, -1e8), np.full(5, NAN), 1e8 + np.arange(10.0)])
    found = learn_moments(x.reshape(-1, 1), np.arange(x.size), np.ones(x.size), np.array([0]))
    assert_allclose(found.mean, np.nanmean(x), rtol=1e-14)
    assert_allclose(found.std, np.nanstd(x), rtol=1e-14)


def test_moments_lose_no_digit_to_an_offset_near_the_end_of_float64():
    signal = np.random.default_rng(0).integers(0, 4, (20_000, 2)).astype(float)
    found = learn_moments(2.0**52 + signal, np.arange(20_000), np.ones(20_000), np.arange(2))
    assert_array_equal(found.mean - 2.0**52, np.round(signal.mean(axis=0)))  # there float64 holds whole numbers only
    assert_allclose(found.std, signal.std(axis=0), rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_weighted_quantiles_are_numpys_of_the_repeated_rows(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 8, (30, 3)).astype(float)
    matrix[rng.random(matrix.shape) < 0.1] = NAN
    weights = rng.integers(1, 5, 30)
    levels = (0.1, 0.25, 0.5, 0.75)
    found = weighted_quantiles(matrix, np.arange(30), weights.astype(float), np.arange(3), levels)
    repeated = np.repeat(matrix, weights, axis=0)
    again = weighted_quantiles(repeated, np.arange(len(repeated)), np.ones(len(repeated)), np.arange(3), levels)
    for j in range(3):
        x = repeated[~np.isnan(repeated[:, j]), j]
        assert_array_equal(found[:, j], np.quantile(x, levels, method="averaged_inverted_cdf"))
    assert_array_equal(found, again)


def moments(matrix, weights=None, rows=None, columns=None):
    """`learn_moments` of a matrix, of all its rows and columns where none are named."""
    rows = np.arange(len(matrix)) if rows is None else np.asarray(rows)
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    return learn_moments(matrix, rows, weights, np.arange(matrix.shape[1]) if columns is None else np.asarray(columns))


@pytest.mark.parametrize("n_rows, n_columns", [(0, 3), (1, 1), (10**6, 7), (3, 2 * CHUNK_CELLS), (5, 0)])
def test_pieces_cover_every_row_once_and_hold_few_cells(n_rows, n_columns):
    pieces = row_chunks(n_rows, n_columns)
    ends = [0, *(piece.stop for piece in pieces)]
    assert [piece.start for piece in pieces] == ends[:-1] and ends[-1] == n_rows
    assert all(piece.stop > piece.start for piece in pieces)
    assert all((piece.stop - piece.start) * n_columns <= max(CHUNK_CELLS, n_columns) for piece in pieces)


def test_chosen_rows_and_columns_are_those_that_count():
    matrix = np.random.default_rng(0).normal(size=(50, 6))
    found = moments(matrix, rows=[4, 9, 11], columns=[1, 5])
    part = matrix[[4, 9, 11]][:, [1, 5]]
    assert_allclose(found.mean, part.mean(axis=0))
    assert_allclose(found.std, part.std(axis=0))
    assert_array_equal(found.low, part.min(axis=0))
    assert_array_equal(found.high, part.max(axis=0))


def test_weighted_moments_are_numpys_of_the_repeated_rows():
    rng = np.random.default_rng(1)
    matrix, weights = rng.normal(size=(40, 3)), rng.integers(1, 6, 40)
    matrix[rng.random(matrix.shape) < 0.2] = NAN
    found, repeated = moments(matrix, weights), np.repeat(matrix, weights, axis=0)
    assert_allclose(found.mean, np.nanmean(repeated, axis=0), rtol=1e-13)
    assert_allclose(found.std, np.nanstd(repeated, axis=0), rtol=1e-12)
    assert_array_equal(found.missing_weight, np.isnan(repeated).sum(axis=0))
    assert_array_equal(found.present_weight + found.missing_weight, np.full(3, weights.sum()))


def test_a_column_without_any_value_is_zero_all_over_and_raises_no_warning():
    found = moments(np.column_stack([np.full(4, NAN), np.arange(4.0)]))
    assert (found.mean[0], found.std[0], found.low[0], found.high[0]) == (0, 0, 0, 0)
    assert (found.present_weight[0], found.missing_weight[0]) == (0, 4)
    assert found.mean[1] == 1.5


@pytest.mark.parametrize("size", [1e-308, 1e-200, 1e200, 1e307])
def test_cells_whose_squares_leave_the_floats_have_their_moments(size):
    x = np.random.default_rng(2).uniform(-1, 1, 100)
    found = moments((x * size)[:, None])
    assert found.mean[0] / size == pytest.approx(x.mean(), rel=1e-9)
    assert found.std[0] / size == pytest.approx(x.std(), rel=1e-9)


def test_float32_cells_are_summed_in_float64():
    x = np.full(10**5, 0.1, dtype=np.float32)[:, None]
    found = moments(x)
    assert found.mean[0] == np.float64(np.float32(0.1))
    assert found.std[0] == 0.0


@pytest.mark.parametrize("layout", ["C", "F"])
def test_how_the_matrix_lies_in_memory_changes_no_bit(layout):
    matrix = np.random.default_rng(3).normal(size=(500, 4))
    found, other = moments(matrix), moments(np.asarray(matrix, order=layout))
    for name in ("mean", "std", "low", "high"):
        assert_array_equal(getattr(found, name), getattr(other, name))


def test_the_matrix_is_not_written_to():
    matrix = np.array([[1.0, NAN], [2.0, 3.0]])
    before = matrix.copy()
    moments(matrix, [1.0, 2.5])
    weighted_quantiles(matrix, np.arange(2), np.array([1.0, 2.5]), np.arange(2), (0.5,))
    assert_array_equal(matrix, before)


@pytest.mark.parametrize("n_values", [1, 2, 5, 100])
def test_the_median_of_equal_weights_is_scipys(n_values):
    x = np.random.default_rng(n_values).normal(size=n_values)
    found = weighted_quantiles(x[:, None], np.arange(n_values), np.full(n_values, 0.3), np.array([0]), (0.5,))
    assert found[0, 0] == pytest.approx(scoreatpercentile(x, 50))


def test_quantiles_of_a_column_without_any_value_are_missing():
    matrix = np.column_stack([np.full(3, NAN), np.arange(3.0)])
    found = weighted_quantiles(matrix, np.arange(3), np.ones(3), np.arange(2), (0.25, 0.5))
    assert np.isnan(found[:, 0]).all()
    assert found[1, 1] == 1.0


def test_a_quantile_never_overflows_between_the_ends_of_the_floats():
    x = np.array([1.7e308, 1.6e308])[:, None]
    assert weighted_quantiles(x, np.arange(2), np.ones(2), np.array([0]), (0.5,))[0, 0] == pytest.approx(1.65e308)


def test_blocks_of_columns_change_no_quantile(monkeypatch):
    matrix = np.random.default_rng(4).normal(size=(30, 7))
    weights = np.random.default_rng(5).uniform(0.5, 2, 30)
    whole = weighted_quantiles(matrix, np.arange(30), weights, np.arange(7), (0.2, 0.9))
    monkeypatch.setattr(column_statistics, "CHUNK_CELLS", 60)
    assert_array_equal(weighted_quantiles(matrix, np.arange(30), weights, np.arange(7), (0.2, 0.9)), whole)


@pytest.mark.parametrize("weighted", [False, True])
def test_merged_statistics_are_those_of_one_table(weighted):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((90, 4)) * [1, 1e-6, 1e200, 1] + [0, 5, 0, 1e6]
    X[rng.random(X.shape) < 0.2] = np.nan
    X[:30, 3] = np.nan  # nothing of it in the first part
    weights = rng.integers(1, 4, 90).astype(float) if weighted else np.ones(90)
    columns, whole = np.arange(4), learn_moments(X, np.arange(90), weights, np.arange(4))
    parts = [learn_moments(X, rows, weights[rows], columns) for rows in np.split(np.arange(90), [30, 31, 60])]
    merged = parts[0].merged(parts[1]).merged(parts[2]).merged(parts[3])
    for name in ("mean", "std", "low", "high", "present_weight", "missing_weight"):
        np.testing.assert_allclose(getattr(merged, name), getattr(whole, name), rtol=1e-10, err_msg=name)


def test_discounted_rows_count_less():
    X = np.array([[0.0], [2.0], [10.0]])
    before, after = (
        learn_moments(X, rows, np.ones(len(rows)), np.array([0])) for rows in (np.arange(2), np.array([2]))
    )
    merged = before.discounted(np.array([0.5])).merged(after)
    assert merged.mean.tolist() == [5.5]
