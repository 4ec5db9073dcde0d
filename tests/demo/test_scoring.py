"""Scores of any model: finite losses, rows per class, and a verdict in words."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp.demo._scoring import measure, report_of


class Fixed:
    """Predicts the same probabilities for each row."""

    classes_ = np.array(["a", "b", "c"])

    def __init__(self, probabilities):
        self.probabilities = np.asarray(probabilities, dtype=float)

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return self.probabilities

    def predict(self, X):
        return self.classes_[self.probabilities.argmax(axis=1)]


@pytest.mark.parametrize(
    "predicted, verdict",
    [("aaa", "always a"), ("aab", "2 of 3 classes"), ("abc", "-")],  # one class, a class missing, all of them
)
def test_the_verdict_on_others_says_which_classes_they_name(predicted, verdict):
    y = np.array(list("abc"))
    probabilities = (np.array(list(predicted))[:, None] == Fixed.classes_).astype(float)
    assert measure("x", Fixed(probabilities), (None, y), (np.zeros((3, 1)), y))[0].verdict == verdict


def test_a_probability_of_zero_for_what_happened_costs_a_finite_loss():
    y = np.array(["a", "b", "c"])
    outcome, _ = measure("x", Fixed([[0, 1, 0], [0, 1, 0], [0, 0, 1]]), (None, y), (np.zeros((3, 1)), y))
    assert outcome.log_loss == pytest.approx(-np.log(1e-7) / 3, rel=1e-4)
    assert outcome.rows_per_class == (0, 2, 1)
    assert outcome.accuracy == pytest.approx(2 / 3)


def test_a_model_without_a_report_has_none():
    assert report_of(make_pipeline(StandardScaler(), DummyClassifier())) is None
    assert report_of(DummyClassifier()) is None
