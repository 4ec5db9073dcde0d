"""What a decision is tuned to: scorers are called with labels, rows and weights, and rankings are refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import cohen_kappa_score, make_scorer

from robust_mlp._decision.measures import measure_for
from tests._decision.gaussian_problem import LABELS, learn, problem


def test_f1_of_classes_1_and_2_means_what_scikit_learn_means():
    codes, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
    measure = measure_for("f1", None, codes, np.ones(5), np.array([1, 2]), predicted)
    assert_allclose(measure(predicted), 2 / 3)  # scikit-learn's positive class is the label 1


def test_a_scorer_sees_labels_rows_and_weights():
    probabilities, codes = problem(100)
    seen = []

    def profit(estimator, X, y, sample_weight=None):
        predicted = estimator.predict(X)
        seen.append((set(predicted) | set(y), X.shape[1], sample_weight is not None))
        return float(np.sum(X[:, 0] * (predicted == y)))

    rows = np.random.default_rng(0).uniform(1, 2, size=(100, 7))
    learn(profit, probabilities, codes, np.random.default_rng(1).uniform(1, 2, 100), LABELS, rows=rows)
    assert all(labels <= {"a", "b", "c"} for labels, _, _ in seen)
    assert {(width, weighted) for _, width, weighted in seen} == {(7, True)}


def test_a_scorer_without_sample_weight_is_called_without():
    probabilities, codes = problem(60)
    scorer = make_scorer(lambda y, predicted: cohen_kappa_score(y, predicted))
    decision = learn(scorer, probabilities, codes, np.random.default_rng(1).uniform(1, 2, 60), LABELS)
    assert decision.score >= decision.argmax_score


def test_a_ranking_scorer_is_refused_for_two_classes_too():
    probabilities, codes = problem(50, 2, seed=3)
    with pytest.raises(ValueError, match=r"decision='roc_auc' scores probabilities or a ranking"):
        learn("roc_auc", probabilities, codes)
