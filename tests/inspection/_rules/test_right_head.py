"""The head that fits the labels can be built, takes these labels, and is told in one line."""

import keras
import numpy as np
import pytest

from robust_mlp.inspection._read.facts import HeadFacts
from robust_mlp.inspection._rules.labels import describe_labels
from robust_mlp.inspection._rules.right_head import MOST_SHOWN, RightHead, classes, finding, right_head, where
from tests.inspection.examples import BITS, ONE_HOT, SEVERAL, THREE


@pytest.mark.parametrize(
    "y, units, expected",
    [
        (BITS, None, (1, "sigmoid", "binary_crossentropy", False)),
        (BITS, 3, (1, "sigmoid", "binary_crossentropy", False)),
        (BITS, 2, (2, "softmax", "sparse_categorical_crossentropy", False)),
        (np.linspace(0, 1, 50), 4, (1, "sigmoid", "binary_crossentropy", False)),
        (THREE, 1, (3, "softmax", "sparse_categorical_crossentropy", False)),
        (THREE / 255, 1, (3, "softmax", "sparse_categorical_crossentropy", False)),
        (ONE_HOT, 1, (3, "softmax", "categorical_crossentropy", True)),
        (ONE_HOT / 255, 1, (3, "softmax", "categorical_crossentropy", True)),
        (0.9 * ONE_HOT + 0.1 / 3, 1, (3, "softmax", "categorical_crossentropy", True)),
        (SEVERAL, 1, (3, "sigmoid", "binary_crossentropy", True)),
    ],
)
def test_it_follows_from_the_labels_and_keeps_two_units_for_two_classes(y, units, expected):
    found = right_head(describe_labels(np.asarray(y)), units)
    assert (found.units, found.activation, found.loss, found.is_one_hot) == expected


@pytest.mark.parametrize("y", [BITS, THREE, ONE_HOT, SEVERAL], ids=["two", "three", "one-hot", "several"])
def test_what_is_typed_can_be_built_and_trained_on_these_labels(y):
    right = right_head(describe_labels(y))
    model = keras.Sequential([keras.Input((2,)), eval(right.layer, {"keras": keras})])
    model.compile("sgd", right.loss)
    history = model.fit(np.random.default_rng(0).normal(size=(len(y), 2)), y, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_layer_and_loss_are_one_line():
    right = RightHead(units=3, activation="softmax", loss="categorical_crossentropy", is_one_hot=True)
    assert right.lines == 'keras.layers.Dense(3, activation="softmax") with loss="categorical_crossentropy"'


def test_a_head_is_told_in_a_few_words():
    assert where(HeadFacts(units=1, chain=("sigmoid",), layer="out")) == "1 unit ('out'), activation sigmoid"
    assert where(HeadFacts(units=3)) == "3 units, activation linear"


def test_labels_are_told_in_a_few_words():
    assert classes(describe_labels(ONE_HOT)) == "3 columns of labels"
    assert classes(describe_labels(THREE)) == "3 classes: 0, 1, 2"
    many = classes(describe_labels(np.arange(40) % 20))
    assert many.startswith("20 classes: 0, 1, 2, 3, 4, 5") and "7" not in many and MOST_SHOWN == 6


def test_a_finding_is_an_error_unless_told_otherwise():
    found = finding("x", "symptom", "cause", "evidence", "fix")
    assert (found.code, found.severity, found.symptom, found.fix) == ("x", "error", "symptom", "fix")
    assert finding("x", "s", "c", "e", "f", severity="info").severity == "info"
