"""Each codec gives back what was written, through JSON, and refuses everything else with its place."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest

from robust_mlp import ModelFileError
from robust_mlp.persistence.file_format import codecs
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    Array,
    Flag,
    Mapping,
    Maybe,
    Number,
    Pair,
    Places,
    Record,
    Several,
    Text,
    Vector,
    Whole,
)
from robust_mlp.persistence.file_format.places import Place

HERE = Place() / "here"


@dataclass(frozen=True)
class Point:
    x: float
    y: float = 2.0


POINT = Record(Point, {"x": Number(), "y": Number()})


class InMemory:
    """Arrays that are written and read in memory."""

    def __init__(self):
        self.held = {}

    def add(self, name, array):
        self.held[f"{name}.npy"] = array
        return f"{name}.npy"

    def take(self, name, dtypes, n_axes):
        return self.held[name]


def through_json(codec, value):
    arrays = InMemory()
    data = json.loads(json.dumps(codec.write(value, HERE, arrays), allow_nan=False))
    return codec.read(data, HERE, arrays)


@pytest.mark.parametrize(
    "codec, value",
    [
        (Text(), "a\ud800\x00"),
        (Text(("a", "b")), "b"),
        (Flag(), True),
        (Whole(), 2**63 - 1),
        (Whole(-5, 5), -5),
        (Number(), 0.1 + 0.2),
        (Number(), 5e-324),
        (Number(), 3),
        (Number(is_finite=False), math.inf),
        (Maybe(Text()), None),
        (Maybe(Text()), "a"),
        (Several(Whole()), (1, 2)),
        (Several(Number(), list), [1.5, 2, 1e300]),
        (Several(Several(Number(is_finite=False))), ((1.0, math.inf), ())),
        (Pair(Text()), ("a", "b")),
        (Mapping(Flag()), {"a": True, "b": False}),
        (POINT, Point(1.5)),
    ],
)
def test_a_value_comes_back(codec, value):
    found = through_json(codec, value)
    assert found == value and type(found) is type(value)


def test_a_number_that_is_none_comes_back():
    assert math.isnan(through_json(Number(is_finite=False), math.nan))
    assert math.isnan(through_json(Several(Number(is_finite=False)), (math.nan,))[0])


@pytest.mark.parametrize("codec", [Vector(), Array(FLOATS, 1)])
def test_arrays_come_back(codec):
    array = np.array([0.1, -0.0, 1e-310])
    found = through_json(codec, array)
    assert found.dtype == np.float64 and found.tobytes() == array.tobytes()


def test_places_come_back_as_positions():
    found = through_json(Places(), np.array([3, 1], dtype=np.int32))
    assert found.dtype == np.intp and found.tolist() == [3, 1]


def test_numpys_scalars_become_plain_ones():
    assert through_json(Number(), np.float32(0.1)) == float(np.float32(0.1))
    assert through_json(Whole(), np.int64(3)) == 3
    assert through_json(Flag(), np.True_) is True


@pytest.mark.parametrize(
    "codec, data, message",
    [
        (Text(), 1, "here must be a text, and is 1"),
        (Text(("a", "b")), "c", "here must be one of 'a', 'b', and is 'c'"),
        (Flag(), 1, "here must be true or false, and is 1"),
        (Flag(), None, "here must be true or false"),
        (Whole(0, 9), 10, "here must be a whole number from 0 to 9, and is 10"),
        (Whole(), True, "here must be a whole number"),
        (Whole(), 1.0, "here must be a whole number"),
        (Number(), "nan", "here must be a finite number, and is 'nan'"),
        (Number(), math.inf, "here must be a finite number"),
        (Number(), 10**400, "here must be a finite number"),
        (Number(is_finite=False), "NaN", "here must be a number, 'nan', 'inf' or '-inf'"),
        (Number(), False, "here must be a finite number"),
        (Several(Whole()), {"a": 1}, "here must be a list"),
        (Several(Whole()), [1, "b"], r"here\[1\] must be a whole number"),
        (Several(Number()), [1.0, None], r"here\[1\] must be a finite number"),
        (Several(Number()), [1.0, math.nan], r"here\[1\] must be a finite number"),
        (Pair(Whole()), [1], "here must be a list of two"),
        (Vector(), [[1.0]], r"here\[0\] must be a finite number"),
        (Mapping(Flag()), [], "here must be an object"),
        (Mapping(Flag()), {"a": 1}, r"here\.a must be true or false"),
        (POINT, {"y": 1.0}, r"here must be an object with the key 'x', and is \['y'\]"),
        (POINT, {"x": 1.0, "z": 1.0}, "here must be an object with other keys than that: x, y, and is 'z'"),
        (POINT, {"x": "1"}, r"here\.x must be a finite number"),
        (POINT, 3, "here must be an object"),
        (Array(), "there.npy", r"here must be 'here\.npy', and is 'there\.npy'"),
        (Array(), None, r"here must be 'here\.npy'"),
    ],
)
def test_anything_else_is_refused_with_its_place(codec, data, message):
    with pytest.raises(ModelFileError, match=f"is no valid model file: {message}"):
        codec.read(data, HERE, InMemory())


@pytest.mark.parametrize(
    "codec, number, is_refused",
    [
        (Array(), math.nan, True),
        (Array(), math.inf, True),
        (Array(may_be_nan=True), math.nan, False),
        (Array(may_be_nan=True), math.inf, True),
        (Array(may_be_infinite=True), -math.inf, False),
        (Array(may_be_infinite=True), math.nan, True),
        (Array(may_be_nan=True, may_be_infinite=True), math.nan, False),
    ],
)
def test_arrays_hold_only_numbers_that_fit(codec, number, is_refused):
    arrays = InMemory()
    arrays.held["here.npy"] = np.array([1.0, number])
    if not is_refused:
        assert codec.read("here.npy", HERE, arrays) is arrays.held["here.npy"]
        assert codec.write(arrays.held["here.npy"], HERE, InMemory()) == "here.npy"
        return
    with pytest.raises(ModelFileError, match=r"the array 'here\.npy' holds numbers that are not finite"):
        codec.read("here.npy", HERE, arrays)
    with pytest.raises(ModelFileError, match="here holds numbers that are not finite"):
        codec.write(arrays.held["here.npy"], HERE, InMemory())


def test_a_number_that_is_not_finite_is_not_written_where_none_fits():
    with pytest.raises(ModelFileError, match="here is nan; a model file holds finite numbers there"):
        Number().write(math.nan, HERE, InMemory())


def test_a_field_with_a_default_may_be_missing():
    """So that the package can add fields and read older files."""
    assert POINT.read({"x": 1.5}, HERE, InMemory()) == Point(1.5, 2.0)


def test_every_codec_of_the_module_is_tested_here():
    kinds = {name for name, value in vars(codecs).items() if isinstance(value, type) and hasattr(value, "read")}
    assert kinds == {
        "Text", "Flag", "Whole", "Number", "Maybe", "Several", "Pair", "Vector", "Mapping", "Array", "Places", "Record",
    }  # fmt: skip
