"""A network built again has what was asked for, the weights that still fit, and nothing else is other than it was."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp.keras_classifier.layer_changes import Changes, rebuilt, roles_of

L = keras.layers
ROWS = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)


def row():
    return keras.Sequential(
        [
            keras.Input((4,)),
            L.Dropout(0.3, name="drop_in"),
            L.Dense(8, activation="tanh", name="a"),
            L.Dropout(0.6, name="drop"),
            L.Dense(6, name="b"),
            L.Activation("tanh", name="act"),
            L.Dense(3, activation="softmax", name="out"),
        ]
    )


def residual():
    """A functional network in which a layer's input is used twice."""
    inputs = keras.Input((4,))
    x = L.Dense(8, activation="tanh", name="a")(inputs)
    x = L.add([x, L.Dense(8, activation="tanh", name="b")(x)])
    return keras.Model(inputs, L.Dense(3, activation="softmax", name="out")(x))


def by_name(model):
    return {layer.name: layer for layer in model._flatten_layers(include_self=False)}


BOTH = pytest.mark.parametrize("make", [row, residual])


def test_layers_have_roles():
    roles = roles_of(row())
    assert [layer.name for layer in roles.hidden] == ["a", "b"]
    assert roles.head.name == "out" and roles.after_head == []
    assert [layer.name for layer in roles.hidden_dropouts + roles.input_dropouts] == ["drop", "drop_in"]
    after = keras.Sequential([keras.Input((4,)), L.Dense(3, name="out"), L.ReLU(), L.Dropout(0.1), L.Reshape((3,))])
    assert [type(layer).__name__ for layer in roles_of(after).after_head] == ["ReLU", "Dropout"]


def test_networks_that_end_otherwise_have_none():
    class Own(keras.Model):
        def call(self, x):
            return x

    inputs = keras.Input((4,))
    operation = keras.Model(inputs, keras.ops.softmax(L.Dense(3)(inputs)))
    convolution = keras.Sequential([keras.Input((4, 1)), L.Conv1D(3, 4), L.Flatten()])
    for model in (Own(), operation, convolution):
        assert roles_of(model) is None
        assert rebuilt(model, Changes(units=2, head_activation="softmax")) is None


@BOTH
def test_without_changes_it_is_the_same_network_in_layers_of_its_own(make):
    model = make()
    again = rebuilt(model, Changes())
    assert Changes().is_empty
    assert_allclose(again(ROWS), model(ROWS), atol=1e-6)
    assert not set(map(id, again.weights)) & set(map(id, model.weights))
    assert not again.compiled


@BOTH
def test_another_head_has_new_weights_and_the_others_keep_theirs(make):
    model = make()
    again = rebuilt(model, Changes(units=1, head_activation="sigmoid"))
    assert again.output_shape == (None, 1)
    assert by_name(again)["out"].activation.__name__ == "sigmoid"
    for name in ("a", "b"):
        for now, before in zip(by_name(again)[name].get_weights(), by_name(model)[name].get_weights(), strict=True):
            assert_array_equal(now, before)
    same_size = rebuilt(model, Changes(head_activation="sigmoid"))
    assert same_size.output_shape == (None, 3)
    assert not np.array_equal(by_name(same_size)["out"].get_weights()[0], by_name(model)["out"].get_weights()[0])


def test_what_stood_behind_the_old_head_is_taken_out():
    model = keras.Sequential(
        [keras.Input((4,)), L.Dense(3, name="out"), L.ReLU(name="bad"), L.Dropout(0.9, name="drop")]
    )
    again = rebuilt(model, Changes(head_activation="softmax"))
    assert [type(layer).__name__ for layer in again.layers] == ["Dense", "Identity", "Identity"]
    assert_allclose(np.sum(again(ROWS), axis=1), 1, atol=1e-6)


def test_dropout_is_only_lowered_and_by_its_place():
    again = by_name(rebuilt(row(), Changes(dropout=0.2, input_dropout=0.5)))
    assert (again["drop"].rate, again["drop_in"].rate) == (0.2, 0.3)


def test_activations_change_where_there_were_some():
    again = by_name(rebuilt(row(), Changes(activation="relu")))
    assert again["a"].activation.__name__ == again["act"].activation.__name__ == "relu"
    assert again["b"].activation.__name__ == "linear" and again["out"].activation.__name__ == "softmax"


@BOTH
def test_norms_are_bounded_and_batches_normalized(make):
    again = rebuilt(make(), Changes(max_norm=2.0, batch_norm=True))
    named = by_name(again)
    assert named["a"].kernel_constraint.max_value == named["b"].kernel_constraint.max_value == 2.0
    assert named["out"].kernel_constraint is None
    assert sum(isinstance(layer, L.BatchNormalization) for layer in named.values()) == 2
    assert again(ROWS).shape == (9, 3)


def test_hidden_layers_grow_shrink_and_are_added_or_left_out():
    def sizes(model):
        return [layer.units for layer in model.layers if isinstance(layer, L.Dense)]

    model = row()
    assert sizes(rebuilt(model, Changes(hidden_sizes=(16, 6)))) == [16, 6, 3]
    assert sizes(rebuilt(model, Changes(hidden_sizes=(8,)))) == [8, 3]
    assert sizes(rebuilt(model, Changes(hidden_sizes=(8, 6, 5, 4)))) == [8, 6, 5, 4, 3]
    none = keras.Sequential([keras.Input((4,)), L.Dense(3, activation="softmax")])
    added = rebuilt(none, Changes(hidden_sizes=(7,), activation="elu"))
    assert sizes(added) == [7, 3] and added.layers[0].activation.__name__ == "elu"
    assert_array_equal(by_name(rebuilt(model, Changes(hidden_sizes=(8, 9))))["a"].kernel, by_name(model)["a"].kernel)


def test_fresh_weights_are_the_usual_ones_whatever_was_asked_for():
    model = keras.Sequential(
        [keras.Input((4,)), L.Dense(64, kernel_initializer="zeros", name="a"), L.Dense(3, name="o")]
    )
    again = by_name(rebuilt(model, Changes(fresh_weights=True)))
    assert again["a"].get_weights()[0].std() == pytest.approx(np.sqrt(2 / 4), rel=0.2)
    assert_array_equal(again["o"].kernel, by_name(model)["o"].kernel)


def test_frozen_layers_stay_frozen():
    model = row()
    by_name(model)["a"].trainable = False
    assert not by_name(rebuilt(model, Changes(units=2, head_activation="softmax")))["a"].trainable


def test_the_network_that_was_given_is_left_as_it_is():
    model = row()
    before, names = [w.copy() for w in model.get_weights()], [layer.name for layer in model.layers]
    rebuilt(model, Changes(units=1, head_activation="sigmoid", dropout=0.0, batch_norm=True, fresh_weights=True))
    assert [layer.name for layer in model.layers] == names
    for now, then in zip(model.get_weights(), before, strict=True):
        assert_array_equal(now, then)


def test_shapes_that_no_longer_fit_make_none():
    assert rebuilt(residual(), Changes(hidden_sizes=(5, 6))) is None  # the sum wants equal widths


def test_penalties_are_only_lowered_those_of_the_head_too():
    l2, l1 = keras.regularizers.L2, keras.regularizers.L1
    model = keras.Sequential(
        [
            keras.Input((4,)),
            L.Dense(8, activation="tanh", kernel_regularizer=l2(50.0), name="a"),
            L.Dense(6, activation="tanh", kernel_regularizer=l2(1e-4), name="b"),
            L.Dense(3, activation="softmax", kernel_regularizer=l1(2.0), name="out"),
        ]
    )
    new = {name: by_name(rebuilt(model, Changes(penalty=0.01)))[name] for name in ("a", "b", "out")}
    rates = {name: layer.get_config()["kernel_regularizer"]["config"]["l2"] for name, layer in new.items()}
    assert rates == {"a": 0.01, "b": pytest.approx(1e-4), "out": 0.01}
    for name, layer in new.items():
        assert_array_equal(layer.kernel, by_name(model)[name].kernel)
    headed = by_name(rebuilt(model, Changes(penalty=0.01, head_activation="linear")))["out"]
    assert headed.get_config()["kernel_regularizer"]["config"]["l2"] == 0.01
    assert by_name(rebuilt(row(), Changes(penalty=0.01)))["a"].kernel_regularizer is None


def test_bounds_on_kernels_are_loosened_that_of_the_head_too():
    bound = keras.constraints.MaxNorm
    model = keras.Sequential(
        [
            keras.Input((4,)),
            L.Dense(8, activation="tanh", kernel_constraint=bound(1e-6), name="a"),
            L.Dense(3, activation="softmax", kernel_constraint=bound(1e-3), name="out"),
        ]
    )
    for changes in (Changes(max_norm=4.0), Changes(max_norm=4.0, head_activation="linear")):
        new = by_name(rebuilt(model, changes))
        assert [new[name].kernel_constraint.max_value for name in ("a", "out")] == [4.0, 4.0]
    assert by_name(rebuilt(row(), Changes(max_norm=4.0)))["out"].kernel_constraint is None
