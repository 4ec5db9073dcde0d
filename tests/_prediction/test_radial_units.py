"""Radial units: the formula, the inputs they look at, and the same numbers from Keras."""

import keras
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._network.public_model import GaussianUnits
from robust_mlp._prediction.radial_units import RadialUnits, squared_distances


def drawn():
    rng = np.random.default_rng(0)
    inputs, factors = np.array([0, 2, 3]), np.array([0.5, 1.0, 2.0])
    centers = rng.normal(size=(6, 3)) * factors
    return RadialUnits(inputs, factors, centers, rng.normal(size=(6, 3)), rng.normal(size=3)), rng.normal(size=(30, 4))


def test_distances_are_those_of_each_pair():
    units, rows = drawn()
    rows = rows[:, units.inputs]
    expected = [[((row - center) ** 2).sum() for center in units.centers] for row in rows]
    assert_allclose(squared_distances(rows, units.centers), expected)
    assert squared_distances(units.centers, units.centers).min() >= 0


def test_outputs_are_projected_gaussians_of_distances_by_their_factors():
    units, rows = drawn()
    scaled = rows[:, units.inputs] * units.factors
    expected = np.exp(-((scaled[:, np.newaxis] - units.centers) ** 2).sum(-1))
    assert_allclose(units.gaussians(rows), expected)
    assert_allclose(units(rows), expected @ units.projection - units.shift)
    assert (units.n_outputs, units.width) == (3, 6)


def test_other_inputs_are_not_looked_at():
    units, rows = drawn()
    other = rows.copy()
    other[:, 1] += 100
    assert_array_equal(units(other), units(rows))


def test_slopes_are_those_of_small_steps():
    units, rows = drawn()
    rng = np.random.default_rng(1)
    heads, weights, step = rng.normal(size=(2, 3)), rng.uniform(size=30), 1e-6
    expected = np.zeros(4)
    for j in range(4):
        ahead, behind = rows.copy(), rows.copy()
        ahead[:, j] += step
        behind[:, j] -= step
        derivatives = (units(ahead) - units(behind)) @ heads.T / (2 * step)
        expected[j] = np.average((derivatives**2).sum(axis=1), weights=weights)
    assert_allclose(units.mean_squared_slopes(rows, heads, weights), expected[units.inputs], rtol=1e-6)
    assert expected[1] == 0


def test_slopes_of_more_heads_than_units_are_the_sum_of_those_of_each():
    units, rows = drawn()
    rng = np.random.default_rng(1)
    heads = rng.standard_normal((5 * len(units.centers), units.projection.shape[1]))
    weights = rng.random(len(rows))
    each = sum(units.mean_squared_slopes(rows, head[np.newaxis], weights) for head in heads)
    assert_allclose(units.mean_squared_slopes(rows, heads, weights), each, rtol=1e-9)


def test_rows_of_float32_are_answered_in_float64():
    units, rows = drawn()
    small = rows.astype(np.float32)
    assert units(small).dtype == np.float64
    assert_array_equal(units(small), units(small.astype(np.float64)))


def test_keras_layer_answers_alike_and_is_not_trained():
    units, rows = drawn()
    layer = GaussianUnits(*units.projection.shape)
    layer.build((None, 4))
    layer.set_units(units)
    assert_allclose(layer(rows), units(rows), rtol=1e-12)
    assert layer.trainable_variables == []
    assert layer.compute_output_shape((None, 4)) == (None, 3)
    copied = GaussianUnits.from_config(layer.get_config())
    assert (copied.n_centers, copied.n_outputs, copied.dtype) == (6, 3, "float64")
    assert keras.saving.get_registered_name(GaussianUnits) == "robust_mlp>GaussianUnits"
