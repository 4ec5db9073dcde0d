"""Activations in NumPy: their definitions, their far ends, and the facts that first weights and causes are decided by.

That each is Keras' activation of its name is held in tests/_prediction/test_network.py."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from scipy.stats import norm

from robust_mlp._core.activations import ACTIVATION_NAMES, activation_called, sigmoid, softplus

Z = np.linspace(-8, 8, 161)

# As the papers write them, with no regard for overflow.
DEFINITIONS = {
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "relu6": lambda z: np.minimum(np.where(z > 0, z, 0), 6),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "gelu": lambda z: z * norm.cdf(z),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "mish": lambda z: z * np.tanh(np.log(1 + np.exp(z))),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "tanh": np.tanh,
    "sigmoid": expit,
    "hard_sigmoid": lambda z: np.minimum(np.maximum(z / 6 + 0.5, 0), 1),
    "exponential": np.exp,
    "linear": lambda z: z,
}


def applied(name, z):
    """The activation of a copy of `z`: the function may write over its argument."""
    return activation_called(name).function(np.array(z))


def moments_of(name):
    """Mean and mean square of the activation of a standard normal, by the trapezoid rule."""
    nodes = np.linspace(-12, 12, 240_001)
    out, density = applied(name, nodes), norm.pdf(nodes)
    return np.trapezoid(out * density, nodes), np.trapezoid(out**2 * density, nodes)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_each_activation_is_its_definition(name):
    assert_allclose(applied(name, Z), DEFINITIONS[name](Z), rtol=1e-12, atol=1e-14)


def test_selu_keeps_the_mean_and_the_variance_of_a_standard_normal():
    # This is what its two constants are for (Klambauer et al. 2017, section 2).
    assert moments_of("selu") == pytest.approx((0, 1), abs=1e-6)


def test_the_gain_of_relu_is_what_keeps_the_mean_square():
    _, square = moments_of("relu")
    assert activation_called("relu").gain * square == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("alias, name", [("identity", "linear"), ("logistic", "sigmoid"), ("swish", "silu")])
def test_other_spellings_are_the_same_activation(alias, name):
    assert activation_called(alias) is activation_called(name)
    assert alias in ACTIVATION_NAMES and name in ACTIVATION_NAMES


def test_names_are_those_of_the_definitions_and_their_other_spellings():
    assert {activation_called(name).name for name in ACTIVATION_NAMES} == {*DEFINITIONS, "selu"}
    assert len(set(ACTIVATION_NAMES)) == len(ACTIVATION_NAMES) == 18


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_ends_raise_no_warning_and_the_dtype_stays(name, dtype):
    z = np.array([-1e4, -100.0, 0.0, 100.0, 1e4], dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = applied(name, z)
    assert out.dtype == dtype and out.shape == z.shape
    assert not np.isnan(out).any()
    assert np.isfinite(out).all() or activation_called(name).name == "exponential"


@pytest.mark.parametrize("name", sorted({*ACTIVATION_NAMES} - {"relu6"}))
def test_only_activations_that_are_flat_at_both_ends_count_as_saturating(name):
    slopes = np.diff(applied(name, [-100.0, -99.0, 99.0, 100.0]))[[0, 2]]
    assert activation_called(name).saturates is bool(np.abs(slopes).max() < 1e-3)


def test_relu6_is_flat_at_both_ends_and_yet_treated_as_the_rectifier_that_it_is_where_weights_are_drawn():
    assert (activation_called("relu6").saturates, activation_called("relu6").gain) == (False, 2.0)


@pytest.mark.parametrize("function, inverse", [(sigmoid, expit), (softplus, lambda z: np.logaddexp(0, z))])
def test_sigmoid_and_softplus_are_scipys_and_numpys_at_any_size(function, inverse):
    z = np.array([-745.0, -40.0, -1e-12, 0.0, 3.0, 40.0, 800.0])
    assert_allclose(function(z), inverse(z), rtol=1e-9, atol=1e-15)


def test_sigmoid_is_a_half_at_zero_and_symmetric():
    assert sigmoid(0.0) == 0.5
    assert_allclose(sigmoid(Z) + sigmoid(-Z), 1.0)
    assert_array_equal(sigmoid(np.array([-1e9, 1e9])), [0.0, 1.0])
