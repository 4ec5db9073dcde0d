"""Activations against what the loss reads: how far a bounded one reaches, and what is measured is told."""

import math
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp.inspection._rules.head_activation import (
    MIN_REACHABLE_PROBABILITY,
    activation_before_softmax,
    head_for_loss,
)
from robust_mlp.inspection._rules.labels import describe_labels
from tests.inspection.examples import BITS, ONE_HOT, head_of, loss_of


def test_a_bounded_softmax_is_told_with_the_share_it_can_reach():
    finding = activation_before_softmax(head_of(5, "sigmoid", "softmax"))
    assert finding.evidence == (
        "5 units ('dense'), activation softmax, sigmoid before it; largest reachable share 0.40 of 1."
    )


@pytest.mark.parametrize("units", [2, 3, 5, 20])
@pytest.mark.parametrize("below, low, high", [("sigmoid", 0, 1), ("tanh", -1, 1)])
def test_the_share_is_that_of_the_largest_logit_among_the_smallest(units, below, low, high):
    logits = np.full(units, low, float)
    logits[0] = high
    share = np.exp(logits[0]) / np.exp(logits).sum()
    finding = activation_before_softmax(head_of(units, below, "softmax"))
    assert f"above {share:.2f}," in finding.symptom
    assert (finding.severity == "error") == (share < MIN_REACHABLE_PROBABILITY)


def test_a_sigmoid_under_a_loss_of_logits_reaches_no_more_than_that_of_1():
    loss = loss_of("BinaryCrossentropy", from_logits=True)
    finding = head_for_loss(head_of(1, "sigmoid"), loss, describe_labels(BITS))
    assert f"more than {1 / (1 + math.exp(-1)):.2f}." in finding.symptom


@pytest.mark.parametrize("chain", [("softmax",), ("linear", "softmax"), ("gelu", "softmax"), ("softmax", "linear")])
def test_a_softmax_alone_or_over_unbounded_units_is_left_alone(chain):
    assert activation_before_softmax(head_of(3, *chain)) is None


def test_a_rectifier_below_a_softmax_is_an_error_whatever_it_reaches():
    finding = activation_before_softmax(head_of(3, "relu", "softmax"))
    assert (finding.code, finding.severity) == ("activation_before_softmax", "error")


def test_measured_outputs_are_evidence():
    head = replace(head_of(3, "sigmoid"), row_sum=(0.5, 2.25))
    finding = head_for_loss(head, loss_of("categorical_crossentropy"), describe_labels(ONE_HOT))
    assert "a row of outputs adds up to between 0.5 and 2.25" in finding.evidence
    head = replace(head_of(3, "relu"), output_range=(0.0, 12.0))
    finding = head_for_loss(head, loss_of("categorical_crossentropy"), describe_labels(ONE_HOT))
    assert "outputs between 0 and 12 on your rows" in finding.evidence
