"""Head and loss are kept where they fit the labels, and replaced by the right ones where they do not."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp.keras_classifier.heads import choose_head, label_facts, right_choice, targets_for
from robust_mlp.keras_classifier.labels import learn_class_labels
from robust_mlp.keras_classifier.layer_changes import Changes

L = keras.layers
TWO, THREE = np.arange(30) % 2, np.arange(30) % 3
SEVERAL = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1]] * 10)


class Own(keras.Model):
    """A network whose layers cannot be followed."""

    def __init__(self, units, activation):
        super().__init__()
        self.out = L.Dense(units, activation=activation)

    def call(self, x):
        return self.out(x)


def network(units, activation=None):
    return keras.Sequential([keras.Input((4,)), L.Dense(8, activation="relu"), L.Dense(units, activation=activation)])


def choice_of(model, loss, y, repair=True):
    return choose_head(model, loss, learn_class_labels(y)[0], repair=repair)


FROM_LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    "units, activation, loss, y",
    [
        (1, "sigmoid", "binary_crossentropy", TWO),
        (1, None, FROM_LOGITS, TWO),
        (2, "softmax", "sparse_categorical_crossentropy", TWO),
        (3, "softmax", "categorical_crossentropy", THREE),
        (3, "softmax", "categorical_crossentropy", np.eye(3)[THREE]),
        (3, "sigmoid", "binary_crossentropy", SEVERAL),
    ],
)
def test_what_fits_is_kept(units, activation, loss, y):
    choice = choice_of(network(units, activation), loss, y)
    assert choice.right is None and choice.findings == () and choice.changes.is_empty
    assert choice.units == units and callable(choice.loss)


@pytest.mark.parametrize(
    "units, activation, loss, y, code, right_units, right_activation, right_loss",
    [
        (1, "softmax", "binary_crossentropy", TWO, "softmax_on_one_unit", 1, "sigmoid", "binary_crossentropy"),
        (
            1,
            "sigmoid",
            "binary_crossentropy",
            THREE,
            "one_unit_for_many_classes",
            3,
            "softmax",
            "sparse_categorical_crossentropy",
        ),
        (3, "relu", "categorical_crossentropy", THREE, "rectified_head", 3, "softmax", "categorical_crossentropy"),
    ],
)
def test_what_contradicts_is_replaced_and_told_as_repaired(
    units, activation, loss, y, code, right_units, right_activation, right_loss
):
    choice = choice_of(network(units, activation), loss, y)
    assert (choice.units, choice.loss) == (right_units, right_loss)
    assert choice.changes == Changes(units=right_units, head_activation=right_activation)
    finding = choice.findings[0]
    assert (finding.code, finding.severity) == (code, "warning")
    assert finding.fix == f"Replaced by {choice.right.lines}; repair_head=False leaves it as it was."
    assert choice.head.activation == right_activation and choice.facts.name == right_loss


def test_left_alone_it_is_kept_with_its_errors_unless_nothing_can_be_trained():
    choice = choice_of(network(1, "softmax"), "binary_crossentropy", TWO, repair=False)
    assert choice.right is None and choice.findings[0].severity == "error"
    with pytest.raises(ValueError) as caught:
        choice_of(network(1, "sigmoid"), "binary_crossentropy", THREE, repair=False)
    assert str(caught.value).startswith("The head has one unit for 3 classes. 1 unit (")
    assert str(caught.value).endswith(
        'Build it with keras.layers.Dense(3, activation="softmax") with loss="sparse_categorical_crossentropy".'
    )


def test_a_network_that_cannot_be_built_again_is_left_as_it_is():
    model = Own(3, "sigmoid")
    model(np.zeros((2, 4)))
    choice = choice_of(model, "categorical_crossentropy", THREE)
    assert choice.right is None and choice.head.is_read_from_outputs
    assert right_choice(model, learn_class_labels(THREE)[0], choice) is None


@pytest.mark.parametrize(
    "units, activation, y, loss, is_kept",
    [
        (1, "sigmoid", TWO, "binary_crossentropy", True),
        (3, "softmax", THREE, "sparse_categorical_crossentropy", True),
        (3, "sigmoid", SEVERAL, "binary_crossentropy", True),
        (3, "relu", THREE, "sparse_categorical_crossentropy", False),
        (1, "sigmoid", THREE, "sparse_categorical_crossentropy", False),
    ],
)
def test_without_a_loss_the_one_that_fits_is_taken(units, activation, y, loss, is_kept):
    choice = choice_of(network(units, activation), None, y)
    assert choice.loss == loss and (choice.right is None) == is_kept
    if not is_kept:
        with pytest.raises(ValueError, match=f"^The model is not compiled and no loss was passed. Pass loss='{loss}' "):
            choice_of(network(units, activation), None, y, repair=False)


def test_the_right_head_can_be_had_where_the_users_own_fits():
    labels = learn_class_labels(TWO)[0]
    model = network(1)
    choice = choose_head(model, FROM_LOGITS, labels, repair=True)
    right = right_choice(model, labels, choice)
    assert (right.units, right.loss, right.changes.head_activation) == (1, "binary_crossentropy", "sigmoid")
    assert right_choice(model, labels, right) is None  # it is that one already


def test_labels_are_described_as_the_loss_wants_them():
    three, several = learn_class_labels(THREE)[0], learn_class_labels(SEVERAL)[0]
    sparse, wide = (choice_of(network(3, "softmax"), f"{n}categorical_crossentropy", THREE) for n in ("sparse_", ""))
    assert label_facts(three, sparse.facts, 3).kind == "codes"
    assert (label_facts(three, wide.facts, 3).kind, label_facts(three, wide.facts, 3).width) == ("one_hot", 3)
    assert label_facts(several, wide.facts, 3).kind == "multilabel"


@pytest.mark.parametrize(
    "units, activation, loss, y, expected",
    [
        (3, "softmax", "sparse_categorical_crossentropy", THREE, THREE),
        (3, "softmax", "categorical_crossentropy", THREE, np.eye(3)[THREE]),
        (1, "sigmoid", "binary_crossentropy", TWO, TWO[:, None]),
        (3, "softmax", lambda t, p: p, THREE, THREE[:, None]),  # a loss of the user's own gets codes
    ],
)
def test_targets_are_what_the_loss_wants(units, activation, loss, y, expected):
    labels, codes = learn_class_labels(y)
    choice = choose_head(network(units, activation), loss, labels, repair=False)
    found = targets_for(choice, codes, labels.n_classes)
    assert found.dtype == np.float32
    assert_array_equal(found, expected)


def test_several_labels_stay_a_matrix():
    labels, codes = learn_class_labels(SEVERAL)
    choice = choose_head(network(3, "sigmoid"), "binary_crossentropy", labels, repair=True)
    assert_array_equal(targets_for(choice, codes, 3), SEVERAL)
