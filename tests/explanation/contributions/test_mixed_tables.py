"""Mixed rows of frames, arrays and sparse matrices: each cell from its row, each column with its dtype."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from robust_mlp.explanation.contributions._mixed_tables import (
    MixedTable,
    as_rows,
    choose_rows,
    column_names,
    numbers_for_colours,
    text_of,
    values_of_rows,
)

FRAME = pd.DataFrame(
    {
        "n": np.array([1, 2, 3], dtype=np.int32),
        "x": [0.5, np.nan, 2.5],
        "text": ["a", "b", None],
        "level": pd.Categorical(["u", "v", "u"]),
        "day": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]),
        "whole": pd.array([1, None, 3], dtype="Int64"),
    }
)
SOURCES = np.array([[0, 1, 2, 0, 1, 2], [2, 2, 0, 1, 0, 1]])


def test_a_frame_keeps_dtypes_and_cells():
    mixed = MixedTable(FRAME.iloc[:1], FRAME.iloc[1:]).mix(SOURCES)
    assert mixed.dtypes.tolist() == FRAME.dtypes.tolist()
    assert list(mixed.columns) == list(FRAME.columns)
    for j, name in enumerate(FRAME.columns):
        expected = FRAME[name].iloc[SOURCES[:, j]].reset_index(drop=True)
        pd.testing.assert_series_equal(mixed[name], expected, check_names=False)


def test_categories_of_two_frames_become_one_dtype():
    rows = pd.DataFrame({"c": pd.Categorical(["a", "b"])})
    others = pd.DataFrame({"c": pd.Categorical(["z", "a"])})
    mixed = MixedTable(rows, others).mix(np.arange(4)[:, None])
    assert mixed["c"].dtype == "category"
    assert mixed["c"].astype(str).tolist() == ["a", "b", "z", "a"]


def test_a_polars_frame_stays_one():
    frame = pl.DataFrame({"n": [1, 2, 3], "t": ["a", None, "c"]})
    mixed = MixedTable(frame[:1], frame[1:]).mix(np.array([[0, 2], [2, 1]]))
    assert mixed.to_dict(as_series=False) == {"n": [1, 3], "t": ["c", None]}
    assert mixed.schema == frame.schema


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.coo_array])
def test_arrays_and_sparse_matrices(kind):
    table = as_rows(kind(np.arange(12.0).reshape(4, 3)))
    mixed = MixedTable(choose_rows(table, np.arange(2)), choose_rows(table, np.arange(2, 4))).mix(
        np.array([[0, 1, 3], [2, 2, 2]])
    )
    assert_array_equal(mixed, [[0, 4, 11], [6, 7, 8]])


def test_lists_become_arrays_and_names_are_those_of_frames():
    assert as_rows([[1, 2]]).shape == (1, 2)
    assert column_names(as_rows([[1, 2]])) is None
    assert column_names(FRAME) == list(FRAME.columns)
    assert column_names(pl.DataFrame({"a": [1]})) == ["a"]


def test_values_are_the_users_own():
    values = values_of_rows(FRAME)
    assert values.dtype == object
    assert values[0, 2] == "a" and values[1, 3] == "v"
    numbers = values_of_rows(FRAME[["n", "x"]])
    assert numbers.dtype.kind == "f"
    assert values_of_rows(pl.DataFrame({"a": [1.0], "t": ["b"]})).tolist() == [[1.0, "b"]]
    assert values_of_rows(pl.DataFrame({"a": [1.0]})).dtype.kind == "f"
    assert_array_equal(values_of_rows(sparse.csr_array(np.eye(2))), np.eye(2))


def test_cells_as_texts_of_a_figure():
    assert [text_of(v) for v in (2.0, 0.123456, np.float32(5), 7, True, "a", None, np.nan, pd.NaT)] == [
        "2", "0.1235", "5", "7", "True", "a", "missing", "missing", "missing",
    ]  # fmt: skip
    assert text_of(pd.Timestamp("2024-05-01")) == "2024-05-01"
    assert text_of(pd.Timestamp("2024-05-01 10:30")) == "2024-05-01 10:30:00"
    assert text_of("x" * 40) == "x" * 23 + "…"


def test_colours_are_numbers_or_places_in_the_sorted_values():
    numbers = numbers_for_colours(values_of_rows(FRAME[["n", "text", "level", "x"]]))
    assert_array_equal(numbers, [[1, 0, 0, 0.5], [2, 1, 1, np.nan], [3, np.nan, 0, 2.5]])
    assert_array_equal(numbers_for_colours(np.array([[True], [False]])), [[1.0], [0.0]])
