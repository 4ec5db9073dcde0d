"""What walks count: found from rows whose values are known, and little where there is nothing to find."""

import numpy as np
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._walk_regression import learn, ridge


def test_learning_finds_the_walks_that_count():
    rng = np.random.default_rng(0)
    found, features = rng.normal(size=(80, 3, 2, 1)), rng.normal(size=(80, 2))
    known = 0.5 * found[:, 0] + 0.5 * found[:, 2] + features[:, :1, np.newaxis] + 2
    learned = learn(found, known, features)
    assert_allclose(learned.values(found, features), known, atol=1e-3)


def test_ridge_finds_a_plane_and_ignores_noise():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 5))
    slopes, intercept = ridge(inputs, inputs @ [1.0, 0, -2.0, 0, 0] + 3)
    assert_allclose(slopes, [1, 0, -2, 0, 0], atol=1e-3)
    assert_allclose(intercept, 3, atol=1e-3)
    slopes, _ = ridge(rng.normal(size=(60, 40)), rng.normal(size=60))
    assert np.linalg.norm(slopes) < 0.5


def test_ridge_of_constant_inputs_or_more_inputs_than_rows():
    slopes, intercept = ridge(np.ones((5, 3)), np.arange(5.0))
    assert (slopes == 0).all() and intercept == 2.0
    slopes, intercept = ridge(np.random.default_rng(0).normal(size=(5, 30)), np.arange(5.0))
    assert np.isfinite(slopes).all() and np.isfinite(intercept)
