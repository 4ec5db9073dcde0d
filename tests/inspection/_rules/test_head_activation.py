"""The last activations against the loss: what contradicts, how much a bounded head can reach, and what to type."""

import keras
import numpy as np
import pytest

from robust_mlp.inspection._read.facts import HeadFacts, LossFacts
from robust_mlp.inspection._read.losses import loss_family
from robust_mlp.inspection._rules.head_activation import (
    BOUNDED_RANGES,
    MIN_REACHABLE_PROBABILITY,
    RECTIFIERS,
    activation_before_softmax,
    head_for_loss,
)
from robust_mlp.inspection._rules.labels import describe_labels
from tests.inspection.examples import BITS, THREE

LABELS = describe_labels(THREE)


def head(units, *chain, **seen):
    return HeadFacts(units=units, chain=chain, layer="out", **seen)


def loss(name, **settings):
    return LossFacts(name=name, family=loss_family(name), **settings)


@pytest.mark.parametrize(
    "of_head, of_loss",
    [
        (head(3, "softmax"), loss("categorical_crossentropy")),
        (head(3, "softmax"), loss("kl_divergence")),
        (head(1, "sigmoid"), loss("binary_crossentropy")),
        (head(3), loss("CategoricalCrossentropy", from_logits=True)),
        (head(3, "elu"), loss("CategoricalCrossentropy", from_logits=True)),
        (head(3, "unknown"), loss("categorical_crossentropy")),
        (head(3, "custom"), loss("mse")),
        (head(3), loss("my_own_loss")),
    ],
)
def test_what_fits_or_cannot_be_told_is_left_alone(of_head, of_loss):
    assert head_for_loss(of_head, of_loss, LABELS) is None


@pytest.mark.parametrize("activation", RECTIFIERS)
@pytest.mark.parametrize("from_logits", [False, True])
def test_a_rectified_head_freezes_whatever_the_loss_reads(activation, from_logits):
    name = "CategoricalCrossentropy" if from_logits else "categorical_crossentropy"
    found = head_for_loss(head(3, activation), loss(name, from_logits=from_logits), LABELS)
    assert (found.code, found.severity) == ("rectified_head", "error")


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_what_bounded_logits_can_reach_is_what_keras_gives_them(activation):
    low, high = BOUNDED_RANGES[activation]
    if activation == "tanh":
        found = head_for_loss(head(1, "tanh"), loss("BinaryCrossentropy", from_logits=True), LABELS)
        reach = float(keras.ops.sigmoid(float(high)))
    else:
        found = head_for_loss(head(1, "sigmoid"), loss("BinaryCrossentropy", from_logits=True), LABELS)
        reach = float(keras.ops.sigmoid(1.0))
    assert f"no class can get more than {reach:.2f}" in found.symptom
    assert low in (0, -1)


@pytest.mark.parametrize("units", [2, 3, 10])
@pytest.mark.parametrize("below", ["sigmoid", "tanh", "softmax"])
def test_what_a_softmax_above_a_bounded_activation_can_reach(units, below):
    low, high = BOUNDED_RANGES[below]
    best = np.full((1, units), float(low))
    best[0, 0] = high
    reach = float(np.max(keras.ops.softmax(best)))
    found = activation_before_softmax(head(units, below, "softmax"))
    assert found.symptom == f"No class can ever get a share above {reach:.2f}, and the gradient is small."
    assert found.code == ("softmax_twice" if below == "softmax" else "activation_before_softmax")
    is_error = below == "softmax" or reach < MIN_REACHABLE_PROBABILITY
    assert found.severity == ("error" if is_error else "warning")


@pytest.mark.parametrize(
    "of_head", [head(3, "softmax"), head(3, "relu"), head(3, "elu", "softmax"), head(1, "sigmoid", "softmax")]
)
def test_one_activation_or_an_unbounded_one_below_is_no_finding(of_head):
    assert activation_before_softmax(of_head) is None


def test_what_was_seen_is_the_evidence():
    seen = head(3, "sigmoid", row_sum=(0.5, 2.25), output_range=(0.1, 0.9))
    found = head_for_loss(seen, loss("categorical_crossentropy"), LABELS)
    assert found.code == "sigmoid_with_categorical_loss"
    assert found.evidence == "3 units ('out'), activation sigmoid; a row of outputs adds up to between 0.5 and 2.25."
    raw = head_for_loss(head(1, output_range=(-3.0, 4.5)), loss("binary_crossentropy"), describe_labels(BITS))
    assert (
        raw.evidence == "1 unit ('out'), activation linear, from_logits=False; outputs between -3 and 4.5 on your rows."
    )
    assert raw.fix == "loss=keras.losses.BinaryCrossentropy(from_logits=True)"


@pytest.mark.parametrize("name", ["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_the_loss_that_is_typed_is_one_of_keras(name):
    found = head_for_loss(head(3), loss(name), LABELS)
    made = eval(found.fix.removeprefix("loss="), {"keras": keras})
    assert made.fn.__name__ == name and made.get_config()["from_logits"]


@pytest.mark.parametrize(
    "of_head, of_loss, y, code, severity",
    [
        (head(1), loss("mse"), BITS, "regression_loss_for_classes", "error"),
        (head(1, "sigmoid"), loss("mse"), BITS, "regression_loss_for_classes", "warning"),
        (head(1, "sigmoid"), loss("hinge"), BITS, "hinge_with_bounded_head", "warning"),
        (head(1, "tanh"), loss("binary_crossentropy"), BITS, "head_gives_no_probabilities", "error"),
        (
            head(3, "softmax"),
            loss("CategoricalCrossentropy", from_logits=True),
            THREE,
            "activation_with_from_logits",
            "error",
        ),
    ],
)
def test_other_contradictions(of_head, of_loss, y, code, severity):
    found = head_for_loss(of_head, of_loss, describe_labels(y))
    assert (found.code, found.severity) == (code, severity)


def test_quantities_may_be_fitted_by_a_linear_head():
    assert head_for_loss(head(1), loss("mse"), describe_labels(np.linspace(-3, 3, 50))) is None
