"""Scores from class counts: those of scikit-learn and imbalanced-learn, weighted or not."""

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score
from numpy.testing import assert_allclose
from sklearn.metrics import confusion_matrix, f1_score, get_scorer

from robust_mlp._decision.confusion import COUNT_SCORES, counts_of, f1_of_each
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


def candidates(n_classes=3, n_rows=40, n_candidates=5, seed=0):
    """Codes, weights and several predictions of the same rows."""
    rng = np.random.default_rng(seed)
    predicted = rng.integers(0, n_classes, (n_candidates, n_rows))
    return rng.integers(0, n_classes, n_rows), rng.uniform(0.5, 2, n_rows), predicted


def test_counts_are_the_sums_of_scikit_learns_confusion_matrix():
    codes, weights, (predicted, *_) = candidates()
    matrix = confusion_matrix(codes, predicted, sample_weight=weights, labels=range(4))
    right, given, held = counts_of(codes, predicted, weights, 4)
    assert_allclose(right, np.diag(matrix))
    assert_allclose(given, matrix.sum(axis=0))
    assert_allclose(held, matrix.sum(axis=1))


@pytest.mark.parametrize("name", sorted(COUNT_SCORES))
def test_many_candidates_at_once_score_as_each_alone(name):
    codes, weights, predicted = candidates(2 if name == "f1" else 3)
    n_classes = int(codes.max()) + 1
    counts = [counts_of(codes, one, weights, n_classes) for one in predicted]
    together = COUNT_SCORES[name](np.array([c[0] for c in counts]), np.array([c[1] for c in counts]), counts[0][2])
    assert_allclose(together, [COUNT_SCORES[name](*one) for one in counts])


@pytest.mark.parametrize("name", sorted(COUNT_SCORES))
def test_perfect_predictions_score_1(name):
    codes, weights, _ = candidates(2 if name == "f1" else 4)
    assert COUNT_SCORES[name](*counts_of(codes, codes, weights, int(codes.max()) + 1)) == pytest.approx(1)


@pytest.mark.parametrize("name", sorted(COUNT_SCORES))
def test_the_scale_of_weights_means_nothing(name):
    codes, weights, (predicted, *_) = candidates(2)
    found = [COUNT_SCORES[name](*counts_of(codes, predicted, factor * weights, 2)) for factor in (1, 1e-6, 1e6)]
    assert_allclose(found, found[0])


def test_f1_of_each_class_is_scikit_learns():
    codes, weights, (predicted, *_) = candidates()
    expected = f1_score(codes, predicted, average=None, sample_weight=weights, labels=range(4), zero_division=0)
    assert_allclose(f1_of_each(*counts_of(codes, predicted, weights, 4)), expected)
