"""A network of Keras 2 is named as such wherever a network may come in."""

import numpy as np
import pytest

from robust_mlp import inspect_model
from robust_mlp.callbacks import CollapseGuard
from robust_mlp.inspection._read.legacy_keras import check_not_legacy
from robust_mlp.keras_classifier import GuardedKerasClassifier

X, Y = np.eye(4), np.array([0, 1, 0, 1])


def legacy(module):
    """An object of a class that says it is from an old Keras, two classes down."""
    base = type("Model", (), {"__module__": module})
    return type("Sequential", (base,), {"__module__": "mine"})()


@pytest.mark.parametrize(
    "module, package",
    [
        ("tf_keras.src.engine.training", "tf_keras"),
        ("tensorflow.python.keras.engine.training", "tensorflow"),
        ("keras.engine.training", "keras"),
    ],
)
def test_it_is_named(module, package):
    with pytest.raises(TypeError, match=f"^The Sequential comes from {package}: it is a network of Keras 2"):
        check_not_legacy(legacy(module))


def test_others_pass():
    import keras

    check_not_legacy(keras.Sequential())
    check_not_legacy(None)


@pytest.mark.parametrize(
    "use",
    [
        lambda model: inspect_model(model, X, Y),
        lambda model: GuardedKerasClassifier(model).fit(X, Y),
        lambda model: GuardedKerasClassifier(lambda: model).fit(X, Y),
        lambda model: watched(model),
    ],
    ids=["inspect_model", "a network", "a function", "CollapseGuard"],
)
def test_every_door_names_it(use):
    with pytest.raises(TypeError, match="Keras 2, the legacy Keras, and robust_mlp takes networks of Keras 3"):
        use(legacy("tf_keras.src.engine.training"))


def watched(model):
    guard = CollapseGuard()
    guard.set_model(model)
    guard.on_train_begin()
