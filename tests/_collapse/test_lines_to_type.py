"""Lines to type: each is run as it is printed, and does what the sentence beside it says."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._collapse import lines_to_type
from robust_mlp._data.text_dates import FORMATS
from robust_mlp._data.text_numbers import STRIPPED

FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame}


def typed(line, X):
    """X after a line was run on it."""
    names = {"X": X, "pandas": pd, "polars": pl, "numpy": np}
    exec(line, names)
    return names["X"]


def test_the_same_is_taken_out_of_numbers_as_where_they_were_recognized():
    assert lines_to_type._STRIPPED == STRIPPED


@pytest.mark.parametrize("container", FRAMES)
@pytest.mark.parametrize(
    "decimal, cells, numbers",
    [
        ("", ["1.5", " 2 ", "?", None, "-3e2"], [1.5, 2, np.nan, np.nan, -300]),
        ("point", ["1,200.50 CHF", "Fr. 3.5", "-$4", "n/a", None], [1200.5, 3.5, -4, np.nan, np.nan]),
        ("point", ["45 %", "1'234.5", "1 000", "-", None], [45, 1234.5, 1000, np.nan, np.nan]),
        ("point, other minus", ["(1,234.50)", "\u22123.5 kg", " 7", "(n/a)", None], [-1234.5, -3.5, 7, np.nan, np.nan]),
        (
            "comma, other minus",
            ["(1.234,5)", "\u2212 3,5", "(2,25 %)", "?", None],
            [-1234.5, -3.5, -2.25, np.nan, np.nan],
        ),
        ("point", ["<0.5", "\u2265 3", "~7 mg", "1.25", None], [0.5, 3, 7, 1.25, np.nan]),
        ("comma", ["1.234,56", "EUR 7,5", "-2,5 %", "?", None], [1234.56, 7.5, -2.5, np.nan, np.nan]),
    ],
)
def test_text_becomes_numbers(container, decimal, cells, numbers):
    X = FRAMES[container]({"it's": cells, "b": range(5)})
    after = typed(lines_to_type.to_numbers(container, "it's", decimal), X)
    assert_allclose(np.array(after["it's"].to_numpy(), dtype=float), numbers)
    assert list(after.columns) == ["it's", "b"]


@pytest.mark.parametrize("dtype", ["category", "string", "string[pyarrow]"])
def test_text_of_every_pandas_dtype_becomes_numbers(dtype):
    X = pd.DataFrame({"a": pd.Series(["1.5 kg", "2 kg", None]).astype(dtype)})
    after = typed(lines_to_type.to_numbers("pandas", "a", "point"), X)
    assert_allclose(after["a"].to_numpy(dtype=float), [1.5, 2, np.nan])


@pytest.mark.parametrize("container", FRAMES)
@pytest.mark.parametrize("form", [form for form in FORMATS if "%d" in form])
def test_text_becomes_dates(container, form):
    utc = datetime.UTC
    times = [datetime.datetime(2024, 3, 5, 7, 30, tzinfo=utc), datetime.datetime(2021, 12, 31, tzinfo=utc)]
    texts = [time.strftime(form) for time in times]
    X = FRAMES[container]({"at": [*texts, "never"]})
    after = typed(lines_to_type.to_dates(container, "at", form), X)
    read = after["at"].to_list()
    assert [(time.year, time.month, time.day) for time in read[:2]] == [(2024, 3, 5), (2021, 12, 31)]
    assert pd.isna(read[2])


@pytest.mark.parametrize("container", FRAMES)
def test_columns_become_categories(container):
    X = FRAMES[container]({"a": ["1.5", "2"], "b": [2**62, 1]})
    X = typed(lines_to_type.to_category(container, "a"), X)
    X = typed(lines_to_type.to_category(container, "b"), X)
    assert [str(X[name].dtype).lower() for name in ("a", "b")] == [
        "category" if container == "pandas" else "categorical"
    ] * 2


@pytest.mark.parametrize("container", FRAMES)
def test_levels_get_one_spelling(container):
    X = FRAMES[container]({"a": ["Bern", " bern", "Le  Locle", None]})
    after = typed(lines_to_type.to_one_spelling(container, "a"), X)
    assert after["a"].to_list()[:3] == ["bern", "bern", "le locle"] and pd.isna(after["a"].to_list()[3])
    array = typed(lines_to_type.to_one_spelling("array", 0), np.array([["Bern"], [" bern"]], dtype=object))
    assert array.tolist() == [["bern"], ["bern"]]


def test_columns_are_dropped():
    for container, make in FRAMES.items():
        after = typed(lines_to_type.without(container, ("a", "c")), make({"a": [1], "b": [2], "c": [3]}))
        assert list(after.columns) == ["b"]
    assert_array_equal(typed(lines_to_type.without("array", (0, 2)), np.array([[1, 2, 3]])), [[2]])


def test_many_lines_are_cut():
    assert lines_to_type.joined(["a", "b", "a"]) == "a; b"
    assert lines_to_type.joined("abcdef") == "a; b; c; d and so on for 2 more"
