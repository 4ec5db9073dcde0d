"""Log-odds of probabilities: their values where probabilities are tiny, and their derivatives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._class_scores import class_scores, n_scores, probability_slopes


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_scores_are_log_odds_and_log_probabilities(n_classes):
    P = np.random.default_rng(0).dirichlet(np.ones(n_classes), size=5)
    scores = class_scores(P)
    assert scores.shape == (5, n_scores(n_classes))
    odds = np.log(P / (1 - P))
    if n_classes == 2:
        assert_allclose(scores[:, 0], odds[:, 1])
    else:
        assert_allclose(scores[:, :n_classes], odds)
        assert_allclose(scores[:, n_classes:], np.log(P))


def test_log_odds_keep_their_digits_near_one():
    tiny = 1e-30
    scores = class_scores(np.array([[1.0, tiny, tiny]]))
    assert_allclose(scores[0, 0], -np.log(2 * tiny))
    assert_allclose(class_scores(np.array([[tiny, 1.0]]))[0, 0], -np.log(tiny))


def test_a_factor_of_all_probabilities_leaves_the_log_odds():
    P = np.random.default_rng(1).dirichlet(np.ones(3), size=4)
    assert_allclose(class_scores(2 * P)[:, :3], class_scores(P)[:, :3])


def test_zero_counts_as_the_least():
    assert_allclose(class_scores(np.array([[1.0, 0.0]]), 1e-7), [[np.log(1e-7)]])
    assert np.isfinite(class_scores(np.array([[1.0, 0.0, 0.0]]))).all()


@pytest.mark.parametrize("n_classes", [2, 4])
def test_slopes_are_those_of_the_scores_along_probabilities_that_sum_to_one(n_classes):
    rng = np.random.default_rng(2)
    P = rng.dirichlet(np.ones(n_classes), size=3)
    step = rng.normal(size=P.shape)
    step -= step.mean(axis=1, keepdims=True)
    numeric = (class_scores(P + 1e-6 * step) - class_scores(P - 1e-6 * step)) / 2e-6
    slopes, factors = probability_slopes(P)
    found = np.einsum("krc,rc->rk", slopes, step)
    if n_classes == 2:
        assert factors is None
        assert_allclose(found, numeric, rtol=1e-5)
    else:
        assert_allclose(found, numeric[:, n_classes:], rtol=1e-5)
        assert_allclose(found * factors.T, numeric[:, :n_classes], rtol=1e-5)
