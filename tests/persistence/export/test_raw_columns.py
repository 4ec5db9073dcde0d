"""The columns that an exported model takes."""

import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from robust_mlp._data.dates import DateReader
from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.large_integers import LargeIntegerReader
from robust_mlp._data.tables import TableReader, read_table
from robust_mlp.persistence.export.raw_columns import (
    DATES,
    INTEGERS,
    LEVEL_NUMBERS,
    MISSING_INTEGER,
    NUMBERS,
    TEXTS,
    RawColumn,
    raw_table,
)


def table_of(X, categorical_features="from_dtype"):
    """The RawTable that a fit to `X` leads to."""
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=categorical_features, reset=True)
    n_rows = len(matrix)
    return raw_table(learn_encoding(matrix, reader, np.arange(n_rows), np.ones(n_rows), "standard"), reader)


def frame():
    return pd.DataFrame(
        {
            "number": [1.5, 2.5, np.nan],
            "truth": [True, False, True],
            "text": ["a", "b", None],
            "grade": pd.Categorical([1, 2, 2]),
            "date": pd.to_datetime(["2020-01-01", None, "2021-05-05"]),
            "time": pd.to_timedelta([1, 2, 3], unit="s"),
            "id": [2**60, 2**60 + 1, 2**60 + 2],
        }
    )


def test_each_column_of_a_frame_is_an_input_of_its_kind():
    table = table_of(frame())
    assert not table.is_matrix
    assert {column.name: column.kind for column in table.columns} == {
        "number": NUMBERS, "truth": NUMBERS, "text": TEXTS, "grade": LEVEL_NUMBERS, "date": DATES, "time": NUMBERS,
        "id": INTEGERS,
    }  # fmt: skip


@pytest.mark.parametrize(
    "X, categorical_features, kinds",
    [
        (np.eye(3), None, [NUMBERS] * 3),
        (np.eye(3, dtype=int), [1], [NUMBERS, LEVEL_NUMBERS, NUMBERS]),
        (pd.DataFrame(np.eye(3)), "from_dtype", [NUMBERS] * 3),  # its columns are called 0, 1, 2
    ],
)
def test_numbers_without_names_are_one_matrix(X, categorical_features, kinds):
    table = table_of(X, categorical_features)
    assert table.is_matrix
    assert [column.kind for column in table.columns] == kinds


def test_a_category_without_a_level_leaves_a_matrix_of_numbers_one():
    table = table_of(np.column_stack([np.arange(4.0), np.full(4, np.nan)]), [1])
    assert table.is_matrix
    assert (table.columns[1].kind, table.columns[1].levels.levels) == (LEVEL_NUMBERS, ())
    (column,) = table_of(pd.DataFrame({"c": pd.Series([None, None], dtype="category")})).columns
    assert (column.kind, column.levels.with_missing(("", "NA"))) == (TEXTS, (["", "NA"], [1, 1]))


def test_texts_without_names_are_inputs_by_their_place():
    table = table_of(np.array([["a", 1.0], ["b", 2.0], [None, 3.0]], dtype=object), [0])
    assert not table.is_matrix
    assert [(column.name, column.kind) for column in table.columns] == [("x0", TEXTS), ("x1", NUMBERS)]


def test_a_level_has_its_place_and_what_was_rare_or_never_seen_has_that_of_unknown_levels():
    (column,) = table_of(pd.DataFrame({"text": ["b", "a", None, "b"]})).columns
    assert dict(zip(column.levels.levels, column.levels.places.tolist(), strict=True)) == {"a": 1, "b": 2}
    assert (column.levels.missing, column.levels.unknown, column.levels.width) == (3, 0, 3)
    assert column.levels.one_hot.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_a_text_that_is_a_level_does_not_stand_for_a_missing_value():
    (column,) = table_of(pd.DataFrame({"text": ["nan", "a", None, "b"]})).columns
    texts, places = column.levels.with_missing(("", "nan", "", "NA"))
    assert texts == ["a", "b", "nan", "", "NA"]
    assert places == [1, 2, 3, 4, 4]


def test_without_missing_values_in_training_they_are_unknown_levels():
    (column,) = table_of(pd.DataFrame({"text": ["a", "b"]})).columns
    assert column.levels.with_missing(("", "NA"))[0] == ["a", "b"]


@pytest.mark.parametrize(
    "levels, message",
    [
        ([1, "1", 2], "Two levels of column 'c' are '1' as text: one is a text and one is not"),
        ([2**53 + 1, 5, 7], "The levels of column 'c' are numbers that floats do not tell apart"),
    ],
)
def test_levels_that_an_input_cannot_hold_are_refused(levels, message):
    with pytest.raises(ValueError, match=message):
        table_of(pd.DataFrame({"c": pd.Series(levels, dtype=object)}), ["c"])


def test_levels_of_other_types_are_their_text():
    days = [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)]
    (column,) = table_of(pd.DataFrame({"c": pd.Series(days, dtype=object)}), ["c"]).columns
    assert (column.kind, column.levels.levels) == (TEXTS, ("2020-01-01", "2020-01-02"))


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match=r"Column 1 has an empty name, and an input needs one"):
        table_of(pd.DataFrame({"a": [1.0, 2.0], "": [3.0, 4.0]}))


def test_whole_numbers_beyond_64_bits_with_a_sign_are_refused():
    with pytest.raises(ValueError, match=rf"Column 'id' holds whole numbers from {2**63} on"):
        table_of(pd.DataFrame({"id": np.array([2**63, 2**63 + 1], dtype=np.uint64)}))


def test_a_reader_that_nobody_knows_is_refused_by_the_name_of_the_column():
    class Other:
        def names(self, name):
            return (name,)

    encoding = table_of(np.eye(2)).encoding
    with pytest.raises(ValueError, match=r"Column 'c' is read by Other, which an exported model cannot do"):
        raw_table(encoding, TableReader(("number",), (None,), ("c",), (Other(),)))


@pytest.mark.parametrize(
    "column, words",
    [
        (RawColumn("a", NUMBERS), "NaN"),
        (RawColumn("a", TEXTS), "empty text"),
        (RawColumn("a", DATES, DateReader(0, 1, (), "Europe/Zurich")), "clocks in Europe/Zurich"),
        (RawColumn("a", INTEGERS, LargeIntegerReader(2**60)), str(MISSING_INTEGER)),
    ],
)
def test_a_description_says_what_to_pass(column, words):
    assert words in column.description
