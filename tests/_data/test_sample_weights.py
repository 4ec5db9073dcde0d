"""Sample weights: read as numbers, refused in words, and the same in any unit."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.sample_weights import check_weights, in_canonical_unit, one_each, weights_of
from tests.tiny_fits import clouds, tiny


@pytest.mark.parametrize(
    "weights, message",
    [
        ([1.0, "heavy"], "sample_weight cannot be read as numbers"),
        ([[1.0, 2.0]], "sample_weight has shape (1, 2). Sample weights must be 1D array or scalar-like"),
        ([1.0], "sample_weight holds 1 weights, but X has 2 rows. Pass one weight for each row."),
        ([1.0, -2.0], "sample_weight holds negative weights: -2 at row 1. "),
        ([0.0, 0.0], "All weights in sample_weight are zero, which leaves no row."),
        ([1.0, np.nan], "Input sample_weight contains NaN"),
        ([1.0, np.inf], "Input sample_weight contains infinity"),
    ],
)
def test_what_is_no_weight_is_refused(weights, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        check_weights(weights, 2)


def test_no_weights_are_a_single_one_in_memory():
    weights = check_weights(None, 1000)
    assert weights.strides == (0,) and weights.sum() == 1000
    assert weights_of(weights, np.arange(5)).strides == (0,)
    assert in_canonical_unit(one_each(7)).strides == (0,)


def some_weights(kind, rng):
    """200 weights of a kind."""
    return {
        "counts": lambda: rng.integers(0, 60, 200).astype(float),
        "large counts": lambda: rng.integers(300, 900, 200).astype(float),
        "halves": lambda: rng.integers(1, 60, 200) / 2,
        "fractions": lambda: rng.uniform(0.01, 3, 200),
        "heavy tails": lambda: rng.lognormal(0, 6, 200),
        "equal": lambda: np.full(200, 4.0),
    }[kind]()


@pytest.mark.parametrize("factor", [1e-300, 1e-38, 1 / 7, 0.37, 2.0, 3.0, np.pi, 3.5e38, 1e290])
@pytest.mark.parametrize("kind", ["counts", "large counts", "halves", "fractions", "heavy tails", "equal"])
def test_a_positive_factor_changes_no_bit(kind, factor):
    for seed in range(20):
        weights = some_weights(kind, np.random.default_rng(seed))
        assert_array_equal(in_canonical_unit(weights * factor), in_canonical_unit(weights))


@pytest.mark.parametrize(
    "weights, expected",
    [
        ([1.0, 2.0, 0.0], [1, 2, 0]),  # counts stay counts
        ([4.0, 6.0], [2, 3]),  # by their largest common divisor
        ([0.5, 0.75], [2, 3]),
        ([101.0, 250.0], [101, 250]),
        ([7.0, 7.0, 0.0], [1, 1, 0]),
    ],
)
def test_multiples_of_a_unit_become_the_smallest_whole_numbers(weights, expected):
    assert_array_equal(in_canonical_unit(np.array(weights)), expected)


def test_ratios_are_kept_to_the_precision_of_float32():
    weights = np.random.default_rng(0).uniform(0.01, 3, 1000)
    found = in_canonical_unit(weights)
    np.testing.assert_allclose(found / found.max(), weights / weights.max(), rtol=1e-7)


@pytest.mark.parametrize("factor", [1e-300, 1e-38, 0.37, 3.5e38, 1.7e308])
def test_a_fit_is_the_same_in_any_unit(factor):
    X, y = clouds(120)
    weights = np.linspace(0.2, 1.0, len(X))
    expected = tiny().fit(X, y, weights).predict_proba(X)
    assert_array_equal(tiny().fit(X, y, weights * factor).predict_proba(X), expected)


@pytest.mark.parametrize("factor", [1e-38, 3.5e38])
def test_a_part_in_a_unit_that_cannot_be_added_up_is_refused(factor):
    X, y = clouds(30)
    with pytest.raises(ValueError, match=r"^sample_weight holds weights from .* in the same unit in all calls\.$"):
        tiny().partial_fit(X, y, classes=np.unique(y), sample_weight=np.full(len(X), factor))
