"""Which columns are numbers, categories, dates or durations: by dtype, by what the user says, by what cells hold."""

import datetime

import numpy as np
import pandas as pd
import pytest

from robust_mlp._data.column_kinds import called, columns_of, is_objects, is_plain, is_times, learn_kinds


@pytest.mark.parametrize(
    "X, expected",
    [
        (np.zeros((2, 2)), False),
        (pd.DataFrame({"a": [1.0, 2.0]}), True),
        (pd.DataFrame({"a": ["x", "y"]}), False),
        (pd.DataFrame({"a": pd.Categorical(["x", "y"])}), False),
        (pd.DataFrame({"a": pd.to_datetime(["2024-01-01", "2024-01-02"])}), False),
    ],
    ids=["array", "numbers", "text", "categories", "dates"],
)
def test_frames_of_numbers_alone_need_no_look_at_their_columns(X, expected):
    assert is_plain(X) is expected


def test_objects_and_times_are_told_from_numbers():
    assert is_objects(np.array([["a", 1]], dtype=object)) and not is_objects(np.zeros((1, 2)))
    assert is_times(np.array([["2024-01-01"]], dtype="M8[D]")) and not is_times(np.zeros((1, 2)))
    assert is_times(np.array([[3]], dtype="m8[s]"))


def test_a_column_is_called_by_its_name_or_its_number():
    assert "'age'" in called(2, "age")
    assert "2" in called(2, None)


def test_the_columns_of_every_container_come_in_order():
    frame = pd.DataFrame({"b": [1, 2], "a": [3, 4]})
    assert [name for _, name, _ in columns_of(frame)] == ["b", "a"]
    assert [j for j, _, _ in columns_of(frame.to_numpy())] == [0, 1]


MIXED = pd.DataFrame(
    {
        "size": [1.5, 2.5, 3.5],
        "town": ["x", "y", "x"],
        "day": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-03-01"]),
        "took": pd.to_timedelta([1, 2, 3], unit="h"),
    }
)


def kinds_of(X, categorical_features="from_dtype"):
    kinds, _ = learn_kinds(X, categorical_features)
    return kinds


def test_dates_and_durations_are_the_same_with_and_without_a_list_of_categories():
    by_dtype, by_name = kinds_of(MIXED), kinds_of(MIXED, ["town"])
    assert by_dtype is not None
    assert [str(kind) for kind in by_dtype] == [str(kind) for kind in by_name]


def test_an_array_of_numbers_needs_no_kinds_unless_some_are_categories():
    X = np.arange(6.0).reshape(3, 2)
    assert kinds_of(X) is None
    assert kinds_of(X, [False, False]) is None
    assert len(kinds_of(X, [True, False])) == 2


def test_python_dates_in_an_array_of_objects_are_dates():
    days = np.array([[datetime.date(2024, 1, 1 + i), "x"] for i in range(3)], dtype=object)
    frame = pd.DataFrame({"day": pd.to_datetime(["2024-01-01"] * 3), "town": ["x"] * 3})
    assert str(kinds_of(days)[0]).split("(")[0] == str(kinds_of(frame)[0]).split("(")[0]
