"""Values of parameters and levels come back with their types, and no other value is written or read."""

import datetime
import json
import math

import numpy as np
import pandas as pd
import pytest

from robust_mlp import ModelFileError
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.values import (
    Labels,
    UnwritableError,
    Value,
    read_levels,
    read_value,
    write_levels,
    write_value,
)

HERE = Place() / "here"


def deep(value, n):
    """A value in so many lists."""
    return deep([value], n - 1) if n else value


def through_json(value):
    return read_value(json.loads(json.dumps(write_value(value), allow_nan=False)), HERE)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**70),
        1.0,
        math.inf,
        "a\ud800\n",
        [],
        [1, [2.5, "a"]],
        (),
        (64, (32,)),
        {},
        {1: "a", "1": "b", False: None, (1, 2): [3]},
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 1, 2, 3, 4),
        datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    ],
)
def test_a_value_comes_back_with_its_type(value):
    found = through_json(value)
    assert found == value and type(found) is type(value)


def test_nan_comes_back():
    assert math.isnan(through_json(math.nan))


@pytest.mark.parametrize(
    "array",
    [
        np.array([1, 2], dtype=np.int8),
        np.array([[0.1, math.nan], [math.inf, 2]]),
        np.array(["a", "bcd"]),
        np.array(["a", "b"], dtype=object),
        np.array([True, False]),
        np.array(3.5, dtype=np.float32),
        np.array([2**64 - 1], dtype=np.uint64),
        np.empty((0, 2)),
    ],
)
def test_an_array_comes_back(array):
    found = through_json(array)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_a_generator_goes_on():
    generator = np.random.RandomState(5)
    generator.standard_normal(3)
    found = through_json(generator)
    assert found.standard_normal(7).tolist() == generator.standard_normal(7).tolist()


@pytest.mark.parametrize(
    "value, plain",
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.str_("a"), "a"),
        (np.True_, True),
        (range(3), (0, 1, 2)),
        (pd.Index(["a", "b"]), ["a", "b"]),
        (pd.Series([1.5, 2]), [1.5, 2.0]),
        (pd.Timestamp(2024, 1, 2), datetime.datetime(2024, 1, 2)),
    ],
)
def test_what_has_a_plain_form_gets_it(value, plain):
    found = through_json(value)
    assert found == plain and type(found) is type(plain)


@pytest.mark.parametrize(
    "value, what",
    [
        (print, "<built-in function print> of type builtin_function_or_method"),
        (dict, "<class 'dict'> of type type"),
        ({1, 2}, "{1, 2} of type set"),
        (1j, "1j of type complex"),
        (b"a", "b'a' of type bytes"),
        (np.array([1j]), "an array of dtype complex128"),
        (np.array([1, None], dtype=object), "an array of Python objects that are not all texts"),
        (pd.Interval(0, 1), "of type Interval"),
        (pd.Timestamp(1), "finer than microseconds"),
        (deep(1, 30), "a value nested too deeply"),
    ],
)
def test_other_values_are_not_written(value, what):
    with pytest.raises(UnwritableError) as caught:
        write_value(value)
    assert what in str(caught.value)


def array(dtype="<f8", shape=(1,), items=(1.0,)):
    return {"type": "ndarray", "dtype": dtype, "shape": list(shape), "items": list(items)}


@pytest.mark.parametrize(
    "data",
    [
        {"type": "os.system", "value": "ls"},
        {"type": "float", "value": "1e5"},
        {"type": "float"},
        {"type": "float", "value": "nan", "more": 1},
        {"type": "tuple", "items": {}},
        {"type": "dict", "items": [[1, 2, 3]]},
        {"type": "dict", "items": [[[], 2]]},
        {"type": "dict", "items": [5]},
        {"type": "date", "value": "yesterday"},
        {"type": "date", "value": 5},
        {"type": ["tuple"], "items": []},
        {"items": []},
        math.nan,
        array(dtype="O8"),
        array(dtype="f8,f8"),
        array(dtype="<U1000000000", items=["a"]),
        array(dtype="<M8[D]"),
        array(dtype="no such"),
        array(dtype=5),
        array(shape=[2]),
        array(shape="1"),
        array(dtype="<f8", items=["1"]),
        array(dtype="<i8", items=[2**70]),
        array(dtype="object", items=[1]),
        {"type": "ndarray", "dtype": "<f8", "shape": [1], "items": 5},
        {"type": "RandomState", "keys": [1, 2], "place": 3, "gauss": None},
        {"type": "RandomState", "keys": [1] * 624, "place": 625, "gauss": None},
        {"type": "RandomState", "keys": [-1] * 624, "place": 3, "gauss": None},
        {"type": "RandomState", "keys": "x", "place": "y", "gauss": []},
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(ModelFileError, match="is no valid model file: here"):
        Value().read(data, HERE, None)


def test_deep_values_are_refused():
    with pytest.raises(ModelFileError, match="nested at most"):
        read_value(deep(1, 30), HERE)


@pytest.mark.parametrize("labels", [np.array([0, 1, 5]), np.array(["a", "b"], dtype=object), np.array([False, True])])
def test_labels_come_back(labels):
    data = json.loads(json.dumps(Labels().write(labels, HERE, None)))
    found = Labels().read(data, HERE, None)
    assert found.dtype == labels.dtype and found.tolist() == labels.tolist()


@pytest.mark.parametrize(
    "data",
    [
        {"dtype": "<i8", "values": [1]},
        {"dtype": "<i8", "values": [2, 1]},
        {"dtype": "<i8", "values": [1, 1]},
        {"dtype": "<i8", "values": ["a", "b"]},
        {"dtype": "<f8", "values": [1.0, {"type": "float", "value": "nan"}]},
        {"dtype": "<i8", "values": 7},
        {"values": [1, 2]},
        [1, 2],
    ],
)
def test_other_labels_are_refused(data):
    with pytest.raises(ModelFileError, match="is no valid model file: here"):
        Labels().read(data, HERE, None)


LEVELS = ("a", 1, 2.5, True and "True", math.inf, datetime.date(2024, 1, 1))


def test_levels_come_back():
    found = read_levels(json.loads(json.dumps(write_levels(LEVELS, "town"))), HERE)
    assert found == LEVELS and list(map(type, found)) == list(map(type, LEVELS))


@pytest.mark.parametrize("level", [(1, 2), None, pd.Interval(0, 1), b"a"])
def test_other_levels_are_not_written(level):
    with pytest.raises(ModelFileError, match="Column 'town'"):
        write_levels(("a", level), "town")


@pytest.mark.parametrize("data", ["ab", [["a"]], [None], ["a", "a"], [1, 1.0], [{"type": "tuple", "items": []}]])
def test_other_levels_are_not_read(data):
    with pytest.raises(ModelFileError, match="here must be a list of"):
        read_levels(data, HERE)
