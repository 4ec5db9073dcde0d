"""Levels that a member does not know from its own rows: who knows which, and the copies of rows that say so."""

import numpy as np
from numpy.testing import assert_array_equal

from robust_mlp._data.rare_levels import forget, rare_codes, with_forgotten


def test_a_level_is_rare_for_the_member_that_holds_out_one_of_its_two_rows():
    codes = np.array([[1], [1], [2], [2], [2], [0]])
    train = [np.array([1, 2, 3, 4, 5]), np.array([0, 1, 4, 5])]
    (is_rare,) = rare_codes(codes, (3,), train, np.ones(6))
    assert is_rare.tolist() == [[False, True, False], [False, False, True]]


def test_weights_count_as_rows_and_a_rule_that_all_members_share_is_none():
    codes, train = np.array([[1], [1]]), [np.array([0]), np.array([1])]
    assert rare_codes(codes, (2,), train, np.array([2.0, 3.0])) is None
    (is_rare,) = rare_codes(codes, (2,), train, np.array([2.0, 1.0]))
    assert is_rare.tolist() == [[False, False], [False, True]]


def test_a_held_out_row_never_decides_whether_its_own_level_is_known():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 200, (500, 1))
    parts = np.array_split(rng.permutation(500), 6)
    train = [np.setdiff1d(np.arange(500), part) for part in parts]
    (is_rare,) = rare_codes(codes, (200,), train, np.ones(500))
    for member, part in enumerate(parts):
        for row in part:
            n_others = np.count_nonzero(codes[train[member], 0] == codes[row, 0])
            assert is_rare[member, codes[row, 0]] == (n_others < 2 and codes[row, 0] > 0)


def test_copies_are_pointed_to_by_the_members_that_need_them_and_made_once():
    rows = np.array([[0.1, 1, 1], [0.2, 1, 2], [0.3, 2, 1]], dtype=np.float32)
    rare = (
        np.array([[False, True, False], [False, False, False]]),
        np.array([[False, False, True], [False, True, False]]),
    )
    train, held_out = [np.array([0, 1]), np.array([1, 2])], [np.array([2]), np.array([0])]
    extended, origin, (train, held_out) = with_forgotten(rows, rare, train, held_out)
    assert_array_equal(extended[:3], rows)
    assert_array_equal(extended[:, 0], rows[origin, 0])
    assert extended[train[0], 1:].tolist() == [[0, 1], [0, 0]]
    assert extended[train[1], 1:].tolist() == [[1, 2], [2, 0]]
    assert extended[held_out[0], 1:].tolist() == [[2, 1]]
    assert extended[held_out[1], 1:].tolist() == [[1, 0]]
    assert [origin[rows].tolist() for rows in (*train, *held_out)] == [[0, 1], [1, 2], [2], [0]]
    assert len(np.unique(extended[3:], axis=0)) == len(extended) - 3


def test_forgetting_changes_codes_alone():
    rows = np.array([[1, 1], [1, 2]], dtype=np.float32)
    forget(rows, (np.array([[False, True, False]]),), 0)
    assert rows.tolist() == [[1, 0], [1, 2]]
