"""Splits: by class, groups whole, no class without training rows, and clear words where that cannot be."""

import random

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.splitting import cross_fit, hold_out, n_spare


def counts(codes, rows):
    """Rows of each class, as a list."""
    return np.bincount(codes[rows], minlength=codes.max() + 1).tolist()


def plain(*class_counts):
    """(codes, groups) of that many different rows of each class."""
    codes = np.repeat(np.arange(len(class_counts)), class_counts)
    return codes, np.arange(codes.size)


def noisy_groups(n_rows, seed, n_classes=4):
    """(codes, groups) with groups of several rows, which may hold several classes."""
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, max(2, n_rows // 2), n_rows))
    codes = rng.choice(n_classes, n_rows, p=np.array([0.6, 0.3, 0.08, 0.02]))
    codes[:n_classes] = np.arange(n_classes)
    return codes, groups


@pytest.mark.parametrize(
    "class_counts, fraction, held",
    [
        ((100, 50), 0.1, [10, 5]),
        ((100, 50), 15, [10, 5]),  # as many rows
        ((10, 10), 0.25, [3, 2]),  # which class gives the odd row is left to the seed
        ((1000, 4), 0.1, [100, 1]),  # four different rows: one is held out, though its share is .4
        ((1000, 3), 0.1, [101, 0]),  # three: all of them train
        ((1000, 1), 0.1, [100, 0]),  # one always trains
        ((2, 2), 0.5, [1, 1]),
        ((5, 5), 0.8, [4, 4]),
        ((9, 1, 1, 1), 0.01, [1, 0, 0, 0]),  # rounded up
        ((50, 50), 0.07, [4, 3]),  # .07 * 100 is just above 7 in floating point
    ],
)
def test_each_class_gives_its_share(class_counts, fraction, held):
    codes, groups = plain(*class_counts)
    train, held_out = hold_out(codes, groups, fraction, seed=0)
    assert sorted(counts(codes, held_out)) == sorted(held)
    assert_array_equal(np.sort(np.concatenate([train, held_out])), np.arange(codes.size))
    assert (np.diff(train) > 0).all() and (np.diff(held_out) > 0).all()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("fraction", [0.05, 0.3, 0.6, 7])
def test_groups_stay_whole_and_every_class_keeps_a_training_row(seed, fraction):
    codes, groups = noisy_groups(100, seed)
    train, held_out = hold_out(codes, groups, fraction, seed)
    assert not set(groups[train]) & set(groups[held_out])
    assert set(codes[train]) == set(codes)
    assert train.size + held_out.size == 100 and held_out.size > 0


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("n_parts", [2, 3, 8])
def test_cross_fitting_leaves_every_class_a_training_row_in_every_part(seed, n_parts):
    codes, groups = noisy_groups(120, seed)
    parts = cross_fit(codes, groups, n_parts, seed)
    held = np.concatenate(parts)
    assert len(parts) == n_parts and len(set(held.tolist())) == held.size
    for part in parts:
        train = np.setdiff1d(np.arange(120), part)
        assert set(codes[train]) == set(codes)
        assert not set(groups[train]) & set(groups[part])
    for row in np.setdiff1d(np.arange(120), held):  # what is never held out belongs to a class with few groups
        rarest = min((np.unique(groups[codes == c]).size, c) for c in codes[groups == groups[row]])
        assert rarest[0] <= 2


def test_parts_share_every_class_evenly():
    codes, groups = plain(100, 41, 9)
    parts = cross_fit(codes, groups, 4, seed=0)
    by_part = np.array([counts(codes, part) for part in parts])
    assert (np.ptp(by_part, axis=0) <= 1).all()
    assert np.ptp(by_part.sum(axis=1)) <= 1
    assert by_part.sum() == 150


def test_rows_of_a_class_within_one_group_are_in_no_part():
    codes = np.array([0] * 10 + [1, 1, 2])
    groups = np.append(np.arange(10), [10, 10, 11])
    parts = cross_fit(codes, groups, 2, seed=0)
    assert_array_equal(np.sort(np.concatenate(parts)), np.arange(10))
    train, held_out = hold_out(codes, groups, 0.5, seed=0)
    assert set(codes[held_out]) == {0} and set(codes[train]) == {0, 1, 2}


def test_there_are_no_more_parts_than_groups_to_hold_out():
    codes, groups = plain(2, 1, 2)
    parts = cross_fit(codes, groups, 8, seed=0)
    assert sorted(part.tolist() for part in parts) == [[0], [1], [3], [4]]
    assert cross_fit(*plain(1, 1), 8, seed=0) == []


def test_a_class_that_shares_all_its_groups_with_rarer_ones_is_never_lost():
    codes = np.array([0, 1, 0, 1, 1, 0, 2, 0, 2, 2])
    groups = np.array([0, 0, 1, 1, 2, 3, 3, 4, 4, 5])
    for seed in range(100):
        train, _ = hold_out(codes, groups, 0.6, seed)
        assert set(codes[train]) == {0, 1, 2}
        for part in cross_fit(codes, groups, 2, seed):
            assert set(np.delete(codes, part)) == {0, 1, 2}


@pytest.mark.parametrize("split", [lambda c, g, s: hold_out(c, g, 0.3, s)[1], lambda c, g, s: cross_fit(c, g, 3, s)[0]])
def test_a_seed_decides_the_split_and_no_global_generator_is_used(split):
    codes, groups = plain(60, 40)
    random.seed(0), np.random.seed(0)
    before = random.getstate(), np.random.get_state()[1].tolist()
    first = split(codes, groups, 5)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    np.random.seed(1)
    assert_array_equal(split(codes, groups, 5), first)
    assert not np.array_equal(split(codes, groups, 6), first)


def test_what_groups_are_called_changes_nothing():
    codes, groups = noisy_groups(100, 0)
    _, expected = hold_out(codes, groups, 0.3, 0)
    assert_array_equal(hold_out(codes, groups * 7 + 3, 0.3, 0)[1], expected)


def test_groups_need_not_stand_together():
    codes, groups = noisy_groups(100, 0)
    order = np.random.default_rng(0).permutation(100)
    train, held_out = hold_out(codes[order], groups[order], 0.3, 0)
    assert not set(groups[order][train]) & set(groups[order][held_out])
    assert set(codes[order][train]) == set(codes)


def test_every_row_of_a_class_is_held_out_by_some_seed():
    codes, groups = plain(20, 5)
    held = {row for seed in range(200) for row in hold_out(codes, groups, 0.2, seed)[1].tolist()}
    assert held == set(range(25))


def test_with_fewer_held_out_rows_than_classes_every_class_has_its_chance():
    codes, groups = plain(*[4] * 50)
    train, held_out = hold_out(codes, groups, 10, seed=0)
    assert held_out.size == 10 and len(set(codes[held_out])) == 10
    assert set(codes[train]) == set(range(50))
    seen = {code for seed in range(100) for code in codes[hold_out(codes, groups, 10, seed)[1]].tolist()}
    assert seen == set(range(50))


def test_200_classes_of_2_rows_can_be_split():
    codes, groups = plain(*[2] * 200)
    train, held_out = hold_out(codes, groups, 0.1, seed=0)
    assert held_out.size == 40 and set(codes[train]) == set(range(200))


@pytest.mark.parametrize(
    "class_counts, fraction, expected",
    [
        (
            (5, 5),
            0.9,
            "validation_fraction=0.9 holds out 9 of 10 different rows, which leaves 1 training rows for 2 classes. "
            "Pass validation_fraction=0.8 or less, or more rows.",
        ),
        (
            (5, 5),
            12,
            "validation_fraction=12 holds out 12 of 10 different rows, which leaves 0 training rows for 2 classes. "
            "Pass validation_fraction=8 or less, or more rows.",
        ),
        (
            (1, 1, 1),
            0.1,
            "No row can be held out: no class has two different rows, and each class needs one training row. Pass more "
            "rows (with groups: rows of more groups), or early_stopping=False, or your own held-out rows as X_val and "
            "y_val.",
        ),
    ],
)
def test_a_fraction_that_leaves_nothing_says_what_fits(class_counts, fraction, expected):
    with pytest.raises(ValueError) as caught:
        hold_out(*plain(*class_counts), fraction, seed=0)
    assert str(caught.value) == expected


@pytest.mark.parametrize("class_counts", [(5, 5), (2, 2), (7, 1, 30), (1000, 2)])
def test_the_fraction_that_the_error_offers_fits(class_counts):
    codes, groups = plain(*class_counts)
    with pytest.raises(ValueError) as caught:
        hold_out(codes, groups, 0.9999, seed=0)
    offered = float(str(caught.value).split("Pass validation_fraction=")[1].split(" ")[0])
    train, _ = hold_out(codes, groups, offered, seed=0)
    assert set(codes[train]) == set(codes)


@pytest.mark.parametrize("class_counts, expected", [((5, 5), 8), ((1, 1), 0), ((3, 1), 2)])
def test_n_spare_is_the_most_that_can_be_held_out(class_counts, expected):
    codes, groups = plain(*class_counts)
    assert n_spare(codes, groups) == expected
    if expected:
        assert hold_out(codes, groups, expected, seed=0)[1].size == expected
