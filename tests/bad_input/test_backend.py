"""A process in which Keras runs on another backend."""

import keras
import pytest

from robust_mlp._network.graph import tensorflow_startup


def test_another_backend_of_keras_is_refused(monkeypatch):
    monkeypatch.setattr(tensorflow_startup, "_ready", False)  # as in a process where Keras was set to another backend
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError) as caught:
        tensorflow_startup.load()
    assert str(caught.value) == (
        "Keras runs on the 'jax' backend here, and robust_mlp trains on 'tensorflow' only. Set the environment "
        "variable KERAS_BACKEND=tensorflow before Keras is first imported "
        '(or "backend": "tensorflow" in the keras.json file).'
    )
