"""Whose advice fits: seen through wrappers, and never to use what is in use already."""

from dataclasses import astuple

import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import PriorShiftClassifier, RobustMLPClassifier
from robust_mlp.inspection._diagnosis.own_advice import OF_GUARDED_KERAS, OF_OTHERS, OF_OURS, advice_for


class Renamed(RobustMLPClassifier):
    """A user's subclass."""


def guarded():
    from robust_mlp import GuardedKerasClassifier

    return GuardedKerasClassifier(lambda meta: None)


OURS = RobustMLPClassifier()


@pytest.mark.parametrize(
    "classifier",
    [
        OURS,
        Renamed(),
        make_pipeline(StandardScaler(), OURS),
        GridSearchCV(OURS, {}),
        GridSearchCV(make_pipeline(StandardScaler(), OURS), {}),
        TunedThresholdClassifierCV(OURS),
        CalibratedClassifierCV(FrozenEstimator(OURS)),
        PriorShiftClassifier(OURS),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_ours_is_found_inside_any_wrapper_and_never_recommended(classifier):
    advice = advice_for(classifier)
    assert advice is OF_OURS
    assert not any("RobustMLPClassifier" in text for text in astuple(advice))


def test_a_guarded_keras_network_gets_advice_of_its_own():
    assert advice_for(guarded()) is OF_GUARDED_KERAS
    assert not any("GuardedKerasClassifier" in text for text in astuple(OF_GUARDED_KERAS))


class Endless:
    """A wrapper that holds itself."""

    def __init__(self):
        self.estimator = self


@pytest.mark.parametrize(
    "classifier",
    [LogisticRegression(), make_pipeline(StandardScaler(), DummyClassifier()), lambda X: X, Endless(), object()],
    ids=["model", "pipeline", "function", "endless", "object"],
)
def test_of_others_ours_is_recommended(classifier):
    assert advice_for(classifier) is OF_OTHERS
    assert "RobustMLPClassifier" in OF_OTHERS.collapse
