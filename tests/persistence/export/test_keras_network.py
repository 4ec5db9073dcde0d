"""The network in Keras models: probabilities of FittedNetwork, from Keras' own layers."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._core.activations import ACTIVATION_NAMES
from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp.persistence.export.keras_encoding import EncodedTensors
from robust_mlp.persistence.export.keras_network import probabilities_of
from tests.persistence.export.made_networks import (
    LEVELS,
    N_CLASSES,
    N_PLAIN,
    OFFSETS,
    AsItIs,
    encoded_rows,
    expected,
    made_networks,
    weights_of,
)

NETWORKS = made_networks()

# TensorFlow holds the constants of these in float32.
ROUNDED = {"gelu": 1e-8, "leaky_relu": 1e-8}


def answers_of_model(fitted, dtype, plain, codes):
    rows = keras.Input((N_PLAIN,), dtype="float32")
    inputs = [keras.Input((), dtype="int32") for _ in LEVELS] if fitted.weights.n_embedded else []
    model = keras.Model([rows, *inputs], probabilities_of(EncodedTensors(rows, tuple(inputs)), fitted, dtype))
    return np.asarray(model([plain, *(codes.T[: len(inputs)])])), model


@pytest.mark.parametrize("dtype, digits", [("float64", 1e-14), ("float32", 1e-5)])
@pytest.mark.parametrize("name", NETWORKS)
def test_probabilities_are_those_of_the_network(name, dtype, digits):
    fitted, (plain, codes) = NETWORKS[name], encoded_rows(200)
    found, model = answers_of_model(fitted, dtype, plain, codes)
    assert found.dtype == dtype
    assert_allclose(found, expected(fitted, plain, codes), rtol=0, atol=digits)
    assert {type(layer).__module__.split(".")[0] for layer in model.layers} == {"keras"}


@pytest.mark.parametrize("activation", ACTIVATION_NAMES)
def test_every_activation_is_that_of_the_network(activation):
    rng = np.random.default_rng(0)
    fitted = FittedNetwork(AsItIs(), weights_of(rng, 2, (N_PLAIN, 8, N_CLASSES), activation=activation), OFFSETS)
    plain, codes = encoded_rows(100)
    found, _ = answers_of_model(fitted, "float64", plain, codes)
    assert_allclose(found, expected(fitted, plain, codes), rtol=0, atol=ROUNDED.get(activation, 1e-13))


def test_the_network_can_be_trained_further_and_what_was_measured_stays():
    plain, codes = encoded_rows(20)
    _, model = answers_of_model(NETWORKS["companions"], "float64", plain, codes)
    frozen = [layer.name for layer in model.layers if layer.weights and not layer.trainable]
    assert "mean_over_members" in frozen and len(frozen) == 5  # and two layers of each kind of RBF units
    assert len(model.trainable_variables) > 0
