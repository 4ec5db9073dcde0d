"""Dropout's masks: their statistics, where each step reads them, and what they drop."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from robust_mlp._network.graph.masks import KINDS, LEVELS, Masks, lengths_of_masks, masked, masks_of_step


def masks_of(seed, n_steps, n_values, rate):
    """The masks of some steps, as (steps, values) of 0 and 1 / (1 - rate)."""
    layers = [("hidden", n_values)]
    masks = Masks(seed, layers, 1, {"hidden": rate})
    begins, lengths = masks.begins(0, n_steps), lengths_of_masks(tf.constant(1), layers)
    return np.concatenate([masks_of_step(masks.tables, row, lengths, layers)[0].numpy() for row in begins])


def test_what_is_dropped_has_no_gradient():
    inputs, mask = tf.constant([[1.0, 2.0, 3.0]]), tf.constant([[0.0, 2.0, 2.0]])

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            tape.watch([inputs, mask])
            total = tf.reduce_sum(masked(inputs, mask) * [[5.0, 6.0, 7.0]])
        return tape.gradient(total, [inputs, mask], unconnected_gradients=tf.UnconnectedGradients.ZERO)

    of_inputs, of_mask = gradients()
    assert_array_equal(of_inputs, [[0.0, 12.0, 14.0]])
    assert_array_equal(of_mask, [[0.0, 0.0, 0.0]])  # nobody asks for it


def test_where_a_step_reads_does_not_depend_on_how_many_are_asked_for():
    masks, other = (Masks(seed, [("input", 7), ("hidden", 5)], 10, dict.fromkeys(KINDS, 0.5)) for seed in (3, 4))
    assert_array_equal(masks.begins(0, 10)[4:7], masks.begins(4, 3))
    assert not np.array_equal(masks.begins(0, 10), other.begins(0, 10))


def test_members_read_at_places_of_their_own():
    masks = Masks(3, [("hidden", 5)], 10, {"hidden": 0.5}, n_members=3)
    first, second, third = masks.begins(7, 4).reshape(3, 4)
    assert_array_equal(first, Masks(3, [("hidden", 5)], 10, {"hidden": 0.5}).begins(7, 4).ravel())
    assert len({*first, *second, *third}) == 12


def test_without_dropout_nothing_is_drawn():
    masks = Masks(0, [], 10, {})
    assert [table.size for table in masks.tables] == [0, 0]
    assert lengths_of_masks(tf.constant(10), []) == {}


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.95])
def test_masks_drop_the_rate_and_keep_the_mean(rate):
    masks = masks_of(1, 40, 5_001, rate)
    kept = masks > 0
    assert_allclose(np.unique(masks), [0, 1 / (1 - rate)], rtol=1e-5)
    # Within five standard errors: once in two million such tests by chance.
    error = 5 * np.sqrt(rate * (1 - rate) / masks.size) + 1 / LEVELS
    assert abs(kept.mean() - (1 - rate)) < error


def test_values_and_steps_are_dropped_independently():
    """Neighbours in a step, the same value in two steps, and shifted values in two steps are uncorrelated."""
    kept = masks_of(2, 30, 20_000, 0.5) > 0
    signs = np.where(kept, 1.0, -1.0)
    pairs = [signs[:, 1:] * signs[:, :-1], signs[1:] * signs[:-1], signs[1:, 1:] * signs[:-1, :-1]]
    bound = norm.isf(1e-6)
    for products in pairs:
        assert abs(products.sum()) / np.sqrt(products.size) < bound
    # And each value over the steps: no value is kept always, or never.
    assert kept.any(axis=0).all() and not kept.all(axis=0).any()


def test_every_layer_of_a_step_has_its_own_mask_and_rate():
    layers = [("input", 51), ("hidden", 100), ("hidden", 100)]
    masks = Masks(5, layers, 80, {"input": 0.9, "hidden": 0.5})
    step = masks_of_step(masks.tables, masks.begins(0, 1)[0], lengths_of_masks(tf.constant(80), layers), layers)
    inputs, first, second = (mask.numpy() for mask in step)
    assert inputs.shape == (80, 51) and first.shape == second.shape == (80, 100)
    assert abs((inputs > 0).mean() - 0.1) < 0.05
    assert abs((first == second).mean() - 0.5) < 0.05


def test_a_rate_next_to_one_keeps_next_to_nothing():
    assert 0 < (Masks(0, [("hidden", 10)], 1, {"hidden": 1 - 1e-9}).tables[1] > 0).sum() < 40
