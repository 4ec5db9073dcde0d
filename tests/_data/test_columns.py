"""One column: its kind, its numbers and its levels, from whatever library it comes."""

import decimal
import math
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.columns import (
    CATEGORY,
    NUMBER,
    array_to_levels,
    float_type,
    is_frame,
    is_missing,
    is_pandas,
    is_polars,
    is_polars_series,
    is_small,
    kind_of,
    kind_of_values,
    sort_levels,
    to_levels,
    to_numbers,
    values_to_levels,
    values_to_numbers,
)

NAN = np.nan


@pytest.mark.parametrize(
    "values, kind",
    [
        ([None, "a", NAN], "category"),
        ([pd.NA, "a"], "category"),
        ([1, 2.5, None, True, np.float32(3)], "number"),
        ([None, NAN], "category"),  # which reads whatever comes later
        ([], "category"),
    ],
)
def test_the_kind_of_python_values_is_that_of_those_that_are_not_missing(values, kind):
    assert kind_of_values(values, "Column 0") == kind


def test_levels_that_do_not_compare_are_sorted_by_type_and_then_as_text():
    assert sort_levels(["b", 2, "a", 1]) == (1, 2, "a", "b")


# ---------------------------------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize("make", [pd.Series, pl.Series], ids=["pandas", "polars"])
@pytest.mark.parametrize(
    "values, kind",
    [([1, 2], NUMBER), ([1.5, None], NUMBER), ([True, False], NUMBER), (["a", "b"], CATEGORY), (["a", None], CATEGORY)],
)
def test_the_kind_of_a_column_is_read_off_its_dtype_in_both_libraries(make, values, kind):
    assert kind_of(make(values), "Column 'x'") == kind


@pytest.mark.parametrize(
    "dtype, kind",
    [
        ("category", CATEGORY),
        ("string", CATEGORY),
        ("Int8", NUMBER),
        ("Float32", NUMBER),
        ("boolean", NUMBER),
        ("float32", NUMBER),
        ("uint16", NUMBER),
    ],
)
def test_pandas_own_dtypes_have_their_kinds(dtype, kind):
    assert kind_of(pd.Series([1, 0]).astype(dtype), "x") == kind


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b"]), pl.String, pl.Null])
def test_polars_own_dtypes_of_texts_are_categories(dtype):
    values = [None, None] if dtype is pl.Null else ["a", "b"]
    assert kind_of(pl.Series(values, dtype=dtype), "x") == CATEGORY


@pytest.mark.parametrize(
    "column, dtype",
    [
        (pd.Series(pd.to_datetime(["2020-01-01"])), "object holding Timestamp"),
        (pd.Series([[1], "a"]), "object holding list, str"),
        (pd.Series([1, "a"], dtype=object), "object holding int, str"),
        (pl.Series([[1], [2]]), r"List\(Int64\)"),
    ],
)
def test_a_column_that_is_neither_is_refused_with_its_name_and_dtype(column, dtype):
    expected = (
        rf"^Column 'x' has dtype {dtype}, which is neither numbers nor categories\. Convert it to numbers, or to "
        r"strings with astype\(str\), or name it in categorical_features\.$"
    )
    with pytest.raises(ValueError, match=expected):
        kind_of(column, "Column 'x'")


@pytest.mark.parametrize(
    "value, expected",
    [
        (None, True), (NAN, True), (np.float32("nan"), True), (pd.NA, True), (pd.NaT, True), (0, False), ("", False),
        (False, False), (math.inf, False), ("nan", False), (np.int64(0), False),
    ],
)  # fmt: skip
def test_missing_is_what_each_library_calls_so_and_nothing_else(value, expected):
    assert is_missing(value) is expected


def test_frames_are_known_by_their_library():
    frame, other = pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]})
    assert (is_pandas(frame), is_polars(frame), is_frame(frame)) == (True, False, True)
    assert (is_pandas(other), is_polars(other), is_frame(other)) == (False, True, True)
    assert not any(map(is_frame, (np.ones((2, 2)), [[1]], pd.Series([1]), pl.Series([1]))))
    assert is_polars_series(pl.Series([1])) and not is_polars_series(pd.Series([1]))


def test_nothing_is_a_frame_of_a_library_that_was_never_loaded(monkeypatch):
    frame, other = pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]})
    monkeypatch.delitem(sys.modules, "pandas")
    monkeypatch.delitem(sys.modules, "polars")
    assert not is_frame(frame) and not is_frame(other)


# -------------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.0, NAN, 3.0]),
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series([1, None, 3], dtype="Float32"),
        pd.Series([1, pd.NA, 3], dtype=object),
        pd.Series([decimal.Decimal(1), None, decimal.Decimal(3)]),
        pl.Series([1, None, 3]),
        pl.Series([1.0, None, 3.0], dtype=pl.Float32),
        np.array([1, None, 3], dtype=object),
        np.array(["1", NAN, "3"], dtype=object),
    ],
)
def test_numbers_of_every_container_are_floats_with_nan_where_they_are_missing(column):
    numbers = to_numbers(column, "x")
    assert numbers.dtype.kind == "f"
    assert_array_equal(numbers, [1, NAN, 3])


@pytest.mark.parametrize("make", [pd.Series, pl.Series], ids=["pandas", "polars"])
@pytest.mark.parametrize(
    "dtype, is_exact", [("int8", True), ("uint16", True), ("int32", False), ("float32", True), ("float64", False)]
)
def test_columns_whose_every_value_float32_holds_become_float32(make, dtype, is_exact):
    column = make(np.array([0, 1, 100], dtype=dtype))
    assert is_small(column) is is_exact
    assert to_numbers(column, "x").dtype == (np.float32 if is_exact else np.float64)
    assert float_type(np.dtype(dtype)) is (np.float32 if is_exact else np.float64)


def test_a_dtype_that_numpy_does_not_know_takes_float64():
    assert float_type("category") is np.float64
    assert float_type(np.dtype(object)) is np.float64


@pytest.mark.parametrize("value, kind", [("a", ValueError), ([1], TypeError)])
def test_what_is_no_number_is_refused_with_the_column_and_the_way_out(value, kind):
    with pytest.raises(kind) as caught:
        values_to_numbers([1.0, value], "Column 3")
    assert str(caught.value).endswith(
        ". Column 3 is read as numbers. Pass its name or index in categorical_features to have it read as categories, "
        "or convert it to numbers."
    )


# --------------------------------------------------------------------------------------------------------------- levels


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["b", None, "a", "b"]),
        pd.Series(["b", None, "a", "b"], dtype="category"),
        pd.Series(["b", None, "a", "b"], dtype="string"),
        pl.Series(["b", None, "a", "b"]),
        pl.Series(["b", None, "a", "b"], dtype=pl.Categorical),
        np.array(["b", NAN, "a", "b"], dtype=object),
    ],
)
def test_levels_and_their_numbers_give_the_column_back(column):
    numbers, levels = to_levels(column)
    assert sorted(levels) == ["a", "b"]
    assert [levels[number] if number >= 0 else None for number in numbers] == ["b", None, "a", "b"]


def test_levels_are_plain_values():
    _, levels = to_levels(pd.Series(np.array([3, 5], dtype=np.int16), dtype="category"))
    assert [type(level) for level in levels] == [int, int]
    _, levels = values_to_levels([np.float32(0.5), np.str_("a")])
    assert [type(level) for level in levels] == [float, str]


def test_levels_of_python_values_are_numbered_as_they_come():
    numbers, levels = values_to_levels(["b", None, 2, "b", NAN, 2])
    assert levels == ["b", 2]
    assert numbers.tolist() == [0, -1, 1, 0, -1, 1]


def test_values_that_are_equal_are_one_level():
    numbers, levels = values_to_levels([1, 1.0, True])
    assert (numbers.tolist(), levels) == ([0, 0, 0], [1])


@pytest.mark.parametrize(
    "values, numbers, levels",
    [
        ([2.0, NAN, 1.0, 2.0], [1, -1, 0, 1], [1.0, 2.0]),
        ([NAN, NAN], [-1, -1], []),
        ([], [], []),
        ([0.0, -0.0], [0, 0], [0.0]),
    ],
)
def test_levels_of_an_array_are_its_sorted_values(values, numbers, levels):
    found = array_to_levels(np.array(values))
    assert (found[0].tolist(), found[1]) == (numbers, levels)


def test_levels_that_compare_are_sorted_by_value():
    assert sort_levels([10, 9, 1.5]) == (1.5, 9, 10)
    assert sort_levels(["10", "9"]) == ("10", "9")
    assert sort_levels([]) == ()


def test_complex_numbers_are_refused_in_scikit_learns_words():
    with pytest.raises(ValueError, match=r"^Complex data not supported\nColumn 'x' holds complex numbers"):
        kind_of(pd.Series([1 + 2j]), "Column 'x'")
