"""Causes in the network: extreme settings are named, usual ones are not suspected."""

import pytest

from tests._collapse.causes.found_causes import broken, found, numbers
from tests.invented_attempts import layer


@pytest.mark.parametrize(
    "setting, code, is_certain",
    [
        ({"label_smoothing": 0.99}, "label_smoothing_too_strong", True),
        ({"label_smoothing": 0.6}, "label_smoothing_too_strong", False),
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
        {"label_smoothing": 0.1},
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
