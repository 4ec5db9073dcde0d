"""Radial units: the formula, the inputs they look at, and the same numbers from Keras."""

import keras
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._network.public_model import GaussianUnits
from robust_mlp._radial_units import RadialUnits, squared_distances


def drawn(n_units=6, n_inputs=4):
    rng = np.random.default_rng(0)
    factors = np.array([0.5, 0.0, 1.0, 2.0])[:n_inputs]
    return RadialUnits(factors, rng.normal(size=(n_units, n_inputs)) * factors), rng.normal(size=(30, n_inputs))


def test_distances_are_those_of_each_pair():
    units, rows = drawn()
    expected = [[((row - center) ** 2).sum() for center in units.centers] for row in rows]
    assert_allclose(squared_distances(rows, units.centers), expected)
    assert squared_distances(units.centers, units.centers).min() >= 0


def test_outputs_are_gaussians_of_distances_by_their_factors():
    units, rows = drawn()
    expected = np.exp(-((rows[:, np.newaxis] * units.factors - units.centers) ** 2).sum(-1))
    assert_allclose(units(rows), expected)
    assert units.n_units == 6


def test_an_input_without_a_factor_is_not_looked_at():
    units, rows = drawn()
    other = rows.copy()
    other[:, 1] += 100
    assert_array_equal(units(other), units(rows))


def test_the_dtype_of_the_centers_is_that_of_the_outputs():
    units, rows = drawn()
    small = units.astype(np.float32)
    assert (units(rows.astype(np.float32)).dtype, small(rows).dtype) == (np.float64, np.float32)
    assert_allclose(small(rows), units(rows), atol=1e-6)


def test_keras_layer_answers_alike_and_is_not_trained():
    units, rows = drawn()
    layer = GaussianUnits(units.n_units)
    layer.build((None, 4))
    layer.set_weights([units.factors, units.centers])
    assert_allclose(layer(rows.astype(np.float32)), units(rows), atol=1e-6)
    assert layer.trainable_variables == []
    assert GaussianUnits.from_config(layer.get_config()).n_units == units.n_units
    assert layer.compute_output_shape((None, 4)) == (None, units.n_units)
    assert keras.saving.get_registered_name(GaussianUnits) == "robust_mlp>GaussianUnits"
