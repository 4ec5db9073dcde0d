"""The head that fits the labels, and how a head and labels are told."""

import numpy as np
import pytest

from robust_mlp.inspection._rules.labels import describe_labels
from robust_mlp.inspection._rules.right_head import MOST_SHOWN, classes, right_head, where
from tests.inspection.examples import BITS, ONE_HOT, SEVERAL, THREE, head_of


@pytest.mark.parametrize(
    "y, units, line",
    [
        (BITS, 1, 'keras.layers.Dense(1, activation="sigmoid") with loss="binary_crossentropy"'),
        (BITS, 2, 'keras.layers.Dense(2, activation="softmax") with loss="sparse_categorical_crossentropy"'),
        (THREE, 1, 'keras.layers.Dense(3, activation="softmax") with loss="sparse_categorical_crossentropy"'),
        (ONE_HOT, 3, 'keras.layers.Dense(3, activation="softmax") with loss="categorical_crossentropy"'),
        (SEVERAL, 3, 'keras.layers.Dense(3, activation="sigmoid") with loss="binary_crossentropy"'),
    ],
)
def test_the_right_head_follows_from_the_labels(y, units, line):
    assert right_head(describe_labels(y), units).lines == line


def test_a_head_is_told_by_its_units_its_layer_and_its_activation():
    assert where(head_of(1, "sigmoid")) == "1 unit ('dense'), activation sigmoid"
    assert where(head_of(3)) == "3 units ('dense'), activation linear"


def test_labels_are_told_by_their_classes_and_not_all_of_many():
    assert classes(describe_labels(BITS)) == "2 classes: 0, 1"
    assert classes(describe_labels(ONE_HOT)) == "3 columns of labels"
    many = classes(describe_labels(np.arange(50)))
    assert many.startswith("50 classes: 0, 1, 2")
    assert many.count(",") <= MOST_SHOWN
