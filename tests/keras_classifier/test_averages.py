"""Moving averages that lag are mended after the training and named first; averages that do not are left alone."""

import warnings

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from robust_mlp.exceptions import RepairWarning
from robust_mlp.keras_classifier import GuardedKerasClassifier
from tests.keras_classifier.examples import X, Y, classifier

L = keras.layers
DIGITS, FIGURES = load_digits(return_X_y=True)


def with_averages(momentum=0.99, rate=0.01, units=10, n=64, trainable=True):
    """A network whose averages follow slowly, at a momentum of .99."""

    def make():
        layers = [L.BatchNormalization(momentum=momentum, trainable=trainable), L.Dense(32, "relu")]
        layers.append(L.BatchNormalization(momentum=momentum, trainable=trainable))
        head = L.Dense(units, "softmax") if units > 1 else L.Dense(1, "sigmoid")
        model = keras.Sequential([keras.Input((n,)), *layers, head])
        loss = "sparse_categorical_crossentropy" if units > 1 else "binary_crossentropy"
        model.compile(keras.optimizers.Adam(rate), loss)
        return model

    return make


def test_lagging_averages_are_estimated_again_and_named_first():
    rows = DIGITS * 20 + 300
    clf = GuardedKerasClassifier(with_averages(), epochs=10, batch_size=128, random_state=0).fit(
        rows[:900], FIGURES[:900]
    )
    assert clf.report_.verdict.value == "REPAIRED" and clf.n_restarts_ == 0
    first = clf.report_.findings[0]
    assert first.code == "batch_averages_lag" and "updates with momentum 0.99" in first.evidence
    assert clf.report_.headline.startswith("The moving averages of batch normalization lag behind the rows.")
    assert clf.score(rows[900:], FIGURES[900:]) > 0.8
    # What is reported is what is predicted with.
    assert clf.report_.comparison.accuracy > 0.8


def test_averages_that_follow_stay_as_the_training_left_them():
    clf = classifier(with_averages(momentum=0.5, units=1, n=8), epochs=20).fit(X, Y)
    assert clf.report_.verdict.value == "HEALTHY" and clf._trained.lag is None
    assert not [f for f in clf.report_.findings if f.code == "batch_averages_lag"]


def test_frozen_averages_are_left_alone():
    clf = classifier(with_averages(units=1, n=8, trainable=False), epochs=10).fit(X, Y)
    np.testing.assert_array_equal(clf.model_.layers[0].moving_mean, np.zeros(8))
    assert clf._trained.lag is None


def test_batches_of_one_row_are_the_cause_and_larger_ones_the_repair():
    with pytest.warns(RepairWarning, match=r"batch_size=1 \(used: "):
        clf = classifier(with_averages(momentum=0.9, units=1, n=8, rate=1e-3), epochs=2, batch_size=1).fit(X, Y)
    assert clf.report_.verdict.value == "REPAIRED"
    assert "batch_of_one" in [finding.code for finding in clf.report_.findings]
    assert clf.score(X, Y) > 0.8


def test_the_guard_that_is_off_judges_nothing_and_the_network_predicts_with_good_averages():
    rows = DIGITS * 20 + 300
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf = GuardedKerasClassifier(
            with_averages(), epochs=10, batch_size=128, random_state=0, collapse_guard="off"
        ).fit(rows[:900], FIGURES[:900])
    assert clf.report_.verdict.value == "UNCHECKED"
    assert clf.score(rows[900:], FIGURES[900:]) > 0.8
