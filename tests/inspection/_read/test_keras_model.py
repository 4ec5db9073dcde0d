"""What is read off a Keras model: layers in the order of the data, the head behind all wrappings, loss and metrics."""

import functools

import keras
import numpy as np
import pytest

from robust_mlp.inspection._read.facts import LossFacts
from robust_mlp.inspection._read.keras_model import (
    activation_name,
    activation_of_outputs,
    check_model,
    compute_dtype,
    data_flow,
    input_shapes,
    is_scaled_inside,
    read_head,
    read_layers,
    read_loss,
    read_metrics,
)
from tests.inspection.examples import X4, L, Subclassed, model_of, plain_model


def softmax(z):
    odds = np.exp(z - z.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def functional():
    """A residual network with a nested head."""
    inputs = keras.Input((4,), name="rows")
    x = L.Dense(8, activation="relu", name="first")(inputs)
    x = L.add([x, L.Dense(8, name="second")(x)])
    head = keras.Sequential([keras.Input((8,)), L.Dense(3, name="out")], name="head")
    return keras.Model(inputs, keras.ops.softmax(head(x)))


# ---- layers


def test_layers_come_in_the_order_of_the_data_with_what_they_are():
    model = model_of(
        L.Dense(8, activation="tanh", name="a"),
        L.Dropout(0.3, name="b"),
        L.BatchNormalization(name="c"),
        L.Dense(1, activation="sigmoid", use_bias=False, name="d"),
    )
    a, b, c, d = read_layers(model)
    assert [layer.name for layer in (a, b, c, d)] == ["a", "b", "c", "d"]
    assert (a.kind, a.activation, a.units, a.fan_in, a.n_weights, a.previous) == ("Dense", "tanh", 8, 4, 2, None)
    assert (b.kind, b.dropout, b.n_weights, b.previous) == ("Dropout", 0.3, 0, "Dense")
    assert (c.kind, c.n_weights, c.previous) == ("BatchNormalization", 4, "Dropout")
    assert (d.fan_in, d.n_weights, d.previous) == (8, 1, "BatchNormalization")
    assert a.kernel_std == pytest.approx(np.std(model.layers[0].get_weights()[0]))
    assert (a.bias_std, d.bias_std) == (0.0, None)  # a head may begin at the class shares


def test_nested_models_are_opened_and_operations_are_layers_too():
    names = [layer.kind for layer in read_layers(functional())]
    assert names == ["Dense", "Dense", "Add", "Dense", "Softmax"]
    assert [op.name for op in data_flow(functional()) if isinstance(op, L.Dense)] == ["first", "second", "out"]
    model = Subclassed(2, "softmax")
    model(X4[:2])
    assert data_flow(model) is None  # nobody knows the order in which its layers are called
    assert {layer.name for layer in read_layers(model)} == {layer.name for layer in model.layers}


@pytest.mark.parametrize(
    "between, is_linear",
    [
        ([], True),
        ([L.Dropout(0.5)], True),
        ([L.BatchNormalization(), L.Reshape((8,))], True),
        ([L.ReLU()], False),
        ([L.LayerNormalization()], False),
    ],
)
def test_a_linear_layer_is_told_where_nothing_nonlinear_comes_before_the_next(between, is_linear):
    first, *_, last = read_layers(model_of(L.Dense(8), *between, L.Dense(1)))
    assert first.feeds_dense_linearly is is_linear
    assert not last.feeds_dense_linearly


def test_units_that_are_all_alike_are_told_with_those_that_stay_so():
    model = model_of(L.Dense(8, kernel_initializer="ones"), L.Dense(4, kernel_initializer="ones"), L.Dense(1))
    first, second, last = read_layers(model)
    assert first.has_identical_units and first.has_identical_outgoing
    assert second.has_identical_units and not second.has_identical_outgoing  # what follows draws them apart
    assert not last.has_identical_units
    one_differs = model.layers[0].get_weights()
    one_differs[1][3] = 0.1
    model.layers[0].set_weights(one_differs)
    assert not read_layers(model)[0].has_identical_units


def test_frozen_layers_are_told():
    model = plain_model()
    model.layers[0].trainable = False
    assert [layer.is_trainable for layer in read_layers(model)] == [False, True]


# ---- the head


@pytest.mark.parametrize(
    "layers, chain, dropout",
    [
        ([L.Dense(3)], (), 0.0),
        ([L.Dense(3, activation="softmax")], ("softmax",), 0.0),
        ([L.Dense(3, activation="relu"), L.Softmax()], ("relu", "softmax"), 0.0),
        ([L.Dense(3), L.Activation("relu"), L.Activation("softmax")], ("relu", "softmax"), 0.0),
        ([L.Dense(3, activation="softmax"), L.Dropout(0.4), L.Reshape((3,))], ("softmax",), 0.4),
        ([L.Dense(3), L.LeakyReLU()], ("leaky_relu",), 0.0),
        ([L.Dense(3, activation=lambda x: x)], ("custom",), 0.0),
    ],
)
def test_activations_after_the_last_weights_are_followed(layers, chain, dropout):
    model = model_of(L.Dense(8, activation="tanh"), *layers)
    head = read_head(model)
    assert (head.units, head.chain, head.dropout_after) == (3, chain, dropout)
    assert head.layer == model.layers[1].name and not head.is_read_from_outputs


def test_the_head_of_a_functional_model_is_followed_into_the_model_inside():
    head = read_head(functional())
    assert (head.chain, head.layer, head.units) == (("softmax",), "out", 3)


def test_a_model_that_cannot_be_followed_is_judged_by_its_answers():
    model = Subclassed(3, "softmax")
    assert read_head(model, None) is None
    head = read_head(model, softmax(np.random.default_rng(0).normal(size=(20, 3))))
    assert (head.chain, head.units, head.is_read_from_outputs) == (("softmax",), 3, True)
    assert head.row_sum == pytest.approx((1, 1))


def test_what_came_out_is_noted_with_what_the_layers_say():
    outputs = np.array([[0.2, 0.9], [0.5, 0.1]])
    head = read_head(model_of(L.Dense(2, activation="sigmoid")), outputs)
    assert (head.output_range, head.row_sum) == ((0.1, 0.9), (0.6, 1.1))
    assert read_head(model_of(L.Dense(1)), outputs[:, :1]).row_sum is None
    assert read_head(model_of(L.Dense(2)), outputs * np.nan).output_range is None


RAW = np.random.default_rng(0).normal(size=(40, 3))


@pytest.mark.parametrize(
    "outputs, logits, expected",
    [
        (softmax(RAW), None, "softmax"),
        (np.ones((9, 1)), None, "softmax"),  # over one unit
        (1 / (1 + np.exp(-RAW)), RAW, "sigmoid"),
        (1 / (1 + np.exp(-RAW)), None, "unknown"),
        (np.full((9, 1), 0.9), None, "unknown"),
        (9 * np.maximum(RAW, 0), None, "relu"),
        (9 * np.exp(RAW), None, "unknown"),
        (RAW, None, "linear"),
        (np.where(RAW > 0, np.nan, RAW), None, "unknown"),
    ],
)
def test_numbers_prove_an_activation_or_none(outputs, logits, expected):
    assert activation_of_outputs(outputs, logits) == expected


@pytest.mark.parametrize(
    "layer, name",
    [
        (L.Dense(2), "linear"),
        (L.Dense(2, activation="relu"), "relu"),
        (L.Dense(2, activation=keras.activations.log_softmax), "log_softmax"),
        (L.Dense(2, activation=L.LeakyReLU()), "leaky_relu"),
        (L.LeakyReLU(), "leaky_relu"),
        (L.ELU(), "elu"),
        (keras.src.ops.nn.Relu6(), "relu6"),
        (L.Activation("hard_sigmoid"), "hard_sigmoid"),
        (L.ReLU(), "relu"),
        (L.PReLU(), "prelu"),
        (L.Softmax(), "softmax"),
        (keras.src.ops.nn.LogSoftmax(), "log_softmax"),
        (L.Dropout(0.1), None),
        (L.Flatten(), None),
    ],
    ids=str,
)
def test_activations_have_one_name_however_they_are_written(layer, name):
    assert activation_name(layer) == name


# ---- loss and metrics


@pytest.mark.parametrize(
    "loss, facts",
    [
        ("bce", LossFacts(name="binary_crossentropy", family="binary")),
        (
            keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
            LossFacts(name="BinaryCrossentropy", family="binary", from_logits=True, label_smoothing=0.1),
        ),
        (
            keras.losses.SparseCategoricalCrossentropy(ignore_class=-1),
            LossFacts(name="SparseCategoricalCrossentropy", family="sparse", ignore_class=-1),
        ),
        (
            functools.partial(keras.losses.categorical_crossentropy, from_logits=True),
            LossFacts(name="categorical_crossentropy", family="categorical", from_logits=True),
        ),
        (["mse"], LossFacts(name="mean_squared_error", family="regression")),
        ({"out": "mse"}, LossFacts(name="mean_squared_error", family="regression")),
    ],
    ids=["name", "object with logits", "object that ignores a class", "partial", "list", "dict"],
)
def test_a_loss_is_read_in_every_form(loss, facts):
    model = model_of(L.Dense(1), loss="hinge")
    function, found = read_loss(model, loss)
    assert found == facts and callable(function)
    assert read_loss(model, None)[1].family == "hinge"  # the compiled one


@pytest.mark.parametrize(
    "make, loss, start",
    [
        (
            lambda: model_of(L.Dense(1)),
            "crossentropy",
            "loss='crossentropy' is not a loss that Keras knows. Pass a name",
        ),
        (
            lambda: model_of(L.Dense(1)),
            ["mse", "mae"],
            "loss=['mse', 'mae'] names 2 losses; inspect_model looks at one.",
        ),
        (
            lambda: keras.Sequential([keras.Input((4,)), L.Dense(1)]),
            None,
            "The model is not compiled with a loss. Pass",
        ),
    ],
)
def test_no_loss_or_several_are_refused(make, loss, start):
    with pytest.raises(ValueError) as caught:
        read_loss(make(), loss)
    assert str(caught.value).startswith(start)


@pytest.mark.parametrize(
    "metrics, expected",
    [
        (None, ()),
        (["accuracy"], ("accuracy",)),
        ([keras.metrics.BinaryAccuracy()], ("BinaryAccuracy",)),
        ([keras.metrics.BinaryAccuracy(threshold=0.0)], ()),
        ([keras.metrics.Precision(), keras.metrics.Recall(thresholds=0.0)], ("Precision",)),
        ([keras.metrics.AUC(), "mse"], ()),
        ({"out": ["accuracy"]}, ("accuracy",)),
    ],
    ids=str,
)
def test_metrics_that_cut_at_a_half_are_named(metrics, expected):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, L.Dense(1, name="out")(inputs))
    model.compile(loss="binary_crossentropy", metrics=metrics)
    assert read_metrics(model) == expected


# ---- the rest


@pytest.mark.parametrize(
    "layers, expected",
    [
        ([L.Dense(8)], False),
        ([L.Rescaling(1 / 255), L.Dense(8)], True),
        ([L.BatchNormalization(), L.Dense(8)], True),
        ([L.Dropout(0.1), L.LayerNormalization(), L.Dense(8)], True),
        ([L.Dense(8), L.BatchNormalization()], False),
    ],
)
def test_a_network_scales_its_inputs_before_the_first_weights_or_not_at_all(layers, expected):
    assert is_scaled_inside(model_of(*layers, L.Dense(1))) is expected


def test_shapes_and_dtype_are_those_of_the_model():
    left, right = keras.Input((2,)), keras.Input((3, 5))
    model = keras.Model([left, right], L.Dense(1)(L.Concatenate()([left, L.Flatten()(right)])))
    assert input_shapes(model) == ((None, 2), (None, 3, 5))
    assert input_shapes(Subclassed(1, None)) is None
    assert compute_dtype(model) == "float32"
    coarse = model_of(L.Dense(8), L.Dense(1, dtype="mixed_bfloat16"))
    assert compute_dtype(coarse) == "bfloat16"


@pytest.mark.parametrize("make", [plain_model, functional])
def test_built_models_pass(make):
    check_model(make())


def test_reading_changes_nothing():
    model = functional()
    before = [w.copy() for w in model.get_weights()]
    read_layers(model), read_head(model), is_scaled_inside(model), data_flow(model)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
