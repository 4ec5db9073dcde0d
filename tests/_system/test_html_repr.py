"""What a notebook shows of an estimator: links that lead somewhere, and no Keras model built for it."""

import pickle
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn.base import BaseEstimator

from robust_mlp import GuardedKerasClassifier, PriorShiftClassifier, RobustMLPClassifier
from tests.tiny_fits import clouds, tiny

X, Y = clouds()
HAS_ATTRIBUTE_TABLE = hasattr(BaseEstimator, "_get_fitted_attr_html")  # from scikit-learn 1.9 on


def small_network(meta):
    return keras.Sequential(
        [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(meta["n_classes_"], activation="softmax")]
    )


@pytest.mark.parametrize(
    "estimator",
    [
        RobustMLPClassifier(),
        tiny().fit(X, Y),
        GuardedKerasClassifier(small_network),
        GuardedKerasClassifier(small_network, loss="sparse_categorical_crossentropy", collapse_guard="off").fit(X, Y),
        PriorShiftClassifier(RobustMLPClassifier()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_no_link_leads_to_pages_of_other_projects(estimator):
    html = estimator._repr_html_()
    links = [link for link in re.findall(r'href="([^"]*)"', html) if not link.startswith("#")]
    assert type(estimator).__name__ in html
    assert links == []


def test_the_html_of_a_fitted_classifier_needs_no_tensorflow(tmp_path):
    path = tmp_path / "clf.pickle"
    path.write_bytes(pickle.dumps(tiny().fit(X, Y)))
    program = f"""
import pickle, sys
html = pickle.load(open({str(path)!r}, "rb"))._repr_html_()
assert "hidden_layer_sizes" in html
assert ("class_prior_" in html) is {HAS_ATTRIBUTE_TABLE}, html
assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr


def test_a_model_that_is_there_is_shown():
    clf = tiny().fit(X, Y)
    assert "model_" not in _attribute_names(clf)
    clf._repr_html_()
    assert "_keras_model" not in vars(clf)
    assert isinstance(clf.model_, keras.Model)
    assert ("model_" in _attribute_names(clf)) is HAS_ATTRIBUTE_TABLE


def test_the_model_of_an_unpickled_network_of_ones_own_is_not_built_for_it():
    clf = GuardedKerasClassifier(small_network, loss="sparse_categorical_crossentropy", collapse_guard="off").fit(X, Y)
    again = pickle.loads(pickle.dumps(clf))
    again._repr_html_()
    assert again.__dict__.get("_keras_model") is None
    assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))


def _attribute_names(clf):
    """Names in the table of fitted attributes."""
    return list(clf._get_fitted_attr_html()) if HAS_ATTRIBUTE_TABLE else []


def test_listing_the_attributes_of_a_classifier_builds_no_model():
    clf = tiny().fit(X, Y)
    names = dir(clf)
    assert "_keras_model" not in vars(clf)
    assert "model_" not in names
    assert {"classes_", "report_", "predict_proba", "get_params"} <= set(names)
    clf.model_  # noqa: B018  (asked for)
    assert set(dir(clf)) - set(names) == {"_keras_model", "model_"}


def test_attributes_that_are_not_there_are_not_listed():
    assert "predict_proba" in dir(RobustMLPClassifier())
    assert "model_" not in dir(RobustMLPClassifier())
