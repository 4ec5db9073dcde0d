"""Sample weights: numbers are read, the rest is refused with what fits, and ones take no memory."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_array_equal

from robust_mlp._data.sample_weights import check_weights, in_canonical_unit, one_each, weights_of
from tests.tiny_fits import clouds, tiny


@pytest.mark.parametrize(
    "given",
    [
        [1, 2, 0],
        (1.0, 2.0, 0.0),
        np.array([1, 2, 0], dtype=np.int8),
        np.array([1, 2, 0], dtype=np.float32),
        pd.Series([1, 2, 0], index=[7, 8, 9]),
        ["1", "2", "0"],
    ],
    ids=lambda given: type(given).__name__,
)
def test_any_array_like_of_numbers_is_read_as_float64(given):
    weights = check_weights(given, 3)
    assert weights.dtype == np.float64
    assert_array_equal(weights, [1, 2, 0])


def test_none_counts_every_row_once():
    weights = check_weights(None, 4)
    assert weights.dtype == np.float64
    assert_array_equal(weights, np.ones(4))


def test_the_users_array_is_not_written_to():
    given = np.array([1.0, 2.0])
    weights = check_weights(given, 2)
    assert_array_equal(weights, given)
    assert given.flags.writeable


@pytest.mark.parametrize(
    "given, message",
    [
        ([1.0, 2.0], "sample_weight holds 2 weights, but X has 3 rows. Pass one weight for each row."),
        (
            [[1.0], [1.0], [1.0]],
            "sample_weight has shape (3, 1). Sample weights must be 1D array or scalar-like: pass one number per row.",
        ),
        (
            [1.0, 2.0, -0.5],
            "sample_weight holds negative weights: -0.5 at row 2. Weights say how often a row counts; drop a row with "
            "weight 0.",
        ),
        (np.ones(3) + 1j, "sample_weight holds complex numbers. Pass one real number for each row."),
        (
            [0.0, 0.0, 0.0],
            "All weights in sample_weight are zero, which leaves no row. Give some row a weight above 0.",
        ),
        (
            ["a", "b", "c"],
            "sample_weight cannot be read as numbers: could not convert string to float: 'a'. Pass one number for each "
            "row.",
        ),
    ],
)
def test_what_cannot_weigh_rows_is_refused_with_what_fits(given, message):
    with pytest.raises(ValueError) as caught:
        check_weights(given, 3)
    assert str(caught.value) == message


@pytest.mark.parametrize("value, word", [(np.nan, "NaN"), (np.inf, "infinity")])
def test_weights_that_are_no_numbers_are_refused_in_scikit_learns_words(value, word):
    with pytest.raises(ValueError, match=rf"Input sample_weight contains {word}"):
        check_weights([1.0, value, 1.0], 3)


def test_a_masked_weight_is_missing_and_not_what_lies_below_the_mask():
    with pytest.raises(ValueError, match=r"sample_weight contains NaN: 1 of its values are masked\. Pass "):
        check_weights(np.ma.array([1, 9, 1], mask=[False, True, False]), 3)
    assert check_weights(np.ma.array([1, 9, 1]), 3).tolist() == [1, 9, 1]


def test_scikit_learn_may_be_told_to_look_at_no_values():
    with sklearn.config_context(assume_finite=True), pytest.raises(ValueError, match="contains infinity"):
        check_weights([1.0, np.inf, 1.0], 3)


def test_messages_call_the_weights_as_they_were_passed():
    with pytest.raises(ValueError, match=r"^All weights in sample_weight_val are zero"):
        check_weights(np.zeros(2), 2, name="sample_weight_val")


def test_a_weight_that_is_as_good_as_zero_is_no_zero():
    assert_array_equal(check_weights([0.0, 5e-324], 2), [0.0, 5e-324])


@pytest.mark.parametrize("n_rows", [0, 1, 10**9])
def test_ones_are_a_single_number_in_memory_that_nobody_writes_to(n_rows):
    weights = one_each(n_rows)
    assert weights.shape == (n_rows,) and weights.dtype == np.float64
    assert weights.strides == (0,)
    assert not weights.flags.writeable


def test_chosen_rows_of_ones_stay_a_single_number():
    rows = np.arange(0, 10**6, 2)
    chosen = weights_of(one_each(10**6), rows)
    assert chosen.shape == rows.shape and chosen.strides == (0,)
    assert chosen[0] == 1.0


@pytest.mark.parametrize("rows", [[2, 0, 2], [], [1]])
def test_chosen_rows_have_their_weights(rows):
    rows, weights = np.array(rows, dtype=np.intp), np.array([3.0, 5.0, 7.0])
    assert_array_equal(weights_of(weights, rows), weights[rows])
    assert_array_equal(weights_of(one_each(3), rows), np.ones(len(rows)))


def test_no_row_of_no_rows_can_be_chosen():
    assert weights_of(one_each(0), np.arange(0)).shape == (0,)


def test_no_weights_stay_a_single_one_in_memory():
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
