"""A network that did not learn is repaired, and the report says how; or it is told that it did not, and why."""

import warnings

import keras
import numpy as np
import pytest

from robust_mlp.exceptions import CollapseError, CollapseWarning, NoSignalWarning
from robust_mlp.keras_classifier import GuardedKerasClassifier
from tests.keras_classifier.examples import IRIS, SPECIES, X, Y, classifier, softmax_on_one_unit, still, uncompiled

L = keras.layers


def tiny_descent():
    """A network so narrow, and steps so small, that it does not even learn four rows."""
    model = keras.Sequential([keras.Input((2,)), L.Dense(2, activation="sigmoid"), L.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.01), "binary_crossentropy")
    return model


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_a_head_that_contradicts_the_labels_is_replaced_and_the_report_says_so():
    clf = classifier(softmax_on_one_unit).fit(X, Y)
    assert clf.report_.verdict.value == "REPAIRED" and clf.n_restarts_ == 0
    assert clf.model_.layers[-1].activation.__name__ == "sigmoid"
    assert clf.score(X, Y) > 0.85
    assert clf.inspection_[0].code == clf.report_.findings[0].code == "softmax_on_one_unit"
    assert clf.report_.findings[0].fix == (
        'Replaced by keras.layers.Dense(1, activation="sigmoid") with loss="binary_crossentropy"; '
        "repair_head=False leaves it as it was."
    )


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_the_head_is_left_alone_if_asked_and_the_collapse_is_told():
    clf = classifier(softmax_on_one_unit, repair_head=False, max_restarts=1)
    with pytest.warns(CollapseWarning):
        clf.fit(X, Y)
    assert clf.report_.verdict.value == "COLLAPSED"
    assert clf.report_.findings[0].code == "softmax_on_one_unit"


def test_a_network_that_does_not_move_is_trained_again(capsys):
    clf = classifier(still, epochs=6, verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    told = [i for i, line in enumerate(lines) if line.startswith("Attempt ")]
    assert len(told) == clf.n_restarts_ and "Training again with " in lines[told[0]]
    assert lines[told[0] - 1].startswith("Epoch ") and lines[told[0] + 1].startswith("Epoch 1/")
    assert clf.report_.verdict.value == "REPAIRED" and clf.n_restarts_ >= 1
    assert clf.report_.findings[0].code == "learning_rate_too_low"
    assert clf.score(X, Y) > 0.85


def test_raw_rows_are_the_cause_where_they_are_not_to_be_scaled():
    clf = classifier(epochs=10, scale=None, model__activation="sigmoid").fit(1e5 * X + 1e6, Y)
    assert clf.report_.verdict.value == "REPAIRED"
    assert clf.report_.findings[0].code == "unscaled_columns"
    assert clf.score(1e5 * X + 1e6, Y) > 0.75


def test_the_guard_can_only_warn_or_raise_or_be_off():
    with pytest.warns(CollapseWarning, match="The network did not learn"):
        warned = classifier(still, epochs=6, collapse_guard="warn").fit(X, Y)
    assert warned.report_.verdict.value == "COLLAPSED" and warned.n_restarts_ == 0
    with pytest.raises(CollapseError) as raised:
        classifier(still, epochs=6, collapse_guard="raise").fit(X, Y)
    assert raised.value.report.verdict.value == "COLLAPSED"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        off = classifier(still, epochs=6, collapse_guard="off").fit(X, Y)
    assert off.report_.verdict.value == "UNCHECKED"


def test_nothing_to_learn_is_told_as_such():
    noise = np.random.default_rng(3).integers(0, 2, size=800)
    with pytest.warns(NoSignalWarning):
        clf = classifier(epochs=2, max_restarts=1).fit(X[np.random.default_rng(4).permutation(800)], noise)
    assert clf.report_.verdict.value == "NO_SIGNAL"


def test_a_restart_on_rows_too_few_to_hold_any_out_ends_when_they_are_known_by_heart():
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    clf = GuardedKerasClassifier(tiny_descent, epochs=20, random_state=0).fit(X, y)
    assert clf.n_restarts_ > 0 and clf.score(X, y) == 1.0
    assert len(clf.history_["loss"]) < 2000  # as many as a restart may take
    assert clf.history_["loss"][-1] < 0.02


def test_scaled_labels_are_taken_as_classes_and_told():
    clf = classifier(uncompiled, loss="sparse_categorical_crossentropy", optimizer="adam", epochs=60, batch_size=8)
    clf.fit(IRIS, SPECIES / 255)
    np.testing.assert_allclose(clf.classes_, np.arange(3) / 255)
    assert np.mean(clf.predict(IRIS) == SPECIES / 255) > 0.9
    assert clf.report_.findings[0].code == "labels_scaled"


def test_labels_sorted_by_class_do_no_harm():
    order = np.argsort(SPECIES, kind="stable")
    clf = classifier(
        uncompiled,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        epochs=60,
        batch_size=8,
        validation_split=0.2,
    ).fit(IRIS[order], SPECIES[order])
    assert min(clf.report_.comparison.support) >= 9  # validation_split alone would take the last rows: one class
    assert clf.score(IRIS, SPECIES) > 0.9
