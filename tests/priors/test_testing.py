"""Tests for a shift reject as often as they say, and find nothing where nothing can be told."""

import numpy as np
from numpy.testing import assert_allclose

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
