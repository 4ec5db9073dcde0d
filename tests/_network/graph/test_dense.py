"""The engine's layers compute what Keras' Dense computes, and its gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._network.graph import matmul
from robust_mlp._network.graph.dense import LARGEST_SINGLE, EngineDense, StackedDense, silu
from robust_mlp._network.graph.matmul import has_onednn

RNG = np.random.default_rng(0)


def same_values(layer, other):
    """Build both layers for stacks of rows, or for rows, and give them the same random weights."""
    shape = (2, 9, 5) if isinstance(layer, StackedDense) else (9, 5)
    for built in (layer, other):
        built.build(shape)
    for mine, theirs in zip(layer.trainable_variables, other.trainable_variables, strict=True):
        mine.assign(RNG.normal(size=mine.shape))
        theirs.assign(mine)
    return RNG.normal(size=shape).astype(np.float32)


def in_a_graph(layer, inputs):
    """Output and gradients of inputs and weights, as the engine computes them."""

    @tf.function(autograph=False)
    def run(inputs):
        with tf.GradientTape() as tape:
            weights = [v.value for v in layer.trainable_variables]
            tape.watch(inputs)
            output = layer(inputs)
            loss = tf.reduce_sum(tf.square(output))
        return [output, *tape.gradient(loss, [inputs, *weights])]

    return run(tf.constant(inputs))


@pytest.mark.parametrize("is_by_name", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_the_layer_of_the_engine_computes_what_that_of_a_public_model_does(use_bias, is_by_name, monkeypatch):
    if is_by_name and not has_onednn():
        pytest.skip("this TensorFlow has no products by name")
    monkeypatch.setattr(matmul, "has_onednn", lambda: is_by_name)
    mine, theirs = (layer(6, use_bias=use_bias) for layer in (EngineDense, keras.layers.Dense))
    inputs = same_values(mine, theirs)
    for found, expected in zip(in_a_graph(mine, inputs), in_a_graph(theirs, inputs), strict=True):
        assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "n_inputs, on_one_thread, is_by_name",
    [(LARGEST_SINGLE // 64, False, True), (LARGEST_SINGLE // 64 + 1, False, False), (LARGEST_SINGLE, True, True)],
)
def test_large_kernels_are_left_to_tensorflow_where_all_threads_are_free(n_inputs, on_one_thread, is_by_name):
    if not has_onednn():
        pytest.skip("this TensorFlow has no products by name")
    layer = EngineDense(64, on_one_thread=on_one_thread)
    layer.build((None, n_inputs))
    graph = tf.function(layer, autograph=False).get_concrete_function(tf.TensorSpec((None, n_inputs))).graph
    assert (matmul.OPERATION in {operation.type for operation in graph.get_operations()}) == is_by_name


def test_the_engines_silu_is_that_of_keras():
    z = tf.constant(np.float32([-100, -3, -0.5, 0, 0.5, 3, 100]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        mine, theirs = silu(z), keras.activations.silu(z)
    assert_allclose(mine, theirs, rtol=1e-6)
    assert_allclose(tape.gradient(mine, z), tape.gradient(theirs, z), rtol=1e-5, atol=1e-6)


def test_stacked_layers_are_single_ones_side_by_side():
    stacked, single = StackedDense(2, 4), keras.layers.Dense(4)
    inputs = same_values(stacked, StackedDense(2, 4))
    single.build((9, 5))
    for member in range(2):
        single.kernel.assign(stacked.kernel[member])
        single.bias.assign(stacked.bias[member, 0])
        assert_allclose(stacked(inputs)[member], single(inputs[member]), rtol=1e-5, atol=1e-5)
