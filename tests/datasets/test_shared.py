"""What generators share: exact counts, centres that are equally far apart, and one generator from any random state."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp.datasets._shared import (
    check_count,
    check_number,
    exact_codes,
    gaussian_classes,
    new_generator,
    random_centres,
)


def rng_of(seed=0):
    return np.random.default_rng(seed)


def test_a_seed_decides_the_generator_and_an_instance_is_advanced():
    first, same = (new_generator(7).random(5) for _ in range(2))
    assert_array_equal(first, same)
    state = np.random.RandomState(7)
    assert_array_equal(new_generator(state).random(5), first)
    assert not np.array_equal(new_generator(state).random(5), first)
    assert not np.array_equal(new_generator(None).random(5), new_generator(None).random(5))


@pytest.mark.parametrize("value", [2, np.int32(2), 7])
def test_a_count_in_range_passes(value):
    assert check_count(value, "n", at_least=2, at_most=7) == value


@pytest.mark.parametrize(
    "value, error, message",
    [
        (1, ValueError, "n == 1, must be >= 2."),
        (8, ValueError, "n == 8, must be <= 7."),
        (2.0, TypeError, "n must be an instance of {int, numpy.integer}, not float."),
    ],
)
def test_any_other_is_refused(value, error, message):
    with pytest.raises(error) as caught:
        check_count(value, "n", at_least=2, at_most=7)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "boundaries, value, message",
    [
        ("both", 1.5, "x == 1.5, must be <= 1."),
        ("neither", 0, "x == 0, must be > 0."),
        ("left", 1, "x == 1, must be < 1."),
    ],
)
def test_numbers_are_held_to_their_boundaries(boundaries, value, message):
    with pytest.raises(ValueError) as caught:
        check_number(value, "x", low=0, high=1, boundaries=boundaries)
    assert str(caught.value) == message
    assert check_number(np.float32(0.5), "x", low=0, high=1, boundaries=boundaries) == np.float32(0.5)


@pytest.mark.parametrize("n_rows", [1, 2, 10, 997])
@pytest.mark.parametrize("shares", [(1, 1), (0.5, 0.3, 0.2), (7, 1, 1, 1), (0.1624, 0.3993, 0.0931, 0.2086, 0.1367)])
def test_counts_are_as_near_to_the_shares_as_whole_rows_allow(n_rows, shares):
    counts = np.bincount(exact_codes(rng_of(), n_rows, shares), minlength=len(shares))
    assert counts.sum() == n_rows
    assert np.abs(counts - np.divide(shares, sum(shares)) * n_rows).max() < 1


def test_codes_come_in_an_order_that_the_generator_draws():
    codes = exact_codes(rng_of(), 1000, (1, 1))
    assert_array_equal(codes, exact_codes(rng_of(), 1000, (1, 1)))
    assert not np.array_equal(codes, exact_codes(rng_of(1), 1000, (1, 1)))
    assert 400 < np.count_nonzero(np.diff(codes)) < 600  # neither sorted nor alternating


@pytest.mark.parametrize("n_centres, n_columns", [(3, 3), (4, 9), (1, 1)])
def test_centres_are_at_right_angles_where_there_are_columns_enough(n_centres, n_columns):
    centres = random_centres(rng_of(), n_centres, n_columns, 2.5)
    assert_allclose(centres @ centres.T, 2.5**2 * np.eye(n_centres), atol=1e-12)


def test_more_centres_than_columns_have_the_distance_and_no_two_are_one():
    centres = random_centres(rng_of(), 50, 3, 2.5)
    assert_allclose(np.linalg.norm(centres, axis=1), 2.5)
    assert len(np.unique(centres.round(6), axis=0)) == 50


def test_rows_are_unit_gaussians_around_the_centre_of_their_class_in_the_first_columns():
    codes = np.repeat([0, 1], 20_000)
    X = gaussian_classes(rng_of(), codes, 2, 5, 3, 4.0)
    means = np.array([X[codes == code].mean(axis=0) for code in (0, 1)])
    # The standard error of a mean of 20,000 rows is .007.
    assert_allclose(np.linalg.norm(means[:, :3], axis=1), 4.0, atol=0.05)
    assert_allclose(means[:, 3:], 0, atol=0.05)
    assert_allclose(np.std(X - means[codes], axis=0), 1.0, atol=0.02)
