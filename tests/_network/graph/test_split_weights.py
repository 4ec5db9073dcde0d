"""Weights and what the optimizer remembers of them: taken apart, moved, and joined again as if they had never been."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._network.graph.split_weights import Weights, WeightsApart
from robust_mlp._network.graph.weight_layout import WeightLayout
from robust_mlp._network.optimizers import ELEMENTWISE, fused, make_optimizer

SHAPES = [(3, 4), (4,), (4, 2), (2,)]
IS_KERNEL = [True, False, True, False]
RNG = np.random.default_rng(0)


def joined_weights(optimizer):
    """Random weights in one vector, and an optimizer that is built for it."""
    layout = WeightLayout(SHAPES, IS_KERNEL)
    arrays = [RNG.normal(size=shape).astype(np.float32) for shape in SHAPES]
    variables = [keras.Variable(value, name="now") for value in layout.joined(arrays)]
    optimizer.build(variables)
    return Weights(variables, layout, optimizer), arrays


def step(weights, gradients):
    """One update by gradients of the model's arrays."""
    weights.optimizer.apply(weights.layout.joined_tensors([tf.constant(g) for g in gradients]), weights.variables)


def drawn_gradients(n_steps):
    return [[RNG.normal(size=shape).astype(np.float32) for shape in SHAPES] for _ in range(n_steps)]


def test_parts_are_the_models_arrays_and_values_those_of_the_variables():
    weights, arrays = joined_weights(make_optimizer("sgd"))
    assert [tuple(value.shape) for value in weights.values()] == [(sum(np.prod(s, dtype=int) for s in SHAPES),)]
    for part, array in zip(weights.parts(), arrays, strict=True):
        assert_array_equal(part, array)
    weights.assign([2 * value for value in weights.values()])
    assert_array_equal(weights.parts()[0], 2 * arrays[0])


def test_what_an_optimizer_remembers_is_sorted_by_what_belongs_to_weights():
    weights, _ = joined_weights(make_optimizer("adam"))
    slots, others = weights.remembered()
    assert sorted(slots) == ["now_momentum", "now_velocity"]
    assert all(len(of_weights) == 1 for of_weights in slots.values())
    assert [variable.name for variable in others] == ["iteration", "learning_rate"]
    apart_slots, apart_others = WeightsApart(weights, SHAPES, IS_KERNEL).remembered()
    assert {name: [tuple(v.shape) for v in of_weights] for name, of_weights in apart_slots.items()} == {
        "now_momentum": SHAPES,
        "now_velocity": SHAPES,
    }
    assert len(apart_others) == len(others)


@pytest.mark.parametrize("name", sorted(ELEMENTWISE - {"FusedAdam"}))
def test_steps_on_weights_apart_are_those_on_weights_joined(name):
    weights, arrays = joined_weights(fused(make_optimizer(name)))  # as the engine has it
    same, _ = joined_weights(fused(make_optimizer(name)))
    same.assign(weights.values())
    before, between, after = drawn_gradients(2), drawn_gradients(3), drawn_gradients(2)
    apart = WeightsApart(weights, SHAPES, IS_KERNEL)
    for gradients in before:  # so that the optimizer remembers something when the weights are taken apart
        step(weights, gradients)
    apart.take()
    for gradients in between:
        step(apart, gradients)
    apart.give_back()
    for gradients in after:
        step(weights, gradients)
    for gradients in [*before, *between, *after]:
        step(same, gradients)
    for found, expected, start in zip(weights.parts(), same.parts(), arrays, strict=True):
        assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        assert np.abs(found - start).max() > 1e-6
    for found, expected in zip(weights.optimizer.variables, same.optimizer.variables, strict=True):
        assert_allclose(found.numpy(), expected.numpy(), rtol=1e-4, atol=1e-6)
    assert int(weights.optimizer.iterations) == 7


def test_taking_over_leaves_the_joined_weights_as_they_are():
    weights, arrays = joined_weights(make_optimizer("adam"))
    apart = WeightsApart(weights, SHAPES, IS_KERNEL)
    apart.take()
    for part, array in zip(apart.parts(), arrays, strict=True):
        assert_array_equal(part, array)
    step(apart, drawn_gradients(1)[0])
    for part, array in zip(weights.parts(), arrays, strict=True):
        assert_array_equal(part, array)
    assert int(weights.optimizer.iterations) == 0
