"""Shares of a whole are told from other rows of numbers, rounding forgiven."""

import numpy as np
import pytest

from robust_mlp.inspection._read.distributions import ROW_SUM_TOLERANCE, are_shares, sum_to_one

ROWS = np.random.default_rng(0).dirichlet([1, 2, 3], 50)


@pytest.mark.parametrize(
    "rows", [ROWS, ROWS.astype(np.float32), ROWS.astype(np.float16), ROWS.round(4), np.eye(3), np.ones((4, 1))]
)
def test_probabilities_are_shares_however_they_were_rounded(rows):
    assert sum_to_one(rows) and are_shares(rows)


@pytest.mark.parametrize("rows", [2 * ROWS, np.eye(3) * 255, np.zeros((3, 2)), np.vstack([ROWS, [0.5, 0.5, 0.5]])])
def test_one_row_of_another_sum_is_enough_to_say_no(rows):
    assert not sum_to_one(rows) and not are_shares(rows)


def test_numbers_below_zero_are_no_shares_whatever_their_sum():
    rows = np.array([[1.5, -0.5], [0.3, 0.7]])
    assert sum_to_one(rows) and not are_shares(rows)


def test_the_tolerance_is_of_the_sum():
    assert sum_to_one(np.full((1, 2), 0.5 + 0.49 * ROW_SUM_TOLERANCE))
    assert not sum_to_one(np.full((1, 2), 0.5 + 0.51 * ROW_SUM_TOLERANCE))
