"""Scores from class counts: those of scikit-learn and imbalanced-learn, weighted or not."""

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score
from numpy.testing import assert_allclose
from sklearn.metrics import get_scorer

from robust_mlp._decision.confusion import COUNT_SCORES, counts_of
from robust_mlp._decision.measures import ScorerScore


@pytest.mark.parametrize("name", sorted(set(COUNT_SCORES) - {"geometric_mean"}))
@pytest.mark.parametrize("weighted", [False, True])
def test_scores_from_counts_are_those_of_scikit_learn(name, weighted):
    n_classes = 2 if name == "f1" else 5
    rng = np.random.default_rng(0)
    codes, predicted = rng.integers(0, n_classes, 60), rng.integers(0, n_classes, 60)
    weights = rng.uniform(0.1, 3, 60) if weighted else np.ones(60)
    called = ScorerScore(get_scorer(name), name, np.zeros((60, 1)), codes, weights, np.arange(n_classes))
    assert_allclose(COUNT_SCORES[name](*counts_of(codes, predicted, weights, n_classes)), called(predicted))


def test_scores_of_classes_that_do_not_occur_or_are_not_predicted():
    codes, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 2, 1, 1, 0])
    for name in ("balanced_accuracy", "f1_macro", "f1_weighted", "matthews_corrcoef"):
        called = ScorerScore(get_scorer(name), name, np.zeros((5, 1)), codes, np.ones(5), np.arange(4))
        assert_allclose(COUNT_SCORES[name](*counts_of(codes, predicted, np.ones(5), 4)), called(predicted))


@pytest.mark.parametrize("seed", range(3))
def test_geometric_mean_is_that_of_imbalanced_learn(seed):
    rng = np.random.default_rng(seed)
    codes = np.concatenate([np.arange(4), rng.integers(0, 4, 40)])
    predicted = np.where(rng.random(44) < 0.6, codes, rng.integers(0, 4, 44))
    ours = COUNT_SCORES["geometric_mean"](*counts_of(codes, predicted, np.ones(44), 4))
    assert_allclose(ours, geometric_mean_score(codes, predicted, average="multiclass"))


def test_a_constant_prediction_has_no_correlation_and_no_geometric_mean():
    codes, predicted = np.array([0, 1, 1]), np.array([1, 1, 1])
    counts = counts_of(codes, predicted, np.ones(3), 2)
    assert COUNT_SCORES["matthews_corrcoef"](*counts) == 0.0
    assert COUNT_SCORES["geometric_mean"](*counts) == 0.0
