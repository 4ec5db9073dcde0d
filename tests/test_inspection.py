"""inspect_model: the table of head, loss and labels; what is measured; and clear errors for bad input."""

import json
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from robust_mlp._inspection.class_weights import judge_class_weight
from robust_mlp._inspection.columns import describe_columns, judge_columns
from robust_mlp._inspection.facts import ActivityFacts, HeadFacts, LayerFacts, LossFacts, MeasuredFacts
from robust_mlp._inspection.findings import CAUSE_ORDER, Findings, put_in_order
from robust_mlp._inspection.heads import judge_head, judge_metrics, right_head
from robust_mlp._inspection.labels import describe_labels, judge_labels
from robust_mlp._inspection.layers import judge_layers
from robust_mlp._inspection.losses import loss_family
from robust_mlp._inspection.measured import judge_measured
from robust_mlp._records import Finding
from robust_mlp.inspection import inspect_model

L = keras.layers

BITS = np.array([0, 1] * 20)
THREE = np.array([0, 1, 2] * 20)
ONE_HOT = np.eye(3)[THREE]
SEVERAL = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1], [1, 0, 0]] * 5)


def codes_of(findings):
    return tuple(finding.code for finding in findings)


def head_of(units, *chain, dropout_after=0.0):
    return HeadFacts(units=units, chain=chain, layer="dense", dropout_after=dropout_after)


def loss_of(name, **settings):
    return LossFacts(name=name, family=loss_family(name), **settings)


def judge(head, loss, y):
    return judge_head(head, loss, describe_labels(np.asarray(y)))


# ---- labels


@pytest.mark.parametrize(
    "y, kind",
    [
        (BITS, "codes"),
        (BITS.astype(bool), "codes"),
        (BITS[:, None], "codes"),
        (THREE.astype(float), "codes"),
        (np.array([0, 1, 0, 1], dtype=object), "codes"),
        (THREE - 1, "codes"),
        (THREE / 255, "scaled"),
        ((THREE - THREE.mean()) / THREE.std(), "scaled"),  # standardized
        (THREE / 2, "scaled"),  # min-max scaled
        (ONE_HOT / 255, "scaled"),
        (np.where(BITS, 0.95, 0.05), "probabilities"),  # smoothed by hand
        (np.linspace(0, 1, 50), "probabilities"),
        (np.linspace(-3, 3, 50), "continuous"),
        (np.random.default_rng(0).normal(size=(20, 3)), "continuous"),
        (ONE_HOT, "one_hot"),
        (0.9 * ONE_HOT + 0.1 / 3, "shares"),
        (SEVERAL, "multilabel"),
        (np.array(["yes", "no"] * 5), "strings"),
        (np.array(["yes", None] * 5, dtype=object), "strings"),
    ],
)
def test_labels_are_recognized(y, kind):
    assert describe_labels(y).kind == kind


@pytest.mark.parametrize(
    "y, code, fix",
    [
        (np.array(["b", "a"] * 9), "labels_strings", "classes, y = np.unique(y, return_inverse=True)"),
        (np.arange(10).repeat(9) / 255, "labels_scaled", "y = np.rint(y * 255).astype(int)  # scale X only"),
        ((THREE - 1) / 0.8164, "labels_scaled", "classes, y = np.unique(y, return_inverse=True)  # scale X only"),
        (ONE_HOT / 255, "labels_scaled", "y = (y * 255).round()  # scale X only"),
        (np.linspace(-3, 3, 50), "labels_continuous", "y = np.digitize(y, bins=np.quantile(y, [1 / 3, 2 / 3]))"),
        (np.ones(9), "one_class", "Check how y was made"),
        (np.eye(3)[np.zeros(9, int)], "one_class", "Check how y was made"),
        (np.array([0, 1, np.nan] * 3), "labels_missing", "known = ~pandas.isna(y); X, y = X[known], y[known]"),
    ],
)
def test_labels_that_no_network_can_live_with(y, code, fix):
    (finding,) = judge_labels(describe_labels(y))
    assert (finding.code, finding.severity) == (code, "error")
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize("y", [BITS, THREE + 1, ONE_HOT, SEVERAL, np.linspace(0, 1, 50)])
def test_usable_labels_are_left_alone(y):
    assert judge_labels(describe_labels(y)) == []


def test_scaled_labels_are_told_with_what_the_loss_makes_of_them():
    (finding,) = judge_labels(describe_labels(np.arange(10).repeat(10) / 255))
    assert finding.evidence == (
        "10 distinct labels between 0 and 0.03529; cut to whole numbers, 100 of 100 become class 0."
    )


# ---- head x loss x labels


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


def test_a_bounded_softmax_is_told_with_the_share_it_can_reach():
    (finding,) = judge(
        head_of(5, "sigmoid", "softmax"), loss_of("categorical_crossentropy"), np.eye(5)[np.arange(50) % 5]
    )
    assert finding.evidence == (
        "5 units ('dense'), activation softmax, sigmoid before it; largest reachable share 0.40 of 1."
    )


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


def test_accuracy_of_logits_needs_a_logit_and_a_metric_cut_at_one_half():
    logits = loss_of("BinaryCrossentropy", from_logits=True)
    assert codes_of(judge_metrics(head_of(1), logits, ("accuracy",))) == ("accuracy_of_logits",)
    assert judge_metrics(head_of(1), logits, ()) == []
    assert judge_metrics(head_of(1, "sigmoid"), loss_of("binary_crossentropy"), ("accuracy",)) == []


# ---- class_weight


@pytest.mark.parametrize(
    "class_weight, expected",
    [
        ("auto", ("class_weight_not_a_dict", "error")),
        ("balanced", ("class_weight_not_a_dict", "error")),
        ([1.0, 2.0], ("class_weight_not_a_dict", "error")),
        ({"0": 1.0, "1": 9.0}, ("class_weight_keys", "error")),
        ({0: 1.0}, ("class_weight_keys", "warning")),
        ({0: 1.0, 1: float("nan")}, ("class_weight_values", "error")),
        ({0: 1.0, 1: -2.0}, ("class_weight_values", "error")),
        ({0: 34.0, 1: 34.0}, ("class_weight_does_nothing", "warning")),
        ({0: 1, 1: 1}, ("class_weight_does_nothing", "info")),
        ({0: 9.0, 1: 1.0}, ("class_weight_inverted", "warning")),
        ({0: 1.0, 1: 100.0}, ("class_weight_too_strong", "warning")),
    ],
)
def test_class_weights_that_do_not_do_what_was_meant(class_weight, expected):
    labels = describe_labels(np.repeat([0, 1], [90, 10]))
    (finding,) = judge_class_weight(class_weight, labels)
    assert (finding.code, finding.severity) == expected


@pytest.mark.parametrize("class_weight", [None, {0: 1.0, 1: 9.0}, {0: 0.5, 1: 2.0}, {0: 1, 1: 9, 2: 30}])
def test_class_weights_that_balance_are_left_alone(class_weight):
    assert judge_class_weight(class_weight, describe_labels(np.repeat([0, 1], [90, 10]))) == []


# ---- columns


def test_columns_are_judged_one_by_one():
    X = np.random.default_rng(0).normal(size=(100, 4))
    X[:, 1] *= 1000
    X[:, 2] = 7
    X[3, 3], X[4, 3] = np.nan, np.inf
    found = judge_columns(describe_columns(X, ("a", "b", "c", "d")), is_scaled_inside=False)
    assert codes_of(found) == ("inputs_not_finite", "inputs_unscaled", "inputs_constant")
    assert found[0].evidence == "2 values in column 'd'."
    assert found[1].evidence.startswith("1 of 4 columns ('b'); root mean squares from ")
    assert found[2].evidence == "1 of 4 columns ('c')."


def test_a_network_that_scales_its_inputs_may_get_raw_ones():
    X = 1000 * np.random.default_rng(0).normal(size=(100, 4))
    assert judge_columns(describe_columns(X), is_scaled_inside=True) == []


def test_images_are_judged_as_a_whole():
    X = np.random.default_rng(0).integers(0, 256, size=(20, 4, 4, 1))
    assert codes_of(judge_columns(describe_columns(X), is_scaled_inside=False)) == ("inputs_unscaled",)
    assert judge_columns(describe_columns(X / 255), is_scaled_inside=False) == []


# ---- layers and measurements


def dense(name="hidden", **facts):
    return LayerFacts(**{"name": name, "kind": "Dense", "units": 16, "fan_in": 8, "n_weights": 2, **facts})


@pytest.mark.parametrize(
    "layers, expected",
    [
        ([dense(is_trainable=False)], "nothing_trainable"),
        ([dense(is_trainable=False), dense("out")], "frozen_layers"),
        ([dense(feeds_dense_linearly=True), dense("out")], "linear_hidden_layer"),
        ([LayerFacts(name="dropout", kind="Dropout", dropout=0.95), dense()], "dropout_too_strong"),
        ([dense(activation="exponential"), dense("out")], "exponential_activation"),
        ([*[dense(str(i), activation="sigmoid") for i in range(6)], dense("out")], "vanishing_sigmoids"),
        ([dense(has_identical_units=True, has_identical_outgoing=True)], "identical_units"),
        ([dense(kernel_std=5.0)], "weights_too_large"),
        ([dense(kernel_std=1e-4)], "weights_too_small"),
        ([dense(bias_std=1.0)], "biases_too_large"),
    ],
)
def test_faults_of_layers(layers, expected):
    (finding,) = judge_layers(layers)
    assert finding.code == expected


def test_initial_weights_are_not_judged_once_the_optimizer_has_made_steps():
    assert judge_layers([dense(kernel_std=5.0, bias_std=1.0)], is_trained=True) == []


def measured(**facts):
    usual = {"n_rows": 100, "n_bad_outputs": 0, "n_outputs": 100, "spread": 0.1, "scale": 1.0, "row_coupling": 0.0}
    return MeasuredFacts(
        **{**usual, "loss": 0.7, "prior_loss": 0.69, "gradient_norm": 1.0, "weight_norm": 5.0, **facts}
    )


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({"n_bad_outputs": 3}, ("outputs_not_finite", "error")),
        ({"loss": float("nan")}, ("loss_not_finite", "error")),
        ({"loss_error": "ValueError: shapes"}, ("loss_refuses", "error")),
        ({"row_coupling": 0.3}, ("rows_coupled", "error")),
        ({"gradient_norm": 0.0}, ("no_gradient", "error")),
        ({"spread": 0.0, "trial_spread": 0.0, "trial_steps": 100}, ("constant_output", "error")),
        (
            {
                "activity": (
                    ActivityFacts(
                        name="h", activation="relu", n_units=8, dead_fraction=0.9, saturated_fraction=0, spread=0
                    ),
                )
            },
            ("dead_units", "warning"),
        ),
        (
            {
                "activity": (
                    ActivityFacts(
                        name="h", activation="tanh", n_units=8, dead_fraction=0, saturated_fraction=0.9, spread=0
                    ),
                )
            },
            ("saturated_units", "warning"),
        ),
        ({"update_ratio": 4.0}, ("learning_rate_too_high", "warning")),
        ({"update_ratio": 1e-9}, ("learning_rate_too_low", "warning")),
        (
            {"trial_loss": (0.7, 0.69), "trial_prior_loss": 0.69, "trial_steps": 100},
            ("batch_cannot_be_fitted", "warning"),
        ),
        ({"loss": 12.0}, ("initial_loss_far_from_guessing", "warning")),
        ({"loss": 3.0, "training_loss": 0.4, "is_trained": True}, ("modes_differ", "warning")),
    ],
)
def test_measured_symptoms(facts, expected):
    (finding,) = judge_measured(measured(**facts))
    assert (finding.code, finding.severity) == expected


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"spread": 0.0, "trial_spread": 0.4},  # an output layer that starts at zero learns
        {"update_ratio": 0.01, "trial_loss": (0.7, 0.2), "trial_prior_loss": 0.69},
        {"loss": 1.2, "prior_loss": None},
    ],
)
def test_nothing_is_said_of_a_network_that_behaves(facts):
    assert judge_measured(measured(**facts)) == []


# ---- findings


def finding(code, severity, **words):
    return Finding(**{"symptom": "s", "cause": "c", "evidence": "1", "fix": "f", **words}, code=code, severity=severity)


def test_errors_come_first_and_causes_before_consequences():
    found = [
        finding("linear_hidden_layer", "warning"),
        finding("labels_scaled", "error"),
        finding("inputs_not_finite", "error"),
        finding("inputs_constant", "info"),
    ]
    assert put_in_order(found).codes == ("inputs_not_finite", "labels_scaled", "linear_hidden_layer", "inputs_constant")


def test_a_cause_takes_over_the_symptom_that_it_explains():
    found = put_in_order([finding("constant_output", "error", symptom="same"), finding("inputs_unscaled", "warning")])
    assert found.codes == ("inputs_unscaled", "constant_output")
    assert (found[0].severity, found[0].symptom, found[1].severity) == ("error", "same", "warning")


def test_every_code_has_its_place():
    assert len(CAUSE_ORDER) == len(set(CAUSE_ORDER))


def test_findings_are_an_immutable_sequence_that_prints_itself():
    found = Findings([finding("labels_scaled", "error"), finding("dead_units", "warning", cause="", symptom="dead")])
    assert len(found) == 2 and found[0].code == "labels_scaled" and list(found) == [found[0], found[1]]
    assert isinstance(found[:1], Findings) and found[:1] == Findings([found[0]])
    assert str(found) == (
        "1 error, 1 warning.\n"
        "1. ERROR: c [labels_scaled]\n   what it does: s\n   evidence: 1\n   type: f\n"
        "2. WARNING: dead [dead_units]\n   evidence: 1\n   type: f"
    )
    assert repr(found) == "<Findings: 1 error, 1 warning.>"
    assert str(Findings()) == "Nothing found."
    assert json.loads(json.dumps(found.to_dict()))["findings"][0]["code"] == "labels_scaled"
    assert pickle.loads(pickle.dumps(found)) == found and hash(found) == hash(found[:])
    with pytest.raises(AttributeError, match="cannot be changed"):
        found.extra = 1


def test_html_is_escaped():
    assert "&lt;b&gt;" in Findings([finding("dead_units", "warning", evidence="<b>")])._repr_html_()


# ---- whole models


def model_of(*layers, shape=(4,), loss="binary_crossentropy", optimizer="adam", metrics=None):
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return model


RNG = np.random.default_rng(0)
X4 = RNG.normal(size=(80, 4)).astype("float32")
Y4 = (X4[:, 0] > 0).astype(int)


def plain_model():
    return model_of(L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"))


class RowsMixed(L.Layer):
    """Subtracts the mean over the batch: rows depend on each other."""

    def call(self, x):
        return x - keras.ops.mean(x, axis=0, keepdims=True)


def logarithm_of_raw_outputs(y_true, y_pred):
    return -keras.ops.mean(y_true * keras.ops.log(y_pred), axis=-1)


@pytest.mark.parametrize(
    "make_model, expected",
    [
        (
            lambda: model_of(
                L.Dense(8, activation="relu", kernel_initializer="zeros"), L.Dense(1, activation="sigmoid")
            ),
            "identical_units",
        ),
        (
            lambda: model_of(
                L.Dense(8, activation="tanh", kernel_initializer="ones"),
                L.Dense(1, activation="sigmoid", kernel_initializer="ones"),
            ),
            "identical_units",
        ),
        (
            lambda: model_of(L.Dense(8, activation="relu"), RowsMixed(), L.Dense(1, activation="sigmoid")),
            "rows_coupled",
        ),
        (lambda: model_of(L.Dense(8), L.Dense(1, activation="sigmoid")), "linear_hidden_layer"),
        (
            lambda: model_of(L.Dense(8), L.Dropout(0.1), L.BatchNormalization(), L.Dense(1, activation="sigmoid")),
            "linear_hidden_layer",
        ),
        (
            lambda: model_of(L.Dense(8, activation="relu"), L.Dropout(0.99), L.Dense(1, activation="sigmoid")),
            "dropout_too_strong",
        ),
        (
            lambda: model_of(L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"), L.Dropout(0.5)),
            "dropout_after_head",
        ),
        (lambda: model_of(L.Dense(8, activation="relu"), L.Dense(1), loss=logarithm_of_raw_outputs), "loss_not_finite"),
        (
            lambda: model_of(
                L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.SGD(1000.0)
            ),
            "learning_rate_too_high",
        ),
        (
            lambda: model_of(
                L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.SGD(1e-9)
            ),
            "learning_rate_too_low",
        ),
        (
            lambda: model_of(
                L.Dense(2, activation="relu"), L.Activation("softmax"), loss="sparse_categorical_crossentropy"
            ),
            "activation_before_softmax",
        ),
        (
            lambda: model_of(L.Dense(2, activation="softmax"), L.Softmax(), loss="sparse_categorical_crossentropy"),
            "softmax_twice",
        ),
    ],
)
def test_faults_of_whole_models(make_model, expected):
    keras.utils.set_random_seed(0)
    findings = inspect_model(make_model(), X4, Y4)
    assert findings[0].code == expected, str(findings)


def test_a_frozen_model_cannot_learn():
    model = plain_model()
    model.trainable = False
    assert inspect_model(model, X4, Y4)[0].code == "nothing_trainable"


def test_a_functional_head_is_followed_through_operations():
    inputs = keras.Input((4,))
    outputs = keras.ops.softmax(keras.ops.relu(L.Dense(2)(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile(loss="sparse_categorical_crossentropy")
    assert inspect_model(model, X4, Y4)[0].code == "activation_before_softmax"


def test_the_head_of_a_nested_model_is_found():
    body = keras.Sequential([keras.Input((4,)), L.Dense(8, activation="relu")])
    head = keras.Sequential([keras.Input((8,)), L.Dense(3, activation="sigmoid")])
    model = model_of(body, head, loss="categorical_crossentropy")
    findings = inspect_model(model, X4, np.eye(3)[np.arange(80) % 3])
    assert findings[0].code == "sigmoid_with_categorical_loss"
    assert "'dense" in findings[0].evidence


class Subclassed(keras.Model):
    """Ends in what it is told; its layers are listed in another order than they are used."""

    def __init__(self, units, activation):
        super().__init__()
        self.out = L.Dense(units, activation=activation)
        self.first = L.Dense(8, activation="relu")

    def call(self, x):
        return self.out(self.first(x))


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
@pytest.mark.parametrize(
    "units, activation, loss, y, expected",
    [
        (1, "softmax", "binary_crossentropy", Y4, "softmax_on_one_unit"),
        (3, "sigmoid", "categorical_crossentropy", np.eye(3)[np.arange(80) % 3], "sigmoid_with_categorical_loss"),
        (1, None, "binary_crossentropy", Y4, "linear_head_without_from_logits"),
        (1, "relu", "binary_crossentropy", Y4, "rectified_head"),
    ],
)
def test_a_subclassed_model_is_judged_by_its_outputs(units, activation, loss, y, expected):
    keras.utils.set_random_seed(0)
    model = Subclassed(units, activation)
    model(X4[:2])
    model.compile(loss=loss)
    assert inspect_model(model, X4, y)[0].code == expected


def test_class_weight_and_gaps_in_the_rows_are_told_together():
    X = X4.copy()
    X[5, 2] = np.nan
    findings = inspect_model(plain_model(), X, Y4, class_weight="auto")
    assert findings.codes[:2] == ("inputs_not_finite", "class_weight_not_a_dict")
    assert findings[0].evidence == "1 values in column 2."


def test_a_loss_can_be_passed_for_a_model_without_one():
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, activation="relu"), L.Dense(1)])
    findings = inspect_model(model, X4, Y4, loss=keras.losses.BinaryCrossentropy(from_logits=True))
    assert findings.errors == ()
    assert inspect_model(model, X4, Y4, loss="bce")[0].code == "linear_head_without_from_logits"


@pytest.mark.parametrize(
    "X, y",
    [
        (pd.DataFrame(X4, columns=list("abcd")), pd.Series(Y4)),
        (X4.tolist(), Y4.tolist()),
        (scipy.sparse.csr_matrix(X4), Y4),
        (X4.astype(object), Y4),
        (pd.DataFrame(X4).convert_dtypes(), pd.Series(Y4, dtype="Int64")),
    ],
    ids=["pandas", "lists", "sparse", "objects", "nullable"],
)
def test_any_usual_table_will_do(X, y):
    assert inspect_model(plain_model(), X, y).errors == ()


def test_a_single_column_may_come_as_a_vector():
    model = model_of(L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"), shape=(1,))
    assert inspect_model(model, X4[:, 0], Y4).errors == ()


def test_the_same_seed_gives_the_same_findings():
    model = model_of(L.Dense(3, activation="sigmoid"), L.Dense(1, activation="sigmoid"), optimizer="sgd")
    X, y = np.tile(1000 * X4, (40, 1)), np.tile(Y4, 40)
    assert inspect_model(model, X, y, random_state=3) == inspect_model(model, X, y, random_state=3)


# ---- bad input


def two_outputs():
    inputs = keras.Input((4,))
    return keras.Model(inputs, [L.Dense(1)(inputs), L.Dense(1)(inputs)])


def two_inputs():
    left, right = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([left, right], L.Dense(1, activation="sigmoid")(L.Concatenate()([left, right])))
    model.compile(loss="binary_crossentropy")
    return model


def one_answer_per_step():
    model = keras.Sequential([keras.Input((5, 4)), L.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy")
    return model


def create_mlp():
    return plain_model()


NOT_BUILT = (
    "The model has no weights yet, because it does not know its input shape. Put keras.Input((n_features,)) first, "
    "call model.build((None, n_features)), or call it once on a batch."
)
LOSS_EXAMPLES = 'a name such as "binary_crossentropy", a keras.losses.Loss, or a function (y_true, y_pred) -> loss'
TEXT = pd.DataFrame({"age": [1.0, 2.0], "city": ["Oslo", "Rome"], "b": [0, 1], "c": [0, 1]})


@pytest.mark.parametrize(
    "make_model, X, y, options, error, message",
    [
        (
            lambda: None,
            X4,
            Y4,
            {},
            TypeError,
            "model is None: inspect_model needs a built Keras model. Pass model=create_mlp().",
        ),
        (
            lambda: create_mlp,
            X4,
            Y4,
            {},
            TypeError,
            "model is create_mlp, which makes a model, not the model itself. Pass create_mlp().",
        ),
        (
            lambda: 3,
            X4,
            Y4,
            {},
            TypeError,
            "model is a int, not a keras.Model. Pass a Sequential, functional or subclassed model.",
        ),
        (
            lambda: L.Dense(3),
            X4,
            Y4,
            {},
            TypeError,
            "model is a Dense, not a keras.Model. Pass a Sequential, functional or subclassed model.",
        ),
        (lambda: keras.Sequential([L.Dense(3)]), X4, Y4, {}, ValueError, NOT_BUILT),
        (lambda: Subclassed(1, "sigmoid"), X4, Y4, {}, ValueError, NOT_BUILT),
        (
            two_outputs,
            X4,
            Y4,
            {"loss": "mse"},
            ValueError,
            "The model has 2 outputs; inspect_model looks at one. "
            "Pass keras.Model(model.inputs, model.outputs[0]) with loss=..., for each output.",
        ),
        (
            lambda: keras.Sequential([keras.Input((4,)), L.Dense(1)]),
            X4,
            Y4,
            {},
            ValueError,
            f"The model is not compiled with a loss. Pass loss=..., {LOSS_EXAMPLES}.",
        ),
        (
            plain_model,
            X4,
            Y4,
            {"loss": "crossentropy"},
            ValueError,
            f"loss='crossentropy' is not a loss that Keras knows. Pass {LOSS_EXAMPLES}.",
        ),
        (plain_model, X4, Y4, {"loss": 3}, ValueError, f"loss=3 is not a loss that Keras knows. Pass {LOSS_EXAMPLES}."),
        (
            plain_model,
            X4[:, :3],
            Y4,
            {},
            ValueError,
            "X has shape (80, 3), but the model takes (n_rows, 4). "
            "Pass such an X, or build the model with keras.Input((3,)).",
        ),
        (plain_model, X4[:10], Y4[:9], {}, ValueError, "X has 10 rows and y has 9. Pass one label for each row."),
        (plain_model, X4[:1], Y4[:1], {}, ValueError, "X has 1 row; nothing can be compared. Pass at least 2."),
        (
            plain_model,
            X4,
            None,
            {},
            ValueError,
            "y is None: the labels are needed. Pass y of shape (n_rows,) or (n_rows, n_classes).",
        ),
        (
            plain_model,
            None,
            Y4,
            {},
            ValueError,
            "X is None: inspect_model needs the rows. Pass X of shape (n_rows, n_features).",
        ),
        (
            plain_model,
            X4,
            np.zeros((80, 2, 2)),
            {},
            ValueError,
            "y has shape (80, 2, 2); labels have shape (n_rows,) or (n_rows, n_classes). "
            "Pass one row of labels per row of X.",
        ),
        (
            plain_model,
            TEXT,
            [0, 1],
            {},
            ValueError,
            "X holds 'Oslo' in column 'city'; a network needs numbers. "
            "Encode it first, for example with sklearn.preprocessing.OneHotEncoder(handle_unknown='ignore').",
        ),
        (
            plain_model,
            np.array([["1", "x"]] * 2),
            [0, 1],
            {},
            ValueError,
            "X holds 'x' in column 1; a network needs numbers. "
            "Encode it first, for example with sklearn.preprocessing.OneHotEncoder(handle_unknown='ignore').",
        ),
        (two_inputs, X4, Y4, {}, ValueError, "The model has 2 inputs, X is a ndarray. Pass a list of 2 arrays."),
        (two_inputs, [X4[:, :2], X4[:9, 2:]], Y4, {}, ValueError, "The inputs have different numbers of rows: 80, 9."),
        (
            one_answer_per_step,
            RNG.normal(size=(8, 5, 4)),
            Y4[:8],
            {},
            ValueError,
            "The model answers with shape (8, 5, 1) to 8 rows; one row of outputs per row of X is needed. "
            "Add keras.layers.Flatten() or a pooling layer before the last Dense layer.",
        ),
    ],
)
def test_bad_input_is_told_clearly(make_model, X, y, options, error, message):
    with pytest.raises(error) as raised:
        inspect_model(make_model(), X, y, **options)
    assert str(raised.value) == message


def test_a_subclassed_model_with_several_outputs_is_refused_clearly():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = L.Dense(1), L.Dense(1)

        def call(self, x):
            return self.a(x), self.b(x)

    model = Two()
    model(X4[:2])
    with pytest.raises(ValueError) as raised:
        inspect_model(model, X4, Y4, loss="mse")
    assert str(raised.value) == (
        "The model has 2 outputs; inspect_model looks at one. "
        "Pass a model that returns one tensor, with loss=..., for each output."
    )


def test_the_layers_are_given_back_when_a_call_fails():
    class Failing(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = L.Dense(2, activation="relu")

        def call(self, x):
            if x.shape[0] == 80:
                raise RuntimeError("no 80 rows")
            return self.first(x)

    model = Failing()
    model(X4[:2])
    with pytest.raises(RuntimeError, match="no 80 rows"):
        inspect_model(model, X4, Y4, loss="mse")
    assert "call" not in vars(model.first)
