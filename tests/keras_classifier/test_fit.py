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


def codes_of_advice(clf):
    return {advice.code for advice in clf.report_.advisories}


@pytest.mark.filterwarnings("ignore")
def test_held_out_rows_that_are_not_new_are_told():
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(40, 8)), rng.integers(0, 2, 40)
    copies = np.repeat(rows, 10, axis=0) + rng.normal(scale=1e-6, size=(400, 8))
    assert "near_copies" in codes_of_advice(classifier(epochs=2).fit(copies, np.repeat(labels, 10)))
    assert "known_validation_rows" in codes_of_advice(classifier(epochs=2).fit(X, Y, X_val=X, y_val=Y))
    assert "one_group_each" in codes_of_advice(classifier(epochs=2).fit(X, Y, groups=Y))
    told = {"near_copies", "known_validation_rows", "one_group_each"}
    assert not told & codes_of_advice(classifier(epochs=2).fit(X, Y))


def test_masked_cells_are_missing_and_not_what_lies_below_the_mask():
    hidden = np.arange(X.size).reshape(X.shape) % 7 == 0
    masked = np.ma.array(np.where(hidden, 1e20, X), mask=hidden)
    clf = classifier(epochs=2, collapse_guard="off").fit(masked, Y)
    same = classifier(epochs=2, collapse_guard="off").fit(np.where(hidden, np.nan, X), Y)
    np.testing.assert_array_equal(clf.predict_proba(masked), same.predict_proba(masked))


def test_classes_of_a_stream_may_be_a_set():
    assert classifier().partial_fit(X, Y, classes={1, 0}).classes_.tolist() == [0, 1]
