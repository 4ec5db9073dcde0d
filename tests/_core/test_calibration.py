"""Calibration: one temperature and one offset a class, found where they were put, and held back by few rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from sklearn.metrics import log_loss

from robust_mlp._core.calibration import PRIOR_ROWS, Calibration, fit_calibration
from robust_mlp._core.log_odds import log_probabilities
from robust_mlp._core.losses import softmax


def drawn(n_rows, n_classes=3, seed=0):
    """Probabilities (n_rows, n_classes), and codes drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(n_classes, 0.7), n_rows)
    codes = (probabilities.cumsum(axis=1) < rng.random((n_rows, 1))).sum(axis=1)
    return probabilities, np.minimum(codes, n_classes - 1)


def test_calibrated_probabilities_are_the_softmax_of_scaled_and_shifted_logs():
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    calibration = Calibration(slope=2.0, offsets=np.array([0.0, np.log(2.0), 0.0]), floor=1e-9)
    expected = probabilities**2 * [1, 2, 1]
    assert_allclose(calibration(probabilities), expected / expected.sum(axis=1, keepdims=True))


def test_no_temperature_and_no_offset_change_nothing():
    probabilities, _ = drawn(20)
    assert_allclose(Calibration(1.0, np.zeros(3), 1e-30)(probabilities), probabilities)


def test_the_probabilities_given_are_not_written_to():
    probabilities, codes = drawn(50)
    before = probabilities.copy()
    fit_calibration(probabilities, codes, np.ones(50))(probabilities)
    assert_array_equal(probabilities, before)


@pytest.mark.parametrize("slope", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_temperature_and_offsets_put_in_are_found_again(slope, n_classes):
    truth, codes = drawn(20_000, n_classes)
    offsets = np.linspace(-0.5, 0.5, n_classes)
    distorted = softmax((log_probabilities(truth) - offsets) / slope)
    found = fit_calibration(distorted, codes, np.ones(len(codes)))
    assert found.slope == pytest.approx(slope, rel=0.05)
    assert_allclose(found.offsets - found.offsets.mean(), offsets, atol=0.08)
    assert log_loss(codes, found(distorted)) < log_loss(codes, truth) + 1e-3


def test_what_is_found_is_the_least_of_the_penalized_loss():
    probabilities, codes = drawn(200, seed=3)
    distorted = softmax(3 * log_probabilities(probabilities))
    weights = np.random.default_rng(1).uniform(0.5, 2, 200)
    logits = log_probabilities(distorted)

    def penalized(values):
        calibrated = softmax(np.exp(values[0]) * logits + values[1:])
        return -weights @ np.log(calibrated[np.arange(200), codes]) + PRIOR_ROWS / 2 * values @ values

    found = fit_calibration(distorted, codes, weights)
    values = np.append(np.log(found.slope), found.offsets)
    best = minimize(
        penalized, np.zeros(4), method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-8, "fatol": 1e-8}
    )
    assert penalized(values) <= best.fun + 1e-4
    assert_allclose(values, best.x, atol=2e-3)


def test_a_weight_counts_as_often_as_rows():
    probabilities, codes = drawn(60)
    weights = np.random.default_rng(2).integers(1, 4, 60)
    repeated = fit_calibration(probabilities.repeat(weights, axis=0), codes.repeat(weights), np.ones(weights.sum()))
    weighted = fit_calibration(probabilities, codes, weights.astype(float))
    assert weighted.slope == pytest.approx(repeated.slope, rel=1e-4)
    assert_allclose(weighted.offsets, repeated.offsets, atol=1e-4)


def test_few_rows_move_it_little_and_many_as_far_as_they_say():
    probabilities, codes = drawn(5000)
    sharpened = softmax(3 * log_probabilities(probabilities))
    slopes = [fit_calibration(sharpened[:n], codes[:n], np.ones(n)).slope for n in (4, 40, 5000)]
    assert abs(np.log(slopes[0])) < abs(np.log(slopes[1])) < abs(np.log(slopes[2]))
    assert slopes[2] == pytest.approx(1 / 3, rel=0.05)


def test_a_class_without_rows_keeps_its_place():
    probabilities, codes = drawn(100)
    found = fit_calibration(probabilities, np.minimum(codes, 1), np.ones(100))
    assert found.offsets[2] == 0.0
    assert found.offsets[:2].all()


def test_zeros_count_as_half_of_the_smallest_probability_that_is_none():
    probabilities = np.array([[1.0, 0.0], [0.98, 0.02], [0.3, 0.7], [0.0, 1.0]])
    found = fit_calibration(probabilities, np.array([0, 0, 1, 0]), np.ones(4))
    assert found.floor == 0.01
    calibrated = found(probabilities)
    assert (calibrated > 0).all()
    assert_allclose(calibrated.sum(axis=1), 1.0)


def test_a_class_of_little_weight_has_an_offset_of_its_own():
    probabilities, codes = drawn(100)
    weights = np.where(codes == 2, 0.001, 1.0)
    assert 0 < weights[codes == 2].sum() < 1
    assert fit_calibration(probabilities, codes, weights).offsets[2] < 0
