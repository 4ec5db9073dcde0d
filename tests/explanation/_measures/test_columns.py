"""Columns on an axis, and the grid of their values: every value of a grid is the value of a row."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.explanation._measures.columns import DATE, LEVELS, MOST_LEVELS, NUMBER, grid_of
from tests.explanation.known_answers import mixed_table, views


def test_columns_are_numbers_levels_and_dates_under_their_names():
    found = views(mixed_table()[0])
    assert [(view.name, view.kind) for view in found] == [
        ("age", NUMBER), ("city", LEVELS), ("day", DATE), ("income", NUMBER),
    ]  # fmt: skip
    assert [view.name for view in views(np.zeros((3, 2)))] == ["x0", "x1"]


def test_values_are_shown_as_the_user_has_them():
    frame, _ = mixed_table()
    found = views(frame)
    assert found[1].shown(found[1].axis[0]) == frame["city"].iloc[0]
    assert found[2].shown(found[2].axis[0]) == str(np.datetime64(frame["day"].iloc[0], "s"))
    assert found[0].shown(found[0].axis[0]) == frame["age"].iloc[0]
    assert found[3].shown(float("nan")) is None


def test_the_typical_row_holds_the_median_or_the_most_frequent_level():
    frame = pd.DataFrame({"n": [5.0, np.nan, 1.0, 3.0], "c": ["a", "b", "b", "a"], "e": [np.nan] * 4})
    frame["c"] = pd.Categorical(["a", "b", "b", None])
    found = views(frame)
    assert [view.typical_row for view in found] == [3, 1, 0]


def test_a_grid_of_numbers_has_as_many_rows_in_each_piece_and_holds_values_of_rows():
    X = np.random.default_rng(0).exponential(size=(401, 1))
    (view,) = views(X)
    grid = grid_of(view, np.arange(401))
    assert len(grid) == 21
    assert (np.diff(grid.axis) > 0).all()
    np.testing.assert_array_equal(X[grid.rows, 0], grid.axis)
    assert (grid.axis[0], grid.axis[-1]) == (X.min(), X.max())
    counts = np.bincount(grid.places(view.axis))
    assert counts[0] == 0  # the smallest value belongs to the first piece
    assert set(counts[1:]) <= {20, 21}


def test_few_values_are_all_in_the_grid_and_missing_ones_in_no_piece():
    (view,) = views(np.array([[1.0], [2.0], [np.nan], [2.0], [7.0]]))
    grid = grid_of(view, np.arange(5))
    assert grid.axis.tolist() == [1.0, 2.0, 7.0]
    assert grid.places(view.axis).tolist() == [1, 1, -1, 1, 2]


def test_a_grid_of_levels_holds_the_most_frequent():
    names = [f"l{i:02d}" for i in range(30) for _ in range(i + 1)]
    (view,) = views(pd.DataFrame({"c": pd.Categorical(names)}))
    grid = grid_of(view, np.arange(len(names)))
    assert len(grid) == MOST_LEVELS
    assert grid.axis.tolist() == list(range(10, 30))
    places = grid.places(view.axis)
    assert set(places[np.array(names) < "l10"]) == {-1}
    assert places[names.index("l12")] == 2


@pytest.mark.parametrize("cells", [[[4.0]] * 5, [[np.nan]] * 5])
def test_a_column_without_two_values_has_a_grid_without_steps(cells):
    (view,) = views(np.array(cells))
    grid = grid_of(view, np.arange(5))
    assert len(grid) <= 1
