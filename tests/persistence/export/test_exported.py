"""Which classifiers an export writes, and what it says of the others."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import PriorShiftClassifier, RobustMLPClassifier
from robust_mlp._core.losses import softmax
from robust_mlp.persistence.export.exported import exported
from tests.tiny_fits import clouds, tiny

X, Y = clouds(60)


def test_only_a_fitted_classifier_of_ours_is_converted():
    with pytest.raises(TypeError, match="to_onnx converts a fitted RobustMLPClassifier, or a PriorShiftCl"):
        exported(LogisticRegression(), "to_onnx")
    with pytest.raises(NotFittedError):
        exported(RobustMLPClassifier(), "to_onnx")
    with pytest.raises(NotFittedError):
        exported(PriorShiftClassifier(RobustMLPClassifier()), "to_onnx")


@pytest.mark.parametrize(
    "clf, message",
    [
        (
            PriorShiftClassifier(LogisticRegression()).fit(X, Y),
            r"was given a PriorShiftClassifier around a LogisticRegression\. For a Pipeline",
        ),
        (make_pipeline(StandardScaler(), tiny()), r"was given a Pipeline\. For a Pipeline around one, call robust_mlp"),
        (
            type("GuardedKerasClassifier", (), {})(),
            r"was given a GuardedKerasClassifier\. Its network is a Keras model already: write clf\.model_",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_written_says_so_by_name(clf, message):
    with pytest.raises(TypeError, match=f"^to_keras converts a fitted .*{message}"):
        exported(clf, "to_keras")


def test_a_classifier_alone_has_its_decision_and_no_adjustments():
    clf = tiny(decision="balanced").fit(X, Y)
    parts = exported(clf, "to_onnx")
    assert parts.decision is clf._decision and parts.decision is not None
    assert parts.adjustments == ()


def test_a_classifier_around_it_has_its_adjustments_and_chooses_the_most_probable_class():
    inner = tiny(decision="balanced").fit(X, Y)
    shifted = PriorShiftClassifier(inner, alpha=1.0, calibrate=True).fit(X, Y).adapt(X[Y != 2])
    parts = exported(shifted, "to_onnx")
    assert parts.decision is None
    assert len(parts.adjustments) == 2
    probabilities = inner.predict_proba(X)
    for one in parts.adjustments:
        probabilities = softmax(one.slope * np.log(np.maximum(probabilities, one.floor)) + one.offsets)
    assert_allclose(probabilities, shifted.predict_proba(X), rtol=0, atol=1e-14)


def test_without_a_shift_there_is_nothing_to_adjust():
    shifted = PriorShiftClassifier(tiny().fit(X, Y), alpha=1e-300).adapt(X)
    assert not shifted.shift_test_.is_shifted
    assert exported(shifted, "to_onnx").adjustments == ()
