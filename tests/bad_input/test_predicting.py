"""Predictions that cannot be made: before a fit, or for other columns than were learnt from."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from tests.bad_input.examples import FRAME, INFINITE, TOO_LARGE, X, Y, with_cell
from tests.tiny_fits import tiny


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_predicting_before_fitting_is_refused(method):
    with pytest.raises(NotFittedError) as caught:
        getattr(tiny(), method)(X)
    assert str(caught.value) == (
        "This RobustMLPClassifier instance is not fitted yet. Call 'fit' with appropriate arguments before using this "
        "estimator."
    )


def test_the_keras_model_before_fitting_is_refused():
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        _ = tiny().model_


@pytest.fixture(scope="module")
def on_array():
    return tiny().fit(X, Y)


@pytest.fixture(scope="module")
def on_frame():
    return tiny().fit(FRAME, Y)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("table, n_columns", [(X[:, :3], 3), (np.hstack([X, X]), 8)])
def test_another_number_of_columns_is_refused(on_array, method, table, n_columns):
    with pytest.raises(ValueError) as caught:
        getattr(on_array, method)(table)
    assert str(caught.value) == (
        f"X has {n_columns} features, but RobustMLPClassifier is expecting 4 features as input."
    )


@pytest.mark.parametrize(
    "frame, told",
    [
        (FRAME.rename(columns={"a": "z"}), "Feature names unseen at fit time:\n- z\n"),
        (FRAME[list("abc")], "Feature names seen at fit time, yet now missing:\n- d\n"),
        (FRAME[list("badc")], "Feature names must be in the same order as they were in fit.\n"),
    ],
    ids=["another name", "a missing column", "another order"],
)
def test_other_column_names_are_refused(on_frame, frame, told):
    with pytest.raises(ValueError) as caught:
        on_frame.predict(frame)
    assert str(caught.value).startswith("The feature names should match those that were passed during fit.\n")
    assert told in str(caught.value)


def test_infinity_at_prediction_is_refused(on_array):
    with pytest.raises(ValueError) as caught:
        on_array.predict(with_cell(X, (0, 0), np.inf))
    assert str(caught.value) == f"Input X {TOO_LARGE} {INFINITE}"
