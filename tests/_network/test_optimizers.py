"""Optimizers by name: their settings, and one fused kernel in place of many operations."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._network.optimizers import FusedAdam, fused, make_optimizer

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", ["Adam", "AdamW"])
@pytest.mark.parametrize("size", [10, FusedAdam.FEWEST])
def test_the_fused_kernel_makes_the_steps_of_keras_adam(name, size):
    settings = {"learning_rate": 0.01, "beta_1": 0.8, "epsilon": 1e-3}
    theirs = getattr(keras.optimizers, name)(**settings)
    ours = fused(getattr(keras.optimizers, name)(**settings))
    assert isinstance(ours, FusedAdam)
    a, b = (keras.Variable(np.ones(size), dtype="float32") for _ in range(2))
    for _ in range(5):
        gradient = tf.constant(RNG.normal(size=size).astype(np.float32))
        theirs.apply([gradient], [a])
        ours.apply([gradient], [b])
    assert_allclose(b.numpy(), a.numpy(), rtol=1e-5)
    for mine, keras_own in zip(ours.variables, theirs.variables, strict=True):
        assert_allclose(mine.numpy(), keras_own.numpy(), rtol=1e-4, atol=1e-7)


def test_optimizers_without_a_fused_kernel_stay_as_they_are():
    for optimizer in (make_optimizer("sgd"), keras.optimizers.Adam(amsgrad=True), keras.optimizers.Nadam()):
        assert fused(optimizer) is optimizer
