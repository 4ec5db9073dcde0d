"""Labels of every coding become class codes, and a head's outputs the probabilities that they mean."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp.inspection._read.facts import HeadFacts, LossFacts
from robust_mlp.inspection._read.losses import loss_family
from robust_mlp.inspection._watch.outputs import as_probabilities, class_codes
from tests.inspection.examples import BITS, ONE_HOT, SEVERAL, THREE

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "y, units, codes, n_classes, names",
    [
        (BITS, 1, BITS, 2, (0, 1)),
        (BITS.astype(bool), 1, BITS, 2, (0, 1)),
        (BITS[:, None], 1, BITS, 2, (0, 1)),
        (2 * BITS - 1, 1, BITS, 2, (-1, 1)),
        (np.where(BITS, 0.95, 0.05), 1, BITS, 2, (0, 1)),  # smoothed by hand
        (THREE, 3, THREE, 3, (0, 1, 2)),
        (THREE, 10, THREE, 10, tuple(range(10))),  # classes that these rows lack
        (THREE + 1, 3, THREE, 3, (1, 2, 3)),
        (THREE / 255, 3, THREE, 3, (0, 1 / 255, 2 / 255)),
        (ONE_HOT, 3, THREE, 3, (0, 1, 2)),
        (0.9 * ONE_HOT + 0.1 / 3, 3, THREE, 3, (0, 1, 2)),
        (np.ones(9), 1, np.ones(9), 2, (0, 1)),
        (np.zeros(9, int), 1, np.zeros(9), 2, (0, 1)),
    ],
)
def test_labels_become_codes_and_keep_their_names(y, units, codes, n_classes, names):
    found = class_codes(y, units)
    assert_array_equal(found.codes, codes)
    assert (found.n_classes, found.names) == (n_classes, names)


@pytest.mark.parametrize("y", [SEVERAL, np.linspace(-3, 3, 50), np.array(["a", "b"] * 5), np.array([0, 1, np.nan] * 3)])
def test_rows_without_one_class_each_have_no_codes(y):
    assert class_codes(y, 3) is None


def test_the_same_label_has_the_same_code_in_other_rows():
    known = class_codes(np.array([1, 3, 5, 1]), 1)
    again = class_codes(np.array([5, 5, 3]), 1, known)
    assert_array_equal(again.codes, [2, 2, 1])
    assert again.names == known.names
    more = class_codes(np.array([7, 1]), 1, known)
    assert more.n_classes == 4  # a label that the others lack


def head(units, *chain):
    return HeadFacts(units=units, chain=chain)


def loss(name, **settings):
    return LossFacts(name=name, family=loss_family(name), **settings)


LOGITS = RNG.normal(scale=3, size=(20, 3)).astype(np.float32)
SHARES = np.asarray(keras.ops.softmax(LOGITS))


@pytest.mark.parametrize(
    "outputs, facts, of_loss, expected",
    [
        (SHARES, head(3, "softmax"), loss("scce"), SHARES),
        (LOGITS, head(3), loss("SparseCategoricalCrossentropy", from_logits=True), SHARES),
        (LOGITS, head(3), loss("scce"), SHARES),  # a linear head without from_logits: its order is kept
        (4 * SHARES, head(3, "relu"), loss("categorical_crossentropy"), SHARES),
        (np.zeros((2, 3)), head(3, "relu"), loss("categorical_crossentropy"), np.full((2, 3), 1 / 3)),
    ],
)
def test_several_units_are_shares_logits_or_normalized(outputs, facts, of_loss, expected):
    found = as_probabilities(outputs, facts, of_loss, 3)
    assert found.dtype == np.float64
    assert_allclose(found, expected, atol=1e-6)
    assert_allclose(found.sum(axis=1), 1, atol=1e-12)


COLUMN = RNG.normal(scale=3, size=(20, 1)).astype(np.float32)
SIGMOID = np.asarray(keras.ops.sigmoid(COLUMN))


@pytest.mark.parametrize(
    "outputs, facts, of_loss, second",
    [
        (SIGMOID, head(1, "sigmoid"), loss("bce"), SIGMOID),
        (COLUMN, head(1), loss("BinaryCrossentropy", from_logits=True), SIGMOID),
        (SIGMOID, head(1, "sigmoid"), loss("BinaryCrossentropy", from_logits=True), SIGMOID),
        (COLUMN, head(1), loss("bce"), np.clip(COLUMN, 0, 1)),  # as the loss clips it
        (np.tanh(COLUMN), head(1, "tanh"), loss("hinge"), (np.tanh(COLUMN) + 1) / 2),
        (np.tanh(COLUMN), head(1, "tanh"), loss("mse"), (np.tanh(COLUMN) + 1) / 2),
        (COLUMN, head(1), loss("hinge"), np.clip((COLUMN + 1) / 2, 0, 1)),
    ],
)
def test_one_unit_is_the_share_of_the_second_class(outputs, facts, of_loss, second):
    found = as_probabilities(outputs, facts, of_loss, 2)
    assert_allclose(found, np.hstack([1 - second, second]), atol=1e-6)


def test_classes_that_have_no_unit_have_no_share():
    assert_array_equal(as_probabilities(SHARES, head(3, "softmax"), loss("scce"), 5)[:, 3:], 0)
    assert_array_equal(as_probabilities(SIGMOID, head(1, "sigmoid"), loss("bce"), 3)[:, 2], 0)


def test_what_is_no_number_stays_so_and_what_was_given_stays_as_it_is():
    outputs = LOGITS.copy()
    outputs[3, 1] = np.nan
    found = as_probabilities(outputs, head(3), loss("scce"), 3)
    assert np.isnan(found[3, 1]) and outputs[0, 0] == LOGITS[0, 0]
