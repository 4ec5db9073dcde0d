"""Head, loss and labels: which contradict each other, which do harm, and which fit."""

import numpy as np
import pytest

from robust_mlp.inspection._rules.heads import judge_head, judge_metrics
from robust_mlp.inspection._rules.labels import describe_labels
from tests.inspection.examples import BITS, ONE_HOT, SEVERAL, THREE, codes_of, head_of, loss_of


def judge(head, loss, y):
    return judge_head(head, loss, describe_labels(np.asarray(y)))


@pytest.mark.parametrize(
    "head, loss, y, expected",
    [
        # softmax, one unit, whatever the loss
        (head_of(1, "softmax"), loss_of("binary_crossentropy"), BITS, "softmax_on_one_unit"),
        (head_of(1, "softmax"), loss_of("mse"), BITS, "softmax_on_one_unit"),
        (head_of(1, "softmax"), loss_of("my_own_loss"), BITS, "softmax_on_one_unit"),
        (head_of(1, "softmax"), loss_of("sparse_categorical_crossentropy"), THREE, "softmax_on_one_unit"),
        # one unit against many classes
        (head_of(1, "sigmoid"), loss_of("categorical_crossentropy"), BITS, "categorical_loss_on_one_unit"),
        (head_of(1, "sigmoid"), loss_of("sparse_categorical_crossentropy"), BITS, "categorical_loss_on_one_unit"),
        (head_of(1, "sigmoid"), loss_of("binary_crossentropy"), THREE, "one_unit_for_many_classes"),
        (head_of(1), loss_of("mse"), THREE, "one_unit_for_many_classes"),
        (head_of(2, "softmax"), loss_of("sparse_categorical_crossentropy"), THREE, "too_few_units"),
        # coding
        (head_of(3, "softmax"), loss_of("sparse_categorical_crossentropy"), ONE_HOT, "one_hot_labels_for_sparse_loss"),
        (head_of(3, "softmax"), loss_of("categorical_crossentropy"), THREE, "codes_for_one_hot_loss"),
        (head_of(3, "sigmoid"), loss_of("binary_crossentropy"), THREE, "codes_for_one_hot_loss"),
        (head_of(3, "softmax"), loss_of("mse"), THREE, "codes_for_one_hot_loss"),
        (head_of(4, "softmax"), loss_of("categorical_crossentropy"), ONE_HOT, "units_differ_from_label_columns"),
        (head_of(3, "softmax"), loss_of("binary_crossentropy"), SEVERAL, "softmax_for_multilabel"),
        (head_of(3, "sigmoid"), loss_of("categorical_crossentropy"), SEVERAL, "softmax_for_multilabel"),
        # codes that do not start at 0 or have gaps
        (head_of(3, "softmax"), loss_of("sparse_categorical_crossentropy"), THREE + 1, "labels_start_at_one"),
        (head_of(3, "softmax"), loss_of("sparse_categorical_crossentropy"), THREE - 1, "labels_negative"),
        (head_of(3, "softmax"), loss_of("sparse_categorical_crossentropy"), THREE * 2, "labels_with_gaps"),
        (head_of(1, "sigmoid"), loss_of("binary_crossentropy"), 2 * BITS - 1, "labels_minus_one_plus_one"),
        (head_of(1, "sigmoid"), loss_of("binary_crossentropy"), BITS + 1, "labels_start_at_one"),
        (head_of(2, "softmax"), loss_of("sparse_categorical_crossentropy"), 2 * BITS - 1, "labels_minus_one_plus_one"),
        # activation against loss
        (head_of(3, "sigmoid"), loss_of("categorical_crossentropy"), ONE_HOT, "sigmoid_with_categorical_loss"),
        (head_of(3, "sigmoid"), loss_of("sparse_categorical_crossentropy"), THREE, "sigmoid_with_categorical_loss"),
        (head_of(3, "relu"), loss_of("categorical_crossentropy"), ONE_HOT, "rectified_head"),
        (head_of(1, "relu"), loss_of("binary_crossentropy"), BITS, "rectified_head"),
        (head_of(3, "relu"), loss_of("CategoricalCrossentropy", from_logits=True), ONE_HOT, "rectified_head"),
        (head_of(1), loss_of("binary_crossentropy"), BITS, "linear_head_without_from_logits"),
        (head_of(3), loss_of("sparse_categorical_crossentropy"), THREE, "linear_head_without_from_logits"),
        (head_of(3), loss_of("kl_divergence"), ONE_HOT, "linear_head_without_from_logits"),
        (head_of(1, "tanh"), loss_of("binary_crossentropy"), BITS, "head_gives_no_probabilities"),
        (head_of(3, "log_softmax"), loss_of("sparse_categorical_crossentropy"), THREE, "head_gives_no_probabilities"),
        (
            head_of(3, "softmax"),
            loss_of("CategoricalCrossentropy", from_logits=True),
            ONE_HOT,
            "activation_with_from_logits",
        ),
        (head_of(1, "sigmoid"), loss_of("BinaryCrossentropy", from_logits=True), BITS, "activation_with_from_logits"),
        (head_of(1, "tanh"), loss_of("BinaryCrossentropy", from_logits=True), BITS, "bounded_logits"),
        # softmax on top of something else
        (head_of(3, "softmax", "softmax"), loss_of("categorical_crossentropy"), ONE_HOT, "softmax_twice"),
        (head_of(3, "relu", "softmax"), loss_of("categorical_crossentropy"), ONE_HOT, "activation_before_softmax"),
        (head_of(3, "sigmoid", "softmax"), loss_of("categorical_crossentropy"), ONE_HOT, "activation_before_softmax"),
        # regression losses, dropout
        (head_of(3), loss_of("mse"), ONE_HOT, "regression_loss_for_classes"),
        (head_of(1, "relu"), loss_of("mae"), BITS, "regression_loss_for_classes"),
        (head_of(3, "softmax", dropout_after=0.5), loss_of("categorical_crossentropy"), ONE_HOT, "dropout_after_head"),
    ],
)
def test_contradictions_are_errors(head, loss, y, expected):
    findings = judge(head, loss, y)
    assert codes_of(findings)[0] == expected
    assert findings[0].severity == "error"


@pytest.mark.parametrize(
    "head, loss, y, expected",
    [
        (
            head_of(3, "sigmoid"),
            loss_of("binary_crossentropy"),
            ONE_HOT,
            ("binary_loss_for_exclusive_classes", "warning"),
        ),
        (
            head_of(3, "softmax"),
            loss_of("binary_crossentropy"),
            ONE_HOT,
            ("binary_loss_for_exclusive_classes", "warning"),
        ),
        (
            head_of(2, "softmax"),
            loss_of("binary_crossentropy"),
            np.eye(2)[BITS],
            ("binary_loss_for_exclusive_classes", "info"),
        ),
        (head_of(3, "softmax"), loss_of("mse"), ONE_HOT, ("regression_loss_for_classes", "warning")),
        (head_of(1, "sigmoid"), loss_of("mse"), BITS, ("regression_loss_for_classes", "warning")),
        (head_of(1, "sigmoid"), loss_of("hinge"), BITS, ("hinge_with_bounded_head", "warning")),
        (
            head_of(2, "tanh", "softmax"),
            loss_of("categorical_crossentropy"),
            np.eye(2)[BITS],
            ("activation_before_softmax", "error"),
        ),
    ],
)
def test_legal_but_harmful_heads_are_weighed(head, loss, y, expected):
    (finding,) = judge(head, loss, y)
    assert (finding.code, finding.severity) == expected


@pytest.mark.parametrize(
    "head, loss, y",
    [
        (head_of(1, "sigmoid"), loss_of("binary_crossentropy"), BITS),
        (head_of(1), loss_of("BinaryCrossentropy", from_logits=True), BITS),
        (head_of(1, "sigmoid"), loss_of("binary_focal_crossentropy"), BITS[:, None]),
        (head_of(1, "sigmoid"), loss_of("binary_crossentropy"), np.linspace(0, 1, 50)),
        (head_of(2, "softmax"), loss_of("sparse_categorical_crossentropy"), BITS),
        (head_of(2, "softmax"), loss_of("categorical_crossentropy"), np.eye(2)[BITS]),
        (head_of(3, "softmax"), loss_of("sparse_categorical_crossentropy"), THREE),
        (head_of(10, "softmax"), loss_of("sparse_categorical_crossentropy"), THREE),  # classes this sample lacks
        (head_of(3), loss_of("SparseCategoricalCrossentropy", from_logits=True), THREE),
        (head_of(3, "log_softmax"), loss_of("SparseCategoricalCrossentropy", from_logits=True), THREE),
        (head_of(3, "softmax"), loss_of("SparseCategoricalCrossentropy", ignore_class=-1), THREE - 1 + (THREE > 0)),
        (head_of(3, "softmax"), loss_of("kl_divergence"), 0.9 * ONE_HOT + 0.1 / 3),
        (head_of(3, "sigmoid"), loss_of("binary_crossentropy"), SEVERAL),
        (head_of(1, "tanh"), loss_of("hinge"), 2 * BITS - 1),
        (head_of(1, "custom"), loss_of("binary_crossentropy"), BITS),
        (head_of(1, "unknown"), loss_of("binary_crossentropy"), BITS),
        (head_of(3), loss_of("my_own_loss"), THREE),
    ],
)
def test_what_fits_is_left_alone(head, loss, y):
    assert judge(head, loss, y) == []


def test_accuracy_of_logits_needs_a_logit_and_a_metric_cut_at_one_half():
    logits = loss_of("BinaryCrossentropy", from_logits=True)
    assert codes_of(judge_metrics(head_of(1), logits, ("accuracy",))) == ("accuracy_of_logits",)
    assert judge_metrics(head_of(1), logits, ()) == []
    assert judge_metrics(head_of(1, "sigmoid"), loss_of("binary_crossentropy"), ("accuracy",)) == []
