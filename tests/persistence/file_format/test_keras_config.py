"""Configurations of Keras' own layers pass; no other class, function or module can be named."""

import pytest

from robust_mlp import ModelFileError
from robust_mlp.persistence.file_format import keras_config
from robust_mlp.persistence.file_format.keras_config import KerasConfig, foreign_class
from robust_mlp.persistence.file_format.places import Place

HERE = Place() / "network"


def of(module="keras.layers", class_name="Dense", config=None, registered_name=None):
    return {"module": module, "class_name": class_name, "config": config or {}, "registered_name": registered_name}


def nested(config, n):
    return nested({"part": [config]}, n - 1) if n else config


GOOD = [
    "sparse_categorical_crossentropy",
    of(),
    of("keras", "Sequential", {"layers": [of(), of("keras.layers", "Dropout", {"rate": 0.5})]}),
    of("keras.src.models.functional", "Functional"),
    of(config={"dtype": of("keras", "DTypePolicy", {"name": "float32"})}),
    of("keras.losses", "SparseCategoricalCrossentropy", {"from_logits": True}),
]
BAD = [
    of("os", "system"),
    of("keras.layers", "Lambda"),
    of("keras.layers", "TFSMLayer"),
    of("keras.src.utils.file_utils", "get_file"),
    of("keras.utils", "get_file"),
    of("builtins", "exec"),
    of("builtins", "function"),
    of(registered_name="mine>Dense"),
    of(class_name=5),
    of(config={"activation": of("mine", "f")}),
    of(config={"layers": [of(), {"deeper": [of("subprocess", "run")]}]}),
    nested(of(), 100),
]


@pytest.mark.parametrize("config", GOOD)
def test_keras_own_classes_pass(config):
    assert foreign_class(config) == ""
    assert KerasConfig().read(KerasConfig().write(config, HERE, None), HERE, None) == config


@pytest.mark.parametrize("config", BAD)
def test_anything_else_is_refused(config):
    assert foreign_class(config)
    with pytest.raises(ModelFileError, match="network must be made of Keras' own layers"):
        KerasConfig().read(config, HERE, None)
    with pytest.raises(ModelFileError, match="a model file holds Keras' own layers only"):
        KerasConfig().write(config, HERE, None)


def function(name):
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def test_activations_that_keras_writes_as_functions_become_their_names():
    written = KerasConfig().write(of(config={"activation": function("relu"), "parts": [function("tanh")]}), HERE, None)
    assert written["config"] == {"activation": "relu", "parts": ["tanh"]}


def test_every_activation_of_keras_is_known():
    import keras

    names = {name for name, value in vars(keras.activations).items() if callable(value) and name[0].islower()}
    assert names - {"get", "deserialize", "serialize"} <= set(keras_config._FUNCTIONS)


@pytest.mark.parametrize("name", ["exec", "my_own", "eval", ["relu"]])
def test_other_functions_are_refused(name):
    with pytest.raises(ModelFileError, match=r"The network holds builtins\.function"):
        KerasConfig().write(of(config={"activation": function(name)}), HERE, None)
    with pytest.raises(ModelFileError, match="must be made of Keras' own layers"):
        KerasConfig().read(of(config={"activation": function("relu")}), HERE, None)


@pytest.mark.parametrize("config", [None, 5, [of()]])
def test_what_is_no_configuration_is_refused(config):
    with pytest.raises(ModelFileError, match="network must be"):
        KerasConfig().read(config, HERE, None)
