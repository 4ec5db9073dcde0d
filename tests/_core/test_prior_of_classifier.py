"""What a fitted classifier tells of the class shares that its probabilities carry."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp._core.prior_of_classifier import told_prior

X = np.random.default_rng(0).normal(size=(40, 2))
Y = np.arange(40) % 2


def test_what_is_inside_is_asked_where_the_outside_does_not_tell():
    inner = GaussianNB().fit(X, Y)
    pipeline = make_pipeline(StandardScaler(), GaussianNB()).fit(X, Y)
    search = GridSearchCV(make_pipeline(StandardScaler(), GaussianNB()), {}, cv=2).fit(X, Y)
    for outer in (inner, FrozenEstimator(inner), pipeline, search):
        prior, name = told_prior(outer, 2)
        assert_allclose(prior, [0.5, 0.5])
        assert name == "class_prior_"
    assert told_prior(LogisticRegression().fit(X, Y), 2) == (None, "")


def test_the_first_name_that_is_there_counts_and_the_outside_comes_first():
    class Outer(BaseEstimator):
        def __init__(self, estimator=None):
            self.estimator = estimator
            self.class_prior_ = [3, 1]

    inner = GaussianNB().fit(X, Y)
    inner.probability_prior_ = np.array([0.9, 0.1])
    assert_allclose(told_prior(Outer(inner), 2)[0], [0.75, 0.25])
    assert_allclose(told_prior(inner, 2)[0], [0.9, 0.1])
    assert told_prior(inner, 2)[1] == "probability_prior_"


@pytest.mark.parametrize("inner", [GaussianNB(), make_pipeline(StandardScaler(), GaussianNB())])
def test_probabilities_that_were_calibrated_anew_are_not_taken_for_those_of_the_classifier_inside(inner):
    calibrated = CalibratedClassifierCV(FrozenEstimator(inner.fit(X, Y))).fit(X, Y)
    assert told_prior(calibrated, 2) == (None, "")


def test_shares_of_other_classes_are_passed_over():
    assert told_prior(GaussianNB().fit(X, Y), 3) == (None, "")
    assert told_prior(None, 2) == (None, "")
