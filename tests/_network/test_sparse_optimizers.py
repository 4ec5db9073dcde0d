"""Optimizers of sparse networks: each is Keras' own, and goes on in the same bits."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.architecture import NetworkShape
from robust_mlp._network.optimizers import settings_of
from robust_mlp._network.sparse_network import SparseWeights, n_weights
from robust_mlp._network.sparse_optimizers import KerasOptimizer, NumpyAdam, optimizer_for

SHAPE = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(5,), linear_path=True), 40, 3)


def weights_of(seed):
    vector = np.random.default_rng(seed).normal(size=n_weights(SHAPE)).astype(np.float32)
    return SparseWeights(SHAPE, vector)


def steps(optimizer, seeds):
    for seed in seeds:
        gradient = weights_of(seed)
        optimizer.update(gradient.first.copy(), gradient, 0.01)


def test_adam_is_that_of_keras():
    in_numpy, in_keras = weights_of(0), weights_of(0)
    steps(NumpyAdam(SHAPE, in_numpy), range(1, 6))
    steps(KerasOptimizer("adam", in_keras), range(1, 6))
    assert_allclose(in_numpy.vector, in_keras.vector, atol=1e-5)


@pytest.mark.parametrize("settings", ["adam", "sgd", "rmsprop", settings_of(keras.optimizers.SGD(0.1, momentum=0.9))])
def test_an_optimizer_goes_on_where_it_ended(settings):
    whole, parts = weights_of(0), weights_of(0)
    steps(optimizer_for(settings, SHAPE, whole), range(1, 7))
    first = optimizer_for(settings, SHAPE, parts)
    steps(first, range(1, 4))
    second = optimizer_for(settings, SHAPE, parts)
    second.go_on(first.slots())
    steps(second, range(4, 7))
    assert_array_equal(whole.vector, parts.vector)


def test_only_the_default_runs_in_numpy():
    assert isinstance(optimizer_for("adam", SHAPE, weights_of(0)), NumpyAdam)
    assert isinstance(optimizer_for("nadam", SHAPE, weights_of(0)), KerasOptimizer)
