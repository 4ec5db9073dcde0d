"""Statistics of columns: those of NumPy, to the last digits, whatever the pieces and the weights."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._data import column_statistics
from robust_mlp._data.column_statistics import learn_moments, weighted_quantiles

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
