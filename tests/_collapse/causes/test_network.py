"""Causes in the network: extreme settings are named, usual ones are not suspected."""

import math

import pytest

from robust_mlp._collapse.causes import network
from robust_mlp._collapse.causes.network import DEEP, DEEP_SATURATING, gradient_ratio
from robust_mlp._core.activations import ACTIVATION_NAMES, activation_called
from tests._collapse.causes.found_causes import broken, found, inputs, numbers
from tests.invented_attempts import layer


@pytest.mark.parametrize(
    "setting, code, is_certain",
    [
        ({"dropout": 0.95}, "dropout_too_strong", True),
        ({"dropout": 0.6}, "dropout_too_strong", False),
        ({"dropout": 0.6, "hidden_layer_sizes": (64, 8)}, "dropout_too_strong", True),  # three units are left
        ({"input_dropout": 0.9}, "input_dropout_too_strong", True),
        ({"input_dropout": 0.5}, "input_dropout_too_strong", False),
        ({"weight_decay": 10.0}, "weight_decay_too_strong", True),
        ({"weight_decay": 0.3}, "weight_decay_too_strong", False),
        ({"max_norm": 0.01}, "max_norm_too_small", True),
        ({"max_norm": 0.5}, "max_norm_too_small", False),
        ({"hidden_layer_sizes": (1,)}, "layer_too_narrow", True),
        ({"hidden_layer_sizes": (64, 3)}, "layer_too_narrow", False),
        ({"hidden_layer_sizes": ()}, "no_hidden_layer", False),
        ({"activation": "linear"}, "linear_activation", False),
        ({"activation": "exponential"}, "exploding_activation", True),
        ({"hidden_layer_sizes": (32,) * 30, "activation": "sigmoid"}, "vanishing_gradient", True),
        ({"hidden_layer_sizes": (32,) * 30, "activation": "relu"}, "vanishing_gradient", True),
    ],
)
def test_each_extreme_setting_is_named(setting, code, is_certain):
    assert found(**setting) == {code: is_certain}


@pytest.mark.parametrize(
    "setting",
    [
        {"dropout": 0.4},
        {"input_dropout": 0.2},
        {"weight_decay": 0.05},
        {"max_norm": 3.0},
        {"hidden_layer_sizes": (8, 4)},
        {"hidden_layer_sizes": (64,) * 4, "activation": "sigmoid"},
        {"hidden_layer_sizes": (64,) * 8, "activation": "relu"},
        {"activation": "tanh"},
        {"dropout": 0.9, "hidden_layer_sizes": ()},  # there is nothing to drop
    ],
)
def test_usual_settings_are_not_suspected(setting):
    assert {code for code in found(**setting) if code != "no_hidden_layer"} == set()


def test_the_gradient_tells_vanishing_from_exploding():
    deep = {"plan": {"hidden_layer_sizes": (64,) * 4}}
    vanishing = [layer("layer 1", gradient_norm=1e-9), layer("layer 4", gradient_norm=1e-2)]
    exploding = [layer("layer 1", gradient_norm=1e5), layer("layer 4", gradient_norm=1e-2)]
    assert found(broken(layers=vanishing, **deep)) == {"vanishing_gradient": True}
    assert found(broken(layers=exploding, **deep)) == {"exploding_gradient": True}


def test_dead_and_saturated_units_are_named_with_their_layer():
    dead = [layer(), layer("layer 2", dead_fraction=1.0)]
    assert found(broken(layers=dead)) == {"dead_units": True}
    assert numbers("dead_units", broken(layers=dead)) == {"layer": "layer 2", "fraction": 1.0, "n_units": 64}
    flat = [layer(saturated_fraction=0.95)]
    assert found(broken(layers=flat, plan={"activation": "tanh"})) == {"saturated_units": False}


@pytest.mark.parametrize("dead_fraction", [0.0, 0.3, 0.7])
def test_many_idle_units_are_ordinary(dead_fraction):
    assert found(broken(layers=[layer(dead_fraction=dead_fraction)])) == {}


@pytest.mark.parametrize(
    "norms, expected",
    [
        ((2.0, 5.0, 4.0), 0.5),  # the first over the last
        ((1.0,), None),
        ((), None),
        ((1.0, 0.0), None),
        ((1.0, math.nan), None),
        ((0.0, 1.0), 0.0),
    ],
)
def test_the_gradients_of_first_and_last_layer_are_compared_where_they_were_measured(norms, expected):
    layers = [layer(f"layer {i + 1}", gradient_norm=norm) for i, norm in enumerate(norms)]
    assert gradient_ratio(layers) == expected


@pytest.mark.parametrize("activation", ACTIVATION_NAMES)
def test_how_many_layers_are_deep_depends_on_whether_the_activation_saturates(activation):
    deepest = DEEP_SATURATING if activation_called(activation).saturates else DEEP
    for depth in (deepest - 1, deepest):
        case = inputs(hidden_layer_sizes=(32,) * depth, activation=activation)
        assert (network.too_deep(case) is not None) is (depth == deepest)
    assert network.too_deep(case) == network.vanishing_gradient(case)


def test_a_deep_network_whose_gradient_explodes_does_not_lose_it():
    exploding = [layer("layer 1", gradient_norm=1e5), layer("layer 20", gradient_norm=1e-2)]
    case = broken(layers=exploding, plan={"hidden_layer_sizes": (32,) * 20})
    assert found(case) == {"exploding_gradient": True}


def test_two_layers_are_too_few_for_a_certain_word_on_their_gradient():
    for first, code in ((1e-9, "vanishing_gradient"), (1e5, "exploding_gradient")):
        layers = [layer("layer 1", gradient_norm=first), layer("layer 2", gradient_norm=1e-2)]
        assert found(broken(layers=layers, plan={"hidden_layer_sizes": (64, 64)})) == {code: False}


def test_the_worst_layer_is_named():
    layers = [layer(f"layer {i + 1}", dead_fraction=share, n_units=8) for i, share in enumerate((0.1, 0.95, 0.2))]
    cause = network.dead_units(inputs(broken(layers=layers)))
    assert cause.numbers == {"layer": "layer 2", "fraction": 0.95, "n_units": 8}
    assert not cause.is_certain  # a twentieth of the units is alive


def test_a_layer_at_its_flat_ends_for_good_is_certain():
    layers = [layer(saturated_fraction=1.0)]
    assert found(broken(layers=layers, plan={"activation": "tanh"})) == {"saturated_units": True}


@pytest.mark.parametrize(
    "dropout, sizes, left, is_certain",
    [(0.5, (64, 32), 16.0, False), (0.8, (64, 64), 12.8, True), (0.5, (64, 7), 3.5, True), (0.5, (64, 8), 4.0, False)],
)
def test_dropout_is_judged_by_the_units_it_leaves_in_the_narrowest_layer(dropout, sizes, left, is_certain):
    cause = network.dropout_too_strong(inputs(dropout=dropout, hidden_layer_sizes=sizes))
    assert cause.numbers == {"rate": dropout, "left": pytest.approx(left)}
    assert cause.is_certain is is_certain


@pytest.mark.parametrize("name", ["linear", "identity"])
def test_a_linear_activation_is_known_by_both_its_names(name):
    assert found(activation=name) == {"linear_activation": False}
    assert found(activation=name, hidden_layer_sizes=()) == {"no_hidden_layer": False}


@pytest.mark.parametrize(
    "setting, codes",
    [
        ({"input_dropout": 0.39}, {}),
        ({"input_dropout": 0.4}, {"input_dropout_too_strong": False}),
        ({"input_dropout": 0.7}, {"input_dropout_too_strong": True}),
        ({"weight_decay": 0.19}, {}),
        ({"weight_decay": 0.2}, {"weight_decay_too_strong": False}),
        ({"weight_decay": 1.0}, {"weight_decay_too_strong": True}),
        ({"max_norm": 1.0}, {}),
        ({"max_norm": 0.99}, {"max_norm_too_small": False}),
        ({"max_norm": 0.19}, {"max_norm_too_small": True}),
        ({"hidden_layer_sizes": (64, 4)}, {}),
        ({"hidden_layer_sizes": (64, 3)}, {"layer_too_narrow": False}),
        ({"hidden_layer_sizes": (64, 2)}, {"layer_too_narrow": True}),
    ],
)
def test_doubt_and_certainty_begin_where_the_comments_say(setting, codes):
    assert found(**setting) == codes


@pytest.mark.parametrize(
    "plan, is_named",
    [
        ({"weight_decay": 20.0}, True),
        ({"optimizer": {"class_name": "AdamW", "config": {"weight_decay": 20.0}}}, True),
        ({"optimizer": {"class_name": "AdamW", "config": {"weight_decay": 0.004}}}, False),
        ({"optimizer": {"class_name": "Adam", "config": {"weight_decay": None}}}, False),
    ],
)
def test_decay_of_the_optimizer_counts_as_weight_decay(plan, is_named):
    assert ("weight_decay_too_strong" in found(broken(plan=plan))) is is_named
