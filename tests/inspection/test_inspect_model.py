"""Whole networks: the first finding is what is wrong with them, however they are built."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from robust_mlp.inspection import inspect_model
from tests.inspection.examples import X4, Y4, Subclassed, model_of, plain_model

L = keras.layers


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


def two_inputs():
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    joined = keras.layers.Concatenate()([left, right])
    model = keras.Model([left, right], keras.layers.Dense(1, "sigmoid")(keras.layers.Dense(8, "relu")(joined)))
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.parametrize(
    "X, y",
    [
        ([X4[:, :2], X4[:, 2:]], Y4),
        ((X4[:, :2], X4[:, 2:]), Y4),
        ({"right": X4[:, 2:], "left": X4[:, :2]}, Y4),
        (tf.data.Dataset.from_tensor_slices(((X4[:, :2], X4[:, 2:]), Y4)).batch(16), None),
    ],
    ids=["list", "tuple", "dict", "data set"],
)
def test_several_inputs_of_any_form(X, y):
    assert inspect_model(two_inputs(), X, y).errors == ()
    if y is not None:
        assert inspect_model(two_inputs(), X, np.where(Y4 == 0, 5, 7)).errors


def test_a_dict_that_lacks_an_input_is_refused():
    message = r"^The model takes the inputs \['left', 'right'\]; X lacks \['right'\] and holds \['wrong'\]"
    with pytest.raises(ValueError, match=message):
        inspect_model(two_inputs(), {"left": X4[:, :2], "wrong": X4[:, 2:]}, Y4)


def test_a_generator_is_refused_with_what_to_type():
    with pytest.raises(ValueError, match=r"which can be read only once and may have no end\. Pass arrays"):
        inspect_model(plain_model(), ((X4, Y4) for _ in range(2)))
