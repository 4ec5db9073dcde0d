"""Inputs that a member's training rows leave constant: found for each member, whatever other members see."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from robust_mlp._data.constant_inputs import absent_inputs, constant_inputs

NONE = np.array([], dtype=int)


def by_hand(rows, parts):
    """The same, one member and one input after the other."""
    values = np.full((len(parts), rows.shape[1]), np.nan)
    for member, part in enumerate(parts):
        train = np.setdiff1d(np.arange(len(rows)), part)
        for j, column in enumerate(rows.T):
            if np.ptp(column) > 0 and np.ptp(column[train]) == 0:
                values[member, j] = column[train[0]]
    return values


@pytest.mark.parametrize("seed", range(5))
def test_they_are_what_a_look_at_each_members_rows_finds(seed):
    rng = np.random.default_rng(seed)
    rows = np.where(rng.random((60, 40)) < 0.03, rng.normal(size=(60, 40)), 7.0).astype(np.float32)
    rows[:, :3] = rng.normal(size=(60, 3))
    order = rng.permutation(60)
    parts, rest = np.array_split(order[:50], 4), order[50:]
    found = constant_inputs(rows, parts, rest)
    expected = by_hand(rows, parts)
    assert 0 < np.count_nonzero(~np.isnan(expected)) < expected.size
    np.testing.assert_array_equal(found, expected.astype(np.float32))


def test_a_table_whose_inputs_all_vary_has_none_and_so_has_a_column_that_never_varies():
    rows = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    rows[:, 2] = 1.0
    assert constant_inputs(rows, np.array_split(np.arange(40), 4), NONE) is None


def test_a_single_odd_row_leaves_the_others_constant_for_the_member_that_holds_it_out():
    rows = np.zeros((6, 1), np.float32)
    rows[4] = 9
    values = constant_inputs(rows, [np.array([0, 1]), np.array([4])], np.array([2, 3, 5]))
    np.testing.assert_array_equal(values, [[np.nan], [0]])


def test_absent_inputs_are_the_constant_zeros_of_the_dense_rows():
    rng = np.random.default_rng(0)
    dense = np.where(rng.random((60, 40)) < 0.03, 1.0, 0.0).astype(np.float32)
    parts, rest = np.array_split(np.arange(50), 4), np.arange(50, 60)
    expected = constant_inputs(dense, parts, rest)
    assert_array_equal(absent_inputs(sparse.csr_array(dense), parts, rest), expected)
    assert np.count_nonzero(expected == 0) > 3


def test_rows_that_nobody_uses_do_not_count():
    rows = sparse.csr_array(np.array([[1.0], [0.0], [0.0], [1.0]]))
    absent = absent_inputs(rows, [np.array([0]), np.array([1])], np.array([2]))
    assert_array_equal(absent, [[0.0], [np.nan]])
