"""Sample weights: numbers are read, the rest is refused with what fits, and ones take no memory."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.sample_weights import check_weights, one_each, weights_of


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


@pytest.mark.parametrize("given, named", [([0.0, -0.5, 1.0], "-0.5 at row 1"), ([1.0, -2.0, -3.0], "-2 at row 1")])
def test_the_first_negative_weight_is_named_and_a_zero_before_it_is_not(given, named):
    with pytest.raises(ValueError, match=rf"negative weights: {named}\. "):
        check_weights(given, 3)
