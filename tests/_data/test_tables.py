"""Reading tables: every container gives the same matrix, at fit and at predict, and what cannot be read says why."""

import copy
import datetime
import pickle
import re
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator

from robust_mlp._data import tables
from robust_mlp._data.tables import UNKNOWN_LEVEL, TableReader, read_table

NAN = np.nan
NUMBERS = np.array([[1.0, -2.0, 0.0], [0.0, 5.0, 3.0], [7.0, 0.0, 2.0], [4.0, 1.0, -3.0]])


class Estimator(BaseEstimator):
    """Has what reading a table looks at: a name, and the attributes that it sets."""


def read(X, categorical_features="from_dtype", **kwargs):
    """(matrix, reader, estimator) of a table."""
    estimator = Estimator()
    return *read_table(estimator, X, categorical_features=categorical_features, reset=True, **kwargs), estimator


def mixed_frame():
    """A pandas frame with every usable kind of column, each with a missing value."""
    return pd.DataFrame(
        {
            "float": [1.5, NAN, 3.0, 4.0],
            "category": pd.Categorical(["y", "x", None, "y"], categories=["y", "never", "x"]),
            "object": ["v", "u", None, "v"],
            "Int64": pd.array([1, None, 3, 4], dtype="Int64"),
            "boolean": pd.array([True, None, False, True], dtype="boolean"),
            "string": pd.array(["p", None, "q", "p"], dtype="string"),
            "arrow float": pd.array([1.5, None, 2, 3], dtype="double[pyarrow]"),
            "arrow int": pd.array([1, None, 2, 3], dtype="int32[pyarrow]"),
            "arrow string": pd.array(["p", None, "q", "p"], dtype="string[pyarrow]"),
            "arrow bool": pd.array([True, None, True, False], dtype="bool[pyarrow]"),
            "Float32": pd.array([1, None, 3, 4], dtype="Float32"),
            "number objects": pd.array([1, None, 2.5, True], dtype=object),
        }
    )


MIXED_MATRIX = np.array(
    [
        [1.5, 1, 1, 1, 1, 0, 1.5, 1, 0, 1, 1, 1],
        [NAN, 0, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
        [3, NAN, NAN, 3, 0, 1, 2, 2, 1, 1, 3, 2.5],
        [4, 1, 1, 4, 1, 0, 3, 3, 0, 0, 4, 1],
    ]
)


# ---------------------------------------------------------------------------------------------- containers of numbers


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda X: X, id="float64"),
        pytest.param(lambda X: X.astype(np.float32), id="float32"),
        pytest.param(lambda X: X.astype(np.float16), id="float16"),
        pytest.param(lambda X: X.astype(np.int64), id="int64"),
        pytest.param(lambda X: X.astype(np.int8), id="int8"),
        pytest.param(lambda X: X.astype(object), id="object"),
        pytest.param(np.asfortranarray, id="fortran"),
        pytest.param(lambda X: np.repeat(X, 2, axis=1)[:, ::2], id="strided"),
        pytest.param(lambda X: X.tolist(), id="lists"),
        pytest.param(lambda X: tuple(map(tuple, X)), id="tuples"),
        pytest.param(lambda X: np.ma.masked_array(X, mask=np.zeros_like(X)), id="masked"),
        pytest.param(sparse.csr_array, id="csr_array"),
        pytest.param(sparse.csc_array, id="csc_array"),
        pytest.param(sparse.csr_matrix, id="csr_matrix"),
        pytest.param(sparse.csc_matrix, id="csc_matrix"),
        pytest.param(sparse.coo_array, id="coo_array"),
        pytest.param(sparse.dok_array, id="dok_array"),
        pytest.param(sparse.lil_matrix, id="lil_matrix"),
        pytest.param(lambda X: sparse.csr_array(X.astype(np.int32)), id="csr of int"),
        pytest.param(pd.DataFrame, id="pandas"),
        pytest.param(lambda X: pd.DataFrame(X).astype("Int64"), id="pandas Int64"),
        pytest.param(lambda X: pd.DataFrame(X).astype("double[pyarrow]"), id="pandas arrow"),
        pytest.param(lambda X: pd.DataFrame(X).astype(pd.SparseDtype(float)), id="pandas sparse"),
        pytest.param(lambda X: pd.DataFrame(X).astype({0: np.int8, 1: np.float32}), id="pandas mixed"),
        pytest.param(lambda X: pl.DataFrame(X, schema=["a", "b", "c"]), id="polars"),
    ],
)
def test_every_container_of_the_same_numbers_gives_the_same_matrix(make):
    X = make(NUMBERS)
    matrix, reader, estimator = read(X)
    assert_array_equal(matrix, NUMBERS)
    assert matrix.flags.c_contiguous and type(matrix) is np.ndarray
    assert_array_equal(reader.read(estimator, X), NUMBERS)
    assert estimator.n_features_in_ == reader.n_features == 3
    assert reader.kinds == ("number",) * 3


@pytest.mark.parametrize(
    "given, read_as",
    [
        (np.float16, np.float32),
        (np.float32, np.float32),
        (bool, np.float32),  # these fit into float32 exactly, at half the memory
        (np.int8, np.float32),
        (np.uint16, np.float32),
        (np.int32, np.float64),
        (np.int64, np.float64),
        (np.float64, np.float64),
    ],
)
def test_a_matrix_is_float32_where_that_holds_every_value_exactly(given, read_as):
    X = NUMBERS.astype(given)
    containers = [X, pd.DataFrame(X)]
    if given is not np.float16:  # which SciPy's sparse arrays and polars' columns cannot hold
        containers += [sparse.csr_array(X), pl.DataFrame(X)]
    for table in containers:
        matrix, _, _ = read(table)
        assert matrix.dtype == read_as
        assert_array_equal(matrix, X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_float_array_is_neither_copied_nor_written_to(dtype):
    X = NUMBERS.astype(dtype)
    X.flags.writeable = False
    matrix, reader, estimator = read(X)
    assert np.shares_memory(matrix, X)
    assert np.shares_memory(reader.read(estimator, X), X)


def test_a_memory_mapped_file_is_read(tmp_path):
    joblib.dump(NUMBERS, tmp_path / "X.joblib")
    X = joblib.load(tmp_path / "X.joblib", mmap_mode="r")
    assert_array_equal(read(X)[0], NUMBERS)


def test_missing_values_of_every_container_are_nan():
    expected = np.array([[1.0, NAN], [NAN, 2.0]])
    masked = np.ma.masked_array([[1, 9], [9, 2]], mask=[[0, 1], [1, 0]])
    for X in (
        expected,
        [[1.0, None], [None, 2.0]],
        np.array([[1.0, None], [NAN, 2.0]], dtype=object),
        pd.DataFrame({"a": [1, None], "b": pd.array([None, 2], dtype="Int64")}),
        pl.DataFrame({"a": [1, None], "b": [NAN, 2.0]}),
        masked,
        sparse.csr_array(expected),
    ):
        assert_array_equal(read(X)[0], expected)


# ------------------------------------------------------------------------------------------------------ mixed tables


@pytest.mark.parametrize("to_frame", [lambda frame: frame, lambda frame: pl.from_pandas(frame.drop(columns="dummy"))])
def test_each_column_of_a_mixed_frame_is_read_by_its_dtype(to_frame):
    frame = to_frame(mixed_frame().assign(dummy=0)).__getitem__(list(mixed_frame().columns))
    if isinstance(frame, pl.DataFrame):
        frame = frame.with_columns(pl.col("number objects").cast(pl.Float64))
    matrix, reader, estimator = read(frame)
    assert_array_equal(matrix, MIXED_MATRIX)
    assert reader.names == tuple(mixed_frame().columns)
    assert [name for name, kind in zip(reader.names, reader.kinds, strict=True) if kind == "category"] == [
        "category",
        "object",
        "string",
        "arrow string",
    ]
    assert reader.levels[1] == ("x", "y")  # sorted, without the category that no row has
    assert_array_equal(estimator.feature_names_in_, mixed_frame().columns)


@pytest.mark.parametrize("to_frame", [lambda frame: frame, pl.from_pandas])
@pytest.mark.parametrize("small", [True, False])
def test_a_frame_is_read_alike_row_by_row_and_as_a_whole(to_frame, small, monkeypatch):
    frame = to_frame(mixed_frame().drop(columns="number objects"))
    matrix, reader, estimator = read(frame)
    monkeypatch.setattr(tables, "SMALL_TABLE_CELLS", 1000 if small else 0)
    assert_array_equal(reader.read(estimator, frame), matrix)
    for i in range(4):
        assert_array_equal(reader.read(estimator, frame[i : i + 1]), matrix[i : i + 1])


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_level_that_was_not_there_in_training_is_unknown_and_a_missing_one_missing(small, library, monkeypatch):
    monkeypatch.setattr(tables, "SMALL_TABLE_CELLS", 1000 if small else 0)
    frame_of = pd.DataFrame if library == "pandas" else pl.DataFrame
    _, reader, estimator = read(frame_of({"a": ["u", "v"], "b": [1.0, 2.0]}))
    new = reader.read(estimator, frame_of({"a": ["new", "v", None], "b": [1, 2, None]}))
    assert_array_equal(new, [[UNKNOWN_LEVEL, 1], [1, 2], [NAN, NAN]])


def test_levels_that_only_unused_rows_hold_are_unknown():
    frame = pd.DataFrame({"a": ["w", "u", "v", "w"]})
    matrix, reader, _ = read(frame, used=np.array([False, True, True, False]))
    assert reader.levels == (("u", "v"),)
    assert_array_equal(matrix.ravel(), [UNKNOWN_LEVEL, 0, 1, UNKNOWN_LEVEL])


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("frame_of", [pd.DataFrame, pl.DataFrame])
def test_a_column_of_nothing_but_missing_objects_reads_whatever_comes_later(frame_of, small, monkeypatch):
    monkeypatch.setattr(tables, "SMALL_TABLE_CELLS", 1000 if small else 0)
    matrix, reader, estimator = read(frame_of({"a": [None, None]}))
    assert_array_equal(matrix, [[NAN], [NAN]])
    assert_array_equal(reader.read(estimator, frame_of({"a": ["u", None]})), [[UNKNOWN_LEVEL], [NAN]])
    assert_array_equal(reader.read(estimator, frame_of({"a": [1.5, None]})), [[UNKNOWN_LEVEL], [NAN]])


def test_numbers_of_a_mixed_frame_stay_float32_if_they_all_are():
    assert read(pd.DataFrame({"a": ["u", "v"], "b": np.float32([1, 2])}))[0].dtype == np.float32
    assert read(pd.DataFrame({"a": ["u", "v"], "b": [1.0, 2.0]}))[0].dtype == np.float64


@pytest.mark.parametrize("categorical_features", [[0], np.array([True, False]), ["a"], ("a",)])
def test_categories_can_be_named_by_index_mask_or_name(categorical_features):
    matrix, reader, _ = read(pd.DataFrame({"a": [30, 10], "b": [5, 6]}), categorical_features)
    assert reader.kinds == ("category", "number")
    assert reader.levels == ((10, 30), None)
    assert_array_equal(matrix, [[1, 5], [0, 6]])


@pytest.mark.parametrize(
    "X",
    [
        np.array([["b", 1.0], ["a", 2.0], [None, NAN]], dtype=object),
        [["b", 1.0], ["a", 2.0], [None, None]],
        np.array([["b", "1"], ["a", "2"], ["b", "nan"]]),
    ],
)
def test_strings_without_a_frame_are_categories_where_they_are_named(X):
    matrix, reader, estimator = read(X, [0])
    assert reader.levels == (("a", "b"), None)
    assert_array_equal(matrix[:2], [[1, 1], [0, 2]])
    assert_array_equal(reader.read(estimator, X), matrix)
    assert_array_equal(reader.read(estimator, X[:1]), matrix[:1])


@pytest.mark.parametrize("make", [np.array, sparse.csr_array, np.float32])
def test_numbers_can_be_categories(make):
    X = make([[3.0, 0.5], [1.0, 0.5], [3.0, 0.25]])
    matrix, reader, estimator = read(X, [0])
    assert reader.levels == ((1.0, 3.0), None)
    assert_array_equal(matrix, [[1, 0.5], [0, 0.5], [1, 0.25]])
    assert_array_equal(reader.read(estimator, [[2.0, 0.5], [1.0, 0.5], [NAN, 1]])[:, 0], [UNKNOWN_LEVEL, 0, NAN])


def test_naming_categories_does_not_write_into_the_users_array():
    X = np.array([[3.0, 0.5], [1.0, 0.5]])
    read(X, [0])
    assert_array_equal(X, [[3.0, 0.5], [1.0, 0.5]])


def test_none_reads_every_column_as_numbers():
    frame = pd.DataFrame({"a": pd.Categorical([3, 1, 3]), "b": [1, 2, 3]})
    matrix, reader, _ = read(frame, None)
    assert reader.kinds == ("number", "number")
    assert_array_equal(matrix[:, 0], [3, 1, 3])


def test_a_named_object_column_may_mix_types():
    matrix, reader, _ = read(pd.DataFrame({"a": pd.Series(["u", 1, None, "u"], dtype=object)}), ["a"])
    assert reader.levels == ((1, "u"),)
    assert_array_equal(matrix.ravel(), [1, 0, NAN, 1])


def test_the_reader_pickles_small_and_reads_on():
    frame = mixed_frame()
    matrix, reader, estimator = read(frame)
    for other in (pickle.loads(pickle.dumps(reader)), copy.deepcopy(reader)):
        assert_array_equal(other.read(estimator, frame), matrix)
    assert len(pickle.dumps(read(np.zeros((1000, 20)))[1])) < 500


def test_a_reader_is_what_it_was_told():
    reader = TableReader(kinds=("number", "category"), levels=(None, ("a",)), names=None)
    assert (reader.n_features, reader.categories, reader.name_of(1)) == (2, (1,), "x1")


# ------------------------------------------------------------------------------------------------------------- errors


def message(X, categorical_features="from_dtype"):
    """What reading `X` raises: (type, message)."""
    with pytest.raises((ValueError, TypeError)) as caught:
        read(X, categorical_features)
    return caught.type, str(caught.value)


@pytest.mark.parametrize("make", [np.array, np.float32, sparse.csr_array, pd.DataFrame, lambda X: np.array(X, object)])
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity_is_refused_with_the_fix(make, value):
    kind, text = message(make([[1.0, value], [2.0, 3.0]]))
    assert kind is ValueError
    assert text.startswith("Input X contains infinity or a value too large for dtype('float")
    assert text.endswith(
        "Infinite values cannot be scaled. Replace them first, for example with X = np.where(np.isinf(X), np.nan, X): "
        "NaN is accepted and read as missing."
    )


def test_infinity_is_refused_in_mixed_frames_and_at_predict():
    assert "contains infinity" in message(pd.DataFrame({"a": ["u", "v"], "b": [1.0, np.inf]}))[1]
    _, reader, estimator = read(pd.DataFrame({"a": ["u", "v"], "b": [1.0, 2.0]}))
    with pytest.raises(ValueError, match="Replace them first"):
        reader.read(estimator, pd.DataFrame({"a": ["u"], "b": [np.inf]}))


@pytest.mark.parametrize(
    "X, kind, expected",
    [
        (np.zeros(3), ValueError, "Expected 2D array, got 1D array instead"),
        (np.zeros((2, 2, 2)), ValueError, "Found array with dim 3, while dim <= 2 is required by Estimator."),
        (np.zeros((2, 2)) + 1j, ValueError, "Complex data not supported"),
        (np.zeros((0, 3)), ValueError, "Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 1 is required"),
        (np.zeros((3, 0)), ValueError, "0 feature(s) (shape=(3, 0)) while a minimum of 1 is required by Estimator."),
        (np.array([[{"a": 1}, 2]], dtype=object), TypeError, "argument must be a string or a real number, not 'dict'"),
        (np.array([["a", "b"]]), ValueError, "dtype='numeric' is not compatible with arrays of bytes/strings"),
        (np.array([["a", 1]], dtype=object), ValueError, "could not convert string to float: 'a'"),
        ([["a", 1]], ValueError, "could not convert string to float: 'a'"),
        (pd.DataFrame({"a": []}), ValueError, "Found array with 0 sample(s)"),
        (pd.DataFrame({"a": ["u"]}).iloc[:0], ValueError, "Found array with 0 sample(s)"),
        (pd.DataFrame(index=[0, 1]), ValueError, "0 feature(s) (shape=(2, 0)) while a minimum of 1 is required"),
        (pd.Series([1.0, 2.0]), ValueError, "Expected a 2-dimensional container but got <class 'pandas"),
    ],
)
def test_what_scikit_learn_refuses_is_refused_in_its_words(X, kind, expected):
    assert message(X)[0] is kind
    assert expected in message(X)[1]


def test_strings_where_numbers_belong_say_how_to_pass_categories():
    fix = (
        "could not convert string to float: 'a'. Pass categorical_features with the indices of the columns that hold "
        "strings, or X as a DataFrame, whose string columns are read as categories."
    )
    assert message(np.array([["a", 1]], dtype=object)) == (ValueError, fix)


@pytest.mark.parametrize(
    "column, expected",
    [
        (
            pd.Series([pd.Interval(0, 1)]).astype("interval[int64, right]"),
            "Column 'when' has dtype object holding Interval, which is neither",
        ),
        (pd.Series([["a", "b"]]), "Column 'when' has dtype object holding list, which is neither"),
        (pd.Series([1, "a"], dtype=object), "Column 'when' has dtype object holding int, str, which is neither"),
        (pd.Series([1.5, "a"], dtype=object), "Column 'when' has dtype object holding float, str, which is neither"),
    ],
)
def test_a_column_that_is_neither_numbers_nor_categories_is_named(column, expected):
    kind, text = message(pd.DataFrame({"when": column}))
    assert kind is ValueError
    assert text == (
        f"{expected} numbers nor categories. Convert it to numbers, or to strings with astype(str), or name it in "
        "categorical_features."
    )


@pytest.mark.parametrize("categorical_features", ["from_dtype", None, ["other"]])
@pytest.mark.parametrize("column", [pd.Series([1 + 1j, 2]), pd.Series([1 + 1j, None], dtype=object)])
def test_complex_columns_are_refused_in_scikit_learns_words(column, categorical_features):
    frame = pd.DataFrame({"when": column, "other": [1, 2]})
    if column.dtype == object and categorical_features != "from_dtype":
        assert "must be a string or a real number, not 'complex'" in message(frame, categorical_features)[1]
    else:
        assert message(frame, categorical_features)[1].startswith("Complex data not supported\nColumn 'when' ")
    assert message(np.array([[1 + 1j, 2]]), [1])[1].startswith("Complex data not supported\n")


@pytest.mark.parametrize("small", [True, False])
def test_complex_numbers_at_predict_are_refused(small, monkeypatch):
    monkeypatch.setattr(tables, "SMALL_TABLE_CELLS", 1000 if small else 0)
    frame = pd.DataFrame({"a": ["u", "v"], "b": [1.0, 2.0]})
    _, reader, estimator = read(frame)
    with pytest.raises((TypeError, ValueError), match=r"(?i)complex"):
        reader.read(estimator, frame.assign(b=[1 + 1j, 2]))


def test_a_polars_column_that_is_neither_is_named_too():
    assert "Column 'when' has dtype List(Int64), which is neither" in message(pl.DataFrame({"when": [[1, 2]]}))[1]


def test_several_columns_of_one_name_are_refused_at_fit_and_at_predict():
    frame = pd.DataFrame({"a": ["u", "v"], "b": [1.0, 2.0]})
    _, reader, estimator = read(frame)
    frame.columns = ["a", "a"]
    expected = (
        "X has several columns of the same name: 'a'. Give each a name of its own, for example X.columns = "
        "[f'{name}_{j}' for j, name in enumerate(X.columns)], or drop all but one."
    )
    assert message(frame) == (ValueError, expected)
    assert "same name: 0." in message(pd.DataFrame(NUMBERS, columns=[0, 0, 1]))[1]
    with pytest.raises(ValueError, match=re.escape(expected)):
        reader.read(estimator, frame)


def test_a_lazy_frame_is_told_to_collect():
    assert message(pl.LazyFrame({"a": [1]})) == (
        TypeError,
        "X is a polars LazyFrame, which holds no rows yet. Pass X.collect().",
    )


@pytest.mark.parametrize(
    "categorical_features, expected",
    [
        ([2], "categorical_features=[2] holds an index outside 0 to 1: X has 2 columns."),
        ([-1], "categorical_features=[-1] holds an index outside 0 to 1: X has 2 columns."),
        (["a"], "categorical_features=['a'] holds column names, but X has none. Pass column indices, or X as a"),
        ([True], "categorical_features is a mask of 1 values, but X has 2 columns. Pass one bool per column, or the"),
        ([0.5], "categorical_features=[0.5] is not a list of column indices, of column names or of one bool per"),
        ([[0]], "categorical_features=[[0]] is not a list of column indices, of column names or of one bool per"),
    ],
)
def test_categories_that_are_no_columns_are_refused(categorical_features, expected):
    assert message(np.zeros((2, 2)), categorical_features)[1].startswith(expected)


def test_unknown_column_names_are_refused_with_the_known_ones():
    assert message(pd.DataFrame({"a": [1], "b": [2]}), ["a", "c"]) == (
        ValueError,
        "categorical_features names ['c'], but the columns of X are ['a', 'b'].",
    )


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda f: f[["b", "a"]], "Feature names must be in the same order as they were in fit."),
        (lambda f: f.rename(columns={"a": "c"}), "Feature names unseen at fit time:\n- c"),
        (lambda f: f[["a"]], "Feature names seen at fit time, yet now missing:\n- b"),
        (lambda f: f.assign(b="z"), "could not convert string to float: 'z'. Column 'b' is read as numbers."),
    ],
)
def test_other_columns_at_predict_are_refused(small, change, expected, monkeypatch):
    monkeypatch.setattr(tables, "SMALL_TABLE_CELLS", 1000 if small else 0)
    frame = pd.DataFrame({"a": ["u", "v"], "b": [1.0, 2.0]})
    _, reader, estimator = read(frame)
    with pytest.raises(ValueError, match=re.escape(expected)):
        reader.read(estimator, change(frame))


@pytest.mark.parametrize("categorical_features", [None, [0]])
def test_another_number_of_columns_at_predict_is_refused(categorical_features):
    _, reader, estimator = read(NUMBERS, categorical_features)
    with pytest.raises(ValueError, match="X has 2 features, but Estimator is expecting 3 features as input"):
        reader.read(estimator, NUMBERS[:, :2])


def test_an_array_after_a_mixed_frame_warns_of_names_and_is_read_by_place():
    frame = pd.DataFrame({"a": ["u", "v"], "b": [1.0, 2.0]})
    matrix, reader, estimator = read(frame)
    with pytest.warns(UserWarning, match="X does not have valid feature names, but Estimator was fitted with"):
        again = reader.read(estimator, frame.to_numpy())
    assert_array_equal(again, matrix)


def test_reading_with_reset_false_compares_instead_of_setting():
    _, _, estimator = read(NUMBERS)
    with pytest.raises(ValueError, match="X has 2 features, but Estimator is expecting 3 features"):
        read_table(estimator, NUMBERS[:, :2], categorical_features=None, reset=False)


def test_names_are_forgotten_when_a_later_table_has_none():
    estimator = Estimator()
    read_table(estimator, pd.DataFrame({"a": [1]}), categorical_features="from_dtype", reset=True)
    _, reader = read_table(estimator, [[1.0]], categorical_features="from_dtype", reset=True)
    assert reader.names is None and not hasattr(estimator, "feature_names_in_")


# ------------------------------------------------------------------------------------------------- dates, large numbers

DAYS = ["2024-01-30", "NaT", "2024-03-02", "2024-02-29"]
AS_READ = [[0, 1, 30, 1], [NAN] * 4, [32 * 86400, 3, 2, 5], [30 * 86400, 2, 29, 3]]
TIMES = np.array(DAYS, dtype="datetime64[ns]")
PYTHON_DATES = [None if day == "NaT" else datetime.date.fromisoformat(day) for day in DAYS]
CONTAINERS_OF_DATES = {
    "M8[ns]": TIMES[:, np.newaxis],
    "M8[D]": TIMES[:, np.newaxis].astype("datetime64[D]"),
    "objects": np.array([[day] for day in PYTHON_DATES], dtype=object),
    "lists": [[day] for day in PYTHON_DATES],
    "lists of numpy dates": [[day] for day in TIMES],
    "pandas": pd.DataFrame({"at": TIMES}),
    "pandas seconds": pd.DataFrame({"at": TIMES.astype("datetime64[s]")}),
    "pandas objects": pd.DataFrame({"at": pd.Series(PYTHON_DATES, dtype=object)}),
    "pandas arrow dates": pd.DataFrame({"at": pd.Series(PYTHON_DATES, dtype="date32[pyarrow]")}),
    "pandas arrow times": pd.DataFrame({"at": pd.Series(TIMES).astype("timestamp[us][pyarrow]")}),
    "pandas periods": pd.DataFrame({"at": pd.Series(TIMES).dt.to_period("D")}),
    "pandas zone": pd.DataFrame({"at": pd.Series(TIMES).dt.tz_localize("Asia/Tokyo")}),
    "pandas zone objects": pd.DataFrame({"at": pd.Series(TIMES).dt.tz_localize("Asia/Tokyo").astype(object)}),
    "polars dates": pl.DataFrame({"at": PYTHON_DATES}),
    "polars times": pl.DataFrame({"at": PYTHON_DATES}, schema={"at": pl.Datetime("ms")}),
    "polars zone": pl.DataFrame({"at": pl.Series(PYTHON_DATES).cast(pl.Datetime).dt.replace_time_zone("Asia/Tokyo")}),
}


@pytest.mark.parametrize("categorical_features", ["from_dtype", None, []])
@pytest.mark.parametrize("kind", CONTAINERS_OF_DATES)
def test_every_container_of_dates_gives_the_same_numbers(kind, categorical_features):
    X = CONTAINERS_OF_DATES[kind]
    matrix, reader, estimator = read(X, categorical_features)
    assert_array_equal(matrix, AS_READ)
    assert_array_equal(reader.read(estimator, X), AS_READ)
    assert_array_equal(reader.read(estimator, X[:1]), AS_READ[:1])
    assert (estimator.n_features_in_, reader.n_features, reader.kinds) == (1, 1, ("number",) * 4)
    called = "at" if hasattr(estimator, "feature_names_in_") else "x0"
    assert reader.names == (called, f"{called}_month", f"{called}_day", f"{called}_weekday")
    assert reader.input_of == (0, 0, 0, 0)
    assert_array_equal(pickle.loads(pickle.dumps(reader)).read(estimator, X), AS_READ)


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("categorical_features", ["from_dtype", ["town"]])
def test_dates_stand_among_other_columns(categorical_features, small, monkeypatch):
    monkeypatch.setattr(tables, "SMALL_TABLE_CELLS", 1000 if small else 0)
    frame = pd.DataFrame(
        {
            "income": [1.5, 2, 3, 4],
            "at": TIMES,
            "town": ["Zug", "Bern", None, "Zug"],
            "took": pd.to_timedelta([1, None, 3, 4], "h"),
        }
    )
    matrix, reader, estimator = read(frame, categorical_features)
    expected = np.column_stack([[1.5, 2, 3, 4], AS_READ, [1, 0, NAN, 1], [3600, NAN, 10800, 14400]])
    assert_array_equal(matrix, expected)
    assert_array_equal(reader.read(estimator, frame), expected)
    assert reader.names == ("income", "at", "at_month", "at_day", "at_weekday", "town", "took")
    assert reader.categories == (5,) and reader.levels[5] == ("Bern", "Zug")
    assert reader.input_of == (0, 1, 1, 1, 1, 2, 3)
    assert tuple(estimator.feature_names_in_) == ("income", "at", "town", "took")
    later = reader.read(estimator, frame.assign(town="Chur", took=pd.NaT).iloc[:2])
    assert_array_equal(later[:, 5:], [[UNKNOWN_LEVEL, NAN]] * 2)


def test_numbers_where_dates_were_are_refused_by_name():
    frame = pd.DataFrame({"at": TIMES, "b": 1.0})
    _, reader, estimator = read(frame)
    with pytest.raises(TypeError, match=r"Column 'at' held dates in fit, and now holds 3\.0\. Pass dates, for example"):
        reader.read(estimator, frame.assign(at=3.0))
    _, reader, estimator = read(TIMES[:, np.newaxis])
    with pytest.raises(TypeError, match=r"Column 0 held dates in fit, and now holds 3\.0"):
        reader.read(estimator, [[3.0]])


def test_dates_of_unused_rows_are_not_learnt_from():
    used = np.array([True, True, False, True])
    assert read(pd.DataFrame({"at": TIMES}), used=used)[1].inputs[0].last == TIMES[3].astype("datetime64[us]").astype(
        int
    )


LARGE = 2**60 + np.array([0, 1, 5, 2])


@pytest.mark.parametrize(
    "X",
    [
        LARGE[:, np.newaxis],
        LARGE[:, np.newaxis].astype(np.uint64),
        pd.DataFrame({"id": LARGE}),
        pd.DataFrame({"id": pd.array(LARGE, dtype="Int64")}),
        pl.DataFrame({"id": LARGE}),
    ],
    ids=["int64", "uint64", "pandas", "pandas Int64", "polars"],
)
def test_whole_numbers_that_floats_do_not_tell_apart_are_told_apart(X):
    for categorical_features in ("from_dtype", None):
        matrix, reader, estimator = read(X, categorical_features)
        assert_array_equal(matrix[:, 0], [0, 1, 5, 2])
        assert_array_equal(reader.read(estimator, X)[:, 0], [0, 1, 5, 2])
    matrix, reader, estimator = read(X, [0])
    assert_array_equal(matrix[:, 0], [0, 1, 3, 2])
    assert_array_equal(reader.read(estimator, X[:3])[:, 0], [0, 1, 3])


def test_large_numbers_far_apart_are_rounded_and_known_to_be():
    matrix, reader, _ = read(pd.DataFrame({"hash": [2**62, -(2**62), 5]}))
    assert_array_equal(matrix[:, 0], [2.0**62, -(2.0**62), 5])
    assert reader.inputs is None and reader.source.rounded == (0,)


# ------------------------------------------------------------------------------------------------------ numbers as text


@pytest.mark.parametrize("frame_of", [pd.DataFrame, pl.DataFrame])
def test_text_that_is_numbers_beyond_doubt_is_read_as_numbers(frame_of):
    X = frame_of({"a": ["1.5", " 2 ", "nan", None, "-3e2"], "b": ["u", "v", "u", "u", "v"]})
    matrix, reader, estimator = read(X)
    assert_array_equal(matrix, [[1.5, 0], [2, 1], [NAN, 0], [NAN, 0], [-300, 1]])
    assert_array_equal(reader.read(estimator, X), matrix)
    assert_array_equal(reader.read(estimator, frame_of({"a": [2.5], "b": ["w"]})), [[2.5, UNKNOWN_LEVEL]])
    assert reader.source.texts == {0: ("1.5", " 2 ", "nan")}
    with pytest.raises(ValueError, match=re.escape("could not convert string to float: '?'. Column 'a' is read as")):
        reader.read(estimator, frame_of({"a": ["?"], "b": ["u"]}))


@pytest.mark.parametrize(
    "texts",
    [["1", "2", "3"], ["1.5", "?"], ["1.5", "007"], ["1,5", "2"], ["1.5", "inf"], ["1_000.5", "2"], ["nan", "nan"]],
)
def test_text_that_may_be_more_than_numbers_stays_a_category(texts):
    assert read(pd.DataFrame({"a": texts, "b": 1.0}))[1].kinds[0] == "category"


def test_a_category_of_numbers_stays_a_category():
    assert read(pd.DataFrame({"a": pd.Categorical(["1.5", "2.5"])}))[1].kinds == ("category",)
    assert read(pd.DataFrame({"a": ["1.5", "2.5"]}), ["a"])[1].kinds == ("category",)


def test_whole_numbers_are_numbers_where_the_whole_table_is_text():
    assert read(pd.DataFrame({"a": ["1.5", "2.5"], "b": ["1", "2"]}))[1].kinds == ("number", "number")
    assert read(pd.DataFrame({"a": ["1.5", "2.5"], "b": ["1", "2"], "c": 1.0}))[1].kinds[1] == "category"
    assert read(pd.DataFrame({"a": ["3", "4"], "b": ["1", "2"]}))[1].kinds == ("category", "category")


# -------------------------------------------------------------------------------------------------------------- parts


@pytest.mark.parametrize("dtype, n_columns", [("float32", 6000), ("Float32", 1000), ("category", 1000)])
def test_a_wide_frame_is_read(dtype, n_columns):
    frame = pd.DataFrame(np.arange(2.0 * n_columns).reshape(2, n_columns)).astype(dtype)
    matrix, reader, estimator = read(frame)
    assert matrix.shape == (2, n_columns) and reader.n_features == n_columns
    assert_array_equal(reader.read(estimator, frame), matrix)


def test_reading_raises_no_warning_of_pandas_or_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(mixed_frame())


def test_arrays_are_read_where_neither_pandas_nor_polars_is_installed():
    program = (
        "import sys; from importlib.machinery import PathFinder; absent = {'pandas', 'polars', 'pyarrow'};"
        "find = PathFinder.find_spec;"
        "PathFinder.find_spec = lambda name, *rest: None if name in absent else find(name, *rest);"
        "import numpy as np; from sklearn.base import BaseEstimator; from robust_mlp._data.tables import read_table;"
        "e = BaseEstimator(); X = np.array([['u', 1], ['v', None]], dtype=object);"
        "_, r = read_table(e, X, categorical_features=[0], reset=True); print(r.read(e, X).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[[0.0, 1.0], [1.0, nan]]"


def test_reading_loads_no_keras():
    program = (
        "import sys, robust_mlp._data.tables; print(sorted({'tensorflow', 'keras', 'scikeras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_further_tables_add_levels_behind_the_known_ones():
    estimator = BaseEstimator()
    _, reader = read_table(
        estimator, pd.DataFrame({"c": ["b", "d"], "x": [1.0, 2.0]}), categorical_features="from_dtype", reset=True
    )
    more = pd.DataFrame({"c": ["e", "a", None, "b", "unused"], "x": np.arange(5.0)})
    matrix, grown = reader.read_more(estimator, more, used=np.array([True] * 4 + [False]))
    assert grown.levels[0] == ("b", "d", "a", "e")
    assert_array_equal(matrix[:, 0], [3, 2, np.nan, 0, UNKNOWN_LEVEL])
    assert_array_equal(grown.read(estimator, more)[:, 0], matrix[:, 0])
    assert reader.levels[0] == ("b", "d")


def test_a_table_without_categories_has_nothing_to_add():
    estimator = BaseEstimator()
    _, reader = read_table(estimator, np.eye(3), categorical_features=None, reset=True)
    matrix, same = reader.read_more(estimator, 2 * np.eye(3))
    assert same is reader
    assert_array_equal(matrix, 2 * np.eye(3))


def test_a_column_keeps_a_limited_number_of_levels(monkeypatch):
    monkeypatch.setattr(tables, "MOST_LEVELS_KEPT", 3)
    estimator = BaseEstimator()
    cells = np.array([["a"], ["b"]], dtype=object)
    _, reader = read_table(estimator, cells, categorical_features=[0], reset=True)
    matrix, grown = reader.read_more(estimator, np.array([["d"], ["c"], ["a"]], dtype=object))
    assert grown.levels[0] == ("a", "b", "c")
    assert matrix[:, 0].tolist() == [UNKNOWN_LEVEL, 2, 0]


@pytest.mark.parametrize(
    "X", [np.array([[1.0, np.inf], [2.0, 3.0]]), pd.DataFrame({"a": [1.0, np.inf], "k": ["x", "y"]})]
)
def test_infinity_is_refused_also_where_scikit_learn_is_told_to_look_at_no_values(X):
    with sklearn.config_context(assume_finite=True), pytest.raises(ValueError, match="contains infinity"):
        read(X)


def test_what_is_no_table_is_refused_before_its_cells_are_read():
    with pytest.raises(TypeError, match=r"X is a dict, which is no table\. Pass pandas\.DataFrame\(X\)\."):
        read({"a": [1.0, 2.0]})
