"""Splits of a fit: groups stay together, the last rows are the last, and mistakes are named before any training."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.splits import check_groups, last_rows, merge_and_group, split_rows


def table(n_groups=40, size=5, seed=0):
    """Rows in shuffled order, with groups: LabelledTable."""
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(n_groups), size))
    X = rng.normal(size=(n_groups * size, 3))
    return LabelledTable(X, (groups % 2).astype(np.int32), np.ones(len(X)), groups=groups)


@pytest.mark.parametrize("n_members", [1, 4, 12])
def test_no_split_parts_a_group(n_members):
    rows = table()
    pairs, merged, groups = merge_and_group(rows)
    assert pairs is merged
    split = split_rows(RobustMLPClassifier(), n_members, merged, groups, None, 0)
    assert len(split.train) == n_members
    for train, held_out, folds in zip(split.train, split.held_out, split.folds, strict=True):
        assert len(held_out) and not set(rows.groups[train]) & set(rows.groups[held_out])
        for fold in np.unique(folds):
            inside, outside = rows.groups[held_out[folds == fold]], rows.groups[held_out[folds != fold]]
            assert not set(inside) & set(outside)


def test_equal_rows_of_one_group_are_one_row_and_of_two_groups_two():
    X = np.array([[1.0], [1.0], [1.0], [2.0]])
    rows = LabelledTable(X, np.array([0, 0, 0, 1], np.int32), np.ones(4), groups=np.array([0, 0, 1, 1]))
    _, merged, groups = merge_and_group(rows)
    assert sorted(zip(X[merged.index, 0], groups, merged.weights, strict=True)) == [(1, 0, 2), (1, 1, 1), (2, 1, 1)]


def test_without_groups_rows_are_merged_as_ever():
    rows = table()
    rows = LabelledTable(rows.X, rows.codes, rows.weights)
    _, merged, groups = merge_and_group(rows)
    np.testing.assert_array_equal(merged.index, merge_rows(rows.X, rows.codes, rows.weights).index)
    np.testing.assert_array_equal(groups, merged.groups)


def test_the_rest_is_what_nobody_holds_out():
    rows = table(n_groups=7, size=3)
    _, merged, groups = merge_and_group(rows)
    groups = np.where(rows.codes[merged.index] == 1, 99, groups)  # one class in a single group: it always trains
    split = split_rows(RobustMLPClassifier(), 3, merged, groups, None, 0)
    np.testing.assert_array_equal(np.sort(np.concatenate([*split.held_out, split.rest])), np.arange(len(rows)))
    assert (rows.codes[split.rest] == 1).all() and len(split.rest) == np.count_nonzero(rows.codes == 1)


def test_groups_may_be_texts_numbers_or_dates():
    assert check_groups(None, 3) is None
    for groups in (
        ["b", "a", "b"],
        pd.Series(["b", "a", "b"], dtype="category"),
        pd.Series([2, 1, 2]),
        [7.5, 1.0, 7.5],
        np.array(["2024-02", "2023-01", "2024-02"], "M8[M]"),
    ):
        assert check_groups(groups, 3).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    "groups, message",
    [
        ([1, 2], r"^groups has shape \(2,\), but X has 3 rows\. Pass one group for each row\.$"),
        ([[1], [2], [3]], r"^groups has shape \(3, 1\), but X has 3 rows\."),
        ([1.0, np.nan, 2.0], r"^groups is missing in 1 rows, first in row 1\. Give each row a group;"),
        (np.array(["a", None, None], dtype=object), r"^groups is missing in 2 rows, first in row 1\."),
        (pd.Series([1, None, 2], dtype="Int64"), r"^groups is missing in 1 rows, first in row 1\."),
        (np.array(["2024-01", "NaT", "2024-02"], "M8[M]"), r"^groups is missing in 1 rows, first in row 1\."),
        ([4, 4, 4], r"^groups holds one group for all rows, so no row can be held out\."),
        (np.array(["a", 1, 2], dtype=object), r"^groups mixes types that cannot be sorted\."),
    ],
)
def test_groups_that_cannot_be_used_are_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        check_groups(groups, 3)


def test_groups_of_rows_without_weight_do_not_count():
    with pytest.raises(ValueError, match="one group for all rows"):
        check_groups([1, 2, 2], 3, is_used=np.array([False, True, True]))


def test_the_last_rows_are_counted_among_those_with_weight():
    used = np.array([True, False, True, True, True, False])
    assert np.flatnonzero(last_rows(used, 0.25)).tolist() == [4]
    assert np.flatnonzero(last_rows(used, 2)).tolist() == [3, 4]
    assert np.flatnonzero(last_rows(np.ones(100, bool), 0.07)).tolist() == list(range(93, 100))
    with pytest.raises(ValueError, match="validation='last' with validation_fraction=4 holds out 4 of 4 rows"):
        last_rows(used, 4)
