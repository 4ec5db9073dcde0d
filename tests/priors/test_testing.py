"""Tests for a shift reject as often as they say, and find nothing where nothing can be told."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from robust_mlp.priors._testing import likelihood_test, mean_test, moments


def test_the_likelihood_test_counts_the_noise_of_the_source():
    assert likelihood_test(10.0, 3, 100, np.inf)[:2] == (20.0, 2)
    assert likelihood_test(10.0, 3, 100, 100)[:2] == (10.0, 2)
    assert likelihood_test(0.0, 1, 100, 100) == (0.0, 0, 1.0)


def test_the_mean_test_needs_no_calibration():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        one, other = rng.dirichlet([1, 2, 3], 80), rng.dirichlet([1, 2, 3], 120)
        found.append(mean_test(*moments(one), 80, *moments(other), 120)[2])
    assert_allclose(np.quantile(found, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.08)


def test_constant_predictions_are_no_evidence():
    constant = np.tile([0.2, 0.8], (50, 1))
    assert mean_test(*moments(constant), 50, *moments(constant), 50) == (0.0, 0, 1.0)


@pytest.mark.parametrize("statistic, degrees", [(3.84, 1), (9.49, 4)])
def test_the_p_value_is_that_of_the_table(statistic, degrees):
    gain = statistic / 2
    assert likelihood_test(gain, degrees + 1, 100, np.inf)[2] == pytest.approx(0.05, abs=2e-4)
    assert likelihood_test(-1.0, degrees + 1, 100, np.inf) == (0.0, degrees, 1.0)


def test_moments_are_those_of_numpy():
    rng = np.random.default_rng(0)
    probabilities, weights = rng.dirichlet([1, 2, 3], 50), rng.integers(0, 3, 50)
    mean, covariance = moments(probabilities, weights.astype(float))
    repeated = np.repeat(probabilities, weights, axis=0)
    assert_allclose(mean, repeated.mean(axis=0))
    assert_allclose(covariance, np.cov(repeated.T, bias=True), atol=1e-12)
    assert_allclose(moments(probabilities)[0], probabilities.mean(axis=0))


def test_a_shift_of_two_classes_is_hotellings_and_one_degree_is_left():
    """Probabilities of two classes sum to 1, so that there is one direction only: then it is a z-test."""
    rng = np.random.default_rng(0)
    one, other = rng.beta(2, 3, 80), rng.beta(3, 3, 120)
    statistic, degrees, p_value = mean_test(
        *moments(np.column_stack([one, 1 - one])), 80, *moments(np.column_stack([other, 1 - other])), 120
    )
    pooled = (80 * one.var() + 120 * other.var()) / 200
    z = (one.mean() - other.mean()) / np.sqrt(pooled * (1 / 80 + 1 / 120))
    assert degrees == 1
    assert statistic == pytest.approx(z**2)
    assert p_value == pytest.approx(2 * norm.sf(abs(z)))
