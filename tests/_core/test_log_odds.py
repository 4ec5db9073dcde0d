"""Log-odds: the logarithm, finite at 0, and offsets that multiply the odds."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.log_odds import log_probabilities, logits_of_shares, shift_log_odds
from robust_mlp._core.losses import SMALLEST_POSITIVE


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shifted_rows_sum_to_1_and_extreme_rows_stay_numbers(dtype):
    rows = np.array([[1, 0, 0], [0.2, 0.3, 0.5], [1e-300, 1, 0]], dtype=dtype)
    shifted = shift_log_odds(rows, np.array([-800.0, 0.0, 800.0]))
    assert shifted.dtype == dtype
    assert np.isfinite(shifted).all()
    assert_allclose(shifted.sum(axis=1), 1.0, rtol=1e-6)


def test_shifting_there_and_back_changes_nothing_and_the_input_is_not_written_to():
    rows = np.random.default_rng(0).dirichlet(np.ones(3), 50)
    before, offsets = rows.copy(), np.array([1.0, -2.0, 0.5])
    assert_allclose(shift_log_odds(shift_log_odds(rows, offsets), -offsets), rows)
    assert_array_equal(rows, before)


def test_an_offset_multiplies_the_odds():
    shifted = shift_log_odds(np.array([[0.5, 0.5]]), np.array([0.0, np.log(3.0)]))
    assert_allclose(shifted, [[0.25, 0.75]])


def test_an_offset_for_all_classes_changes_nothing():
    rows = np.random.default_rng(1).dirichlet(np.ones(4), 20)
    assert_allclose(shift_log_odds(rows, np.full(4, 7.5)), rows)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithms_are_numpys_in_float64_and_finite_at_zero(dtype):
    rows = np.array([[0.25, 0.75], [0.0, 1.0]], dtype=dtype)
    logs = log_probabilities(rows)
    assert logs.dtype == np.float64
    assert_array_equal(logs[0], np.log([0.25, 0.75]))
    assert_array_equal(logs[1], [np.log(SMALLEST_POSITIVE), 0.0])


def test_probabilities_below_the_smallest_count_as_the_smallest():
    assert log_probabilities(np.array([[5e-324]]))[0, 0] == np.log(SMALLEST_POSITIVE)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_logits_of_shares_give_the_class_shares_back(n_classes):
    rng = np.random.default_rng(0)
    codes, weights = rng.integers(0, n_classes, 200), rng.uniform(0.5, 2, 200)
    logits = logits_of_shares(codes, weights, n_classes)
    P = np.exp(np.append(0.0, logits) if n_classes == 2 else logits)
    shares = np.bincount(codes, weights=weights) / weights.sum()
    np.testing.assert_allclose(P / P.sum(), shares)
    assert np.isfinite(logits_of_shares(np.zeros(5, int), np.ones(5), n_classes)).all()
