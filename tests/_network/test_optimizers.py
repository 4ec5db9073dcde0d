"""Optimizers by name or settings, which of them may run on one flat vector, and the one fused kernel for Adam."""

import copy

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._network.optimizers import (
    ELEMENTWISE,
    FusedAdam,
    fused,
    has_own_schedule,
    is_elementwise,
    learning_rate_of,
    make_optimizer,
    settings_of,
)

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


def scheduled():
    return keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.4, 10, 0.5), momentum=0.7)


def plain_settings(optimizer):
    """All settings but the name, which Keras numbers."""
    return {name: value for name, value in keras.optimizers.serialize(optimizer)["config"].items() if name != "name"}


@pytest.mark.parametrize("make", [lambda: keras.optimizers.Adam(0.02, beta_1=0.7, clipnorm=2.0), scheduled])
def test_an_optimizer_is_copied_with_its_settings_and_without_what_it_learned(make):
    given = make()
    variable = keras.Variable(np.ones(3, np.float32))
    given.apply([tf.ones(3)], [variable])
    copied = make_optimizer(settings_of(given))
    assert type(copied) is type(given)
    assert plain_settings(copied) == plain_settings(make())
    assert not copied.built and int(copied.iterations) == 0


@pytest.mark.parametrize("name", ["sgd", "ADAMW", "rmsprop", "Lion"])
def test_a_named_optimizer_has_keras_settings_and_no_decay_of_its_own(name):
    optimizer = make_optimizer(settings_of(name))
    assert type(optimizer).__name__.lower() == name.lower()
    assert plain_settings(optimizer) == plain_settings(type(optimizer)()) | {"weight_decay": None}


def moved(optimizer, starts, gradients):
    """Where variables are after some steps."""
    variables = [keras.Variable(start) for start in starts]
    for of_step in gradients:
        optimizer.apply([tf.constant(g) for g in of_step], variables)
    return np.concatenate([np.ravel(v.numpy()) for v in variables])


def both_ways(make):
    """Two arrays after three steps: each in a variable of its own, and joined in one vector."""
    starts = [RNG.normal(size=shape).astype(np.float32) for shape in [(4, 3), (5,)]]
    gradients = [[RNG.normal(size=s.shape).astype(np.float32) for s in starts] for _ in range(3)]

    def flat(arrays):
        return [np.concatenate([np.ravel(a) for a in arrays])]

    return moved(make(), starts, gradients), moved(make(), flat(starts), [flat(g) for g in gradients])


@pytest.mark.parametrize("name", sorted(ELEMENTWISE - {"FusedAdam"}))
def test_what_counts_as_elementwise_moves_a_flat_vector_as_it_moves_each_array(name):
    def make():
        return make_optimizer(name)

    assert is_elementwise(make())
    assert_allclose(*both_ways(make), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_optimizer("lamb"),
        lambda: make_optimizer("adafactor"),
        lambda: keras.optimizers.SGD(0.1, clipnorm=0.5),
    ],
    ids=["lamb", "adafactor", "clipnorm"],
)
def test_what_looks_at_whole_arrays_does_not(make):
    assert not is_elementwise(make())
    apart, joined = both_ways(make)
    assert np.abs(apart - joined).max() > 1e-5


@pytest.mark.parametrize("settings", [{"use_ema": True}, {"gradient_accumulation_steps": 2}])
def test_averages_and_accumulated_gradients_are_not_elementwise(settings):
    assert not is_elementwise(keras.optimizers.Adam(**settings))


def test_the_learning_rate_is_that_of_the_first_step():
    assert learning_rate_of(keras.optimizers.Adam(0.03)) == pytest.approx(0.03)
    assert learning_rate_of(scheduled()) == pytest.approx(0.4)
    assert has_own_schedule(scheduled()) and not has_own_schedule(keras.optimizers.Adam(0.03))


def test_settings_are_as_they_were_after_an_optimizer_was_made_of_them():
    settings = settings_of(keras.optimizers.SGD(0.1, momentum=0.9))
    before = copy.deepcopy(settings)
    make_optimizer(settings)
    assert settings == before
