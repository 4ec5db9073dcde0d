"""The steps of a fit: class weights reach the guard, NaN is told of whatever the guard may do, and nothing leaks."""

import warnings

import keras
import numpy as np
import pytest

from robust_mlp.exceptions import CollapseWarning
from tests.keras_classifier.examples import IRIS, SPECIES, X, Y, classifier, create_mlp

L = keras.layers


def exploding():
    """Weights that are not numbers after one epoch."""
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, "relu"), L.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), keras.losses.BinaryCrossentropy(from_logits=True))
    return model


@pytest.mark.parametrize("rows", [X, X[:20]], ids=["held out", "too few to hold out"])
def test_a_network_that_predicts_nan_is_told_of_though_the_guard_is_off(rows):
    clf = classifier(exploding, epochs=3, collapse_guard="off")
    with pytest.warns(CollapseWarning, match=r"^The network predicts NaN or infinity, so predict gives rows "):
        clf.fit(rows, Y[: len(rows)])
    with pytest.warns(
        CollapseWarning, match=rf"^The network answers {len(rows)} of {len(rows)} rows with NaN or infinity"
    ):
        clf.predict(rows)


def test_partial_fit_tells_of_nan():
    with pytest.warns(CollapseWarning, match=r"^After this call of partial_fit the network's weights are not numbers"):
        classifier(exploding).partial_fit(X, Y)


def test_a_class_weight_of_zero_in_two_classes_is_the_cause():
    clf = classifier(create_mlp, epochs=60, batch_size=8, class_weight={0: 0, 1: 0, 2: 1}, collapse_guard="warn")
    noisy = IRIS + np.random.default_rng(0).normal(size=IRIS.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(noisy, SPECIES)
    assert "class" in clf.report_.headline


def test_class_weights_that_lose_a_class_are_named():
    clf = classifier(epochs=30, class_weight={0: 1e-9, 1: 1.0}, collapse_guard="warn")
    clf.fit(X, Y)  # one class has all of the loss: that was asked for
    assert clf.report_.headline.startswith("The class weights give one class 100.00% of the loss")
    three = np.digitize(X[:, 0], [-0.7, 0.7])
    clf = classifier(epochs=30, class_weight={0: 0, 1: 1.0, 2: 0.01}, collapse_guard="warn")
    with pytest.warns(CollapseWarning):
        clf.fit(X, three)
    assert "class_weight_too_strong" in [finding.code for finding in clf.report_.findings]
    assert "one has weight 0" in clf.report_.findings[0].evidence


@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_odd_columns_leak_no_warning(scale):
    rows = np.c_[X.astype(float), np.full(len(X), np.nan), np.full(len(X), 3.0), np.where(X[:, 0] > 0, 1e300, -1e300)]
    rows[5, 0] = np.nan
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        clf = classifier(epochs=5, scale=scale).fit(rows, Y)
        assert np.isfinite(clf.predict_proba(rows)).all()
        assert np.isfinite(clf.predict_proba(rows * 2)).all() if scale == "robust" else True
