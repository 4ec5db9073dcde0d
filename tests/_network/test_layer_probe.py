"""The look inside: dead and saturated units are counted, and norms are those of TensorFlow's gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.layer_probe import PROBE_ROWS, LayersWhenAsked, look_at_layers
from robust_mlp._prediction.network import Network, NetworkWeights
from tests._network.trainings import data_of


def random_model(plan, seed=0):
    """A Keras model of a plan with random weights, and the same network in NumPy."""
    rng = np.random.default_rng(seed)
    shape = NetworkShape.of(plan, 4, 3)
    model = build_model(shape)
    trainable = [rng.normal(size=v.shape).astype(np.float32) for v in model.trainable_variables]
    for variable, value in zip(model.trainable_variables, trainable, strict=True):
        variable.assign(value)
    sizes = len(plan.hidden_layer_sizes)
    return model, NetworkWeights(trainable, [], shape.activation, sizes, False, plan.linear_path, 1).network()


@pytest.mark.parametrize("activation", ["tanh", "silu", "softplus"])
@pytest.mark.parametrize("linear_path", [False, True])
def test_norms_are_those_of_keras(activation, linear_path):
    plan = TrainingPlan(hidden_layer_sizes=(6, 5), activation=activation, linear_path=linear_path)
    model, network = random_model(plan)
    data = data_of(held_out=False)
    layers = look_at_layers(network, data)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    kernels = [v for v in model.trainable_variables if v.name == "kernel"][:2]
    with tf.GradientTape() as tape:
        value = loss(data.codes, model(data.rows))
    gradients = tape.gradient(value, [kernel.value for kernel in kernels])
    assert [layer.name for layer in layers] == ["layer 1", "layer 2"]
    assert [layer.n_units for layer in layers] == [6, 5]
    for layer, kernel, gradient in zip(layers, kernels, gradients, strict=True):
        assert_allclose(layer.gradient_norm, np.linalg.norm(gradient), rtol=1e-3)
        assert_allclose(layer.weight_norm, np.linalg.norm(kernel.numpy()), rtol=1e-6)


def one_layer(activation, kernel, bias, n_members=1):
    """A network with one hidden layer; every member has the same one."""
    kernel, bias = np.float32(kernel), np.float32(bias)
    head = np.full((n_members, kernel.shape[-1], 3), 0.1, np.float32)
    kernels = (np.broadcast_to(kernel, (n_members, *kernel.shape[-2:])).copy(), head)
    biases = (np.broadcast_to(bias, (n_members, 1, kernel.shape[-1])).copy(), np.zeros((n_members, 1, 3), np.float32))
    return Network(activation, kernels, biases)


def test_units_that_answer_every_row_alike_are_dead():
    kernel = np.random.default_rng(0).normal(size=(4, 4))
    network = one_layer("relu", kernel, [0, 0, 0, -100])  # the last one is never above zero
    assert look_at_layers(network, data_of())[0].dead_fraction == 0.25
    assert look_at_layers(one_layer("relu", kernel * 0, [1, 2, 3, 4]), data_of())[0].dead_fraction == 1.0


@pytest.mark.parametrize("activation, is_flat_at_both_ends", [("tanh", True), ("sigmoid", True), ("relu", False)])
def test_units_at_a_flat_end_are_saturated_where_the_activation_has_one(activation, is_flat_at_both_ends):
    kernel = np.zeros((4, 4))
    kernel[0] = [0.1, 0.1, 1e4, -1e4]  # the sign of the first column decides: either end, and never between
    layer = look_at_layers(one_layer(activation, kernel, np.zeros(4)), data_of())[0]
    assert layer.saturated_fraction == (0.5 if is_flat_at_both_ends else 0.0)


def test_figures_are_means_over_members_on_rows_that_each_trains_on():
    data = data_of(n_members=3)
    network = one_layer("tanh", np.random.default_rng(0).normal(size=(4, 2)), [0, 0], n_members=3)
    alone = [
        look_at_layers(one_layer("tanh", network.kernels[0][0], [0, 0]), data.of_members([k]))[0] for k in range(3)
    ]
    norms = [layer.gradient_norm for layer in alone]
    assert len(set(norms)) == 3
    assert_allclose(look_at_layers(network, data)[0].gradient_norm, np.mean(norms), rtol=1e-6)


def test_a_diverged_network_is_described_without_a_warning():
    layer = look_at_layers(one_layer("relu", np.full((4, 2), np.inf), [0, 0]), data_of())[0]
    assert not np.isfinite(layer.weight_norm)


def test_no_more_rows_are_looked_at_than_needed_and_only_when_somebody_asks(monkeypatch):
    seen = []
    hidden_outputs = Network.hidden_outputs

    def noted(self, rows, member=0):
        seen.append(len(rows))
        return hidden_outputs(self, rows, member)

    monkeypatch.setattr(Network, "hidden_outputs", noted)
    layers = LayersWhenAsked(one_layer("relu", np.ones((4, 2)), [0, 0]), data_of(n_rows=4 * PROBE_ROWS))
    assert len(layers) == 1 and seen == []
    assert layers[0] is layers[0]
    assert seen == [PROBE_ROWS]
