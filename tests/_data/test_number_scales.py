"""What numbers are divided by: rare values of two are not blown up, and other columns have their deviation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._data.bends import bent
from robust_mlp._data.column_statistics import learn_moments
from robust_mlp._data.number_scales import (
    LEAST_SHARE_OF_STEP,
    bent_moments,
    is_constant,
    robust_scale,
    smooth_clip,
    standard_divisor,
)


def moments_of(matrix, weights=None):
    weights = np.ones(len(matrix)) if weights is None else weights
    return learn_moments(matrix, np.arange(len(matrix)), weights, np.arange(matrix.shape[1]))


@pytest.mark.parametrize("low, high", [(0.0, 1.0), (-3.0, 7.0), (1e6, 1e6 + 10), (-1e-5, 0.0)])
def test_a_rare_value_of_two_is_at_most_five(low, high):
    column = np.where(np.arange(2000) % 1000 == 0, high, low)[:, np.newaxis]
    assert_allclose(standard_divisor(moments_of(column)), LEAST_SHARE_OF_STEP * (high - low), rtol=1e-9)


def test_weights_decide_how_rare_it_is():
    column = np.array([[0.0], [1.0]])
    assert_allclose(standard_divisor(moments_of(column, np.array([1.0, 1.0]))), 0.5)
    assert_allclose(standard_divisor(moments_of(column, np.array([999.0, 1.0]))), LEAST_SHARE_OF_STEP)


def test_other_columns_have_their_standard_deviation():
    rng = np.random.default_rng(0)
    matrix = np.column_stack(
        [rng.normal(size=500), rng.lognormal(0, 2, 500), rng.integers(0, 3, 500), np.arange(500) == 3, rng.random(500)]
    )
    matrix[0, 3] = 0.5  # a third value
    moments = moments_of(matrix)
    assert_allclose(standard_divisor(moments), moments.std)


def test_moments_of_bent_numbers_are_those_of_the_bent_table():
    rng = np.random.default_rng(0)
    matrix, bend = rng.lognormal(0, 2, (300, 3)), np.array([np.inf, 0.5, 2.0])
    everything = np.arange(300), rng.integers(1, 3, 300).astype(float)
    found = bent_moments(matrix, *everything, np.arange(3), bend)
    expected = learn_moments(bent(matrix, bend), *everything, np.arange(3))
    for name in vars(expected):
        assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)


def test_columns_that_differ_by_rounding_are_constant():
    column = np.array([[0.1, 1.0], [0.1 + 1e-17, 2.0], [np.nextafter(0.1, 1), 3.0]])
    assert is_constant(moments_of(column), np.float64).tolist() == [True, False]


def test_half_the_range_takes_the_place_of_quartiles_that_are_equal():
    column = np.where(np.arange(100) == 3, 8.0, 0.0)[:, np.newaxis]
    median, spread = robust_scale(column, np.arange(100), np.ones(100), np.array([0]), moments_of(column))
    assert (median[0], spread[0]) == (0.0, 4.0)


def test_a_smooth_clip_ends_at_three():
    z = np.array([-1e6, 0.0, 0.1, 1e6])
    smooth_clip(z)
    assert_allclose(z, [-3, 0, 0.1, 3], atol=1e-3)
