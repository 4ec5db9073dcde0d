"""Codecs: how values of one kind stand in model.json, and the check of every one that is read.

A codec has `write(value, place, arrays)`, which gives what `json` can write, and `read(data, place, arrays)`, which
gives the value back or raises ModelFileError. Which classes are built is said by the code, never by the file."""

import math
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np

from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.arrays import DTYPES

# JSON has no numbers for these.
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
FLOATS, WHOLES = ("<f4", "<f8"), ("<i4", "<i8")
# Whole numbers of the file fit into 64 bits.
LARGEST_WHOLE = 2**63 - 1
LARGEST_FLOAT = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Text:
    """A text; one of `options` where these are given."""

    options: tuple = ()

    def write(self, value, place, arrays):
        return str(value)

    def read(self, data, place, arrays):
        if not isinstance(data, str) or (self.options and data not in self.options):
            raise place.refuse(data, f"one of {', '.join(map(repr, self.options))}" if self.options else "a text")
        return data


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def write(self, value, place, arrays):
        return bool(value)

    def read(self, data, place, arrays):
        if not isinstance(data, bool):
            raise place.refuse(data, "true or false")
        return data


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`."""

    low: int = 0
    high: int = LARGEST_WHOLE

    def write(self, value, place, arrays):
        return int(value)

    def read(self, data, place, arrays):
        if not isinstance(data, int) or isinstance(data, bool) or not self.low <= data <= self.high:
            raise place.refuse(data, f"a whole number from {self.low} to {self.high}")
        return data


@dataclass(frozen=True)
class Number:
    """A number. A text stands for one that is not finite, if that is allowed: 'nan', 'inf' or '-inf'."""

    is_finite: bool = True

    def write(self, value, place, arrays):
        if isinstance(value, (int, np.integer)):
            return int(value)
        value = float(value)
        if math.isfinite(value):
            return value
        if self.is_finite:
            raise ModelFileError(f"{place} is {value}; a model file holds finite numbers there.")
        return str(value)

    def read(self, data, place, arrays):
        if not self.is_finite and isinstance(data, str) and data in _NOT_FINITE:
            return _NOT_FINITE[data]
        is_number = isinstance(data, (int, float)) and not isinstance(data, bool)
        if not is_number or not -LARGEST_FLOAT <= data <= LARGEST_FLOAT:
            raise place.refuse(data, "a finite number" if self.is_finite else "a number, 'nan', 'inf' or '-inf'")
        return data


@dataclass(frozen=True)
class Maybe:
    """None, or what another codec holds."""

    codec: Any

    def write(self, value, place, arrays):
        return None if value is None else self.codec.write(value, place, arrays)

    def read(self, data, place, arrays):
        return None if data is None else self.codec.read(data, place, arrays)


@dataclass(frozen=True)
class Several:
    """A sequence whose items another codec holds; `kind` is what it is in Python."""

    codec: Any
    kind: Any = tuple

    def write(self, value, place, arrays):
        if isinstance(self.codec, Number) and all(type(item) is float for item in value) and _are_finite(value):
            return list(value)
        return [self.codec.write(item, place / i, arrays) for i, item in enumerate(value)]

    def read(self, data, place, arrays):
        if not isinstance(data, list):
            raise place.refuse(data, "a list")
        if isinstance(self.codec, Number) and all(type(item) is float for item in data) and _are_finite(data):
            return self.kind(data)  # a curve, of which nobody needs the place of each number
        return self.kind(self.codec.read(item, place / i, arrays) for i, item in enumerate(data))


def _are_finite(numbers):
    return all(map(math.isfinite, numbers))


@dataclass(frozen=True)
class Pair:
    """A tuple of two."""

    codec: Any

    def write(self, value, place, arrays):
        return Several(self.codec).write(value, place, arrays)

    def read(self, data, place, arrays):
        if not isinstance(data, list) or len(data) != 2:
            raise place.refuse(data, "a list of two")
        return Several(self.codec).read(data, place, arrays)


@dataclass(frozen=True)
class Vector:
    """A short ndarray of shape (n,), dtype float64, as a list of numbers."""

    is_finite: bool = True

    def write(self, value, place, arrays):
        return Several(Number(self.is_finite)).write(np.asarray(value, np.float64).tolist(), place, arrays)

    def read(self, data, place, arrays):
        return np.array(Several(Number(self.is_finite)).read(data, place, arrays), dtype=np.float64)


@dataclass(frozen=True)
class Mapping:
    """A dict whose keys are texts and whose values another codec holds."""

    codec: Any

    def write(self, value, place, arrays):
        return {str(key): self.codec.write(item, place / str(key), arrays) for key, item in value.items()}

    def read(self, data, place, arrays):
        if not isinstance(data, dict):
            raise place.refuse(data, "an object")
        return {key: self.codec.read(item, place / key, arrays) for key, item in data.items()}


@dataclass(frozen=True)
class Array:
    """An ndarray in an entry of its own; model.json holds the entry's name.

    `dtypes` those that fit; `n_axes` None for any number; `may_be_nan`, `may_be_infinite` whether such numbers fit.
    """

    dtypes: tuple = DTYPES
    n_axes: int | None = None
    may_be_nan: bool = False
    may_be_infinite: bool = False

    def write(self, value, place, arrays):
        if not self._holds(value):
            raise ModelFileError(
                f"{place} holds numbers that are not finite, so the classifier predicts nothing. Fit it again, with "
                "collapse_guard='repair' or a lower learning_rate."
            )
        return arrays.add(place.entry, value)

    def read(self, data, place, arrays):
        if data != f"{place.entry}.npy":
            raise place.refuse(data, f"'{place.entry}.npy'")
        array = arrays.take(data, self.dtypes, self.n_axes)
        if not self._holds(array):
            raise ModelFileError(f"is no valid model file: the array {data!r} holds numbers that are not finite.")
        return array

    def _holds(self, array):
        if array.dtype.kind != "f" or (self.may_be_nan and self.may_be_infinite):
            return True
        is_wrong = np.isinf if self.may_be_nan else np.isnan if self.may_be_infinite else lambda a: ~np.isfinite(a)
        return not is_wrong(array).any()


@dataclass(frozen=True)
class Places:
    """An ndarray of dtype intp in an entry of its own: row numbers, positions of columns, level codes."""

    n_axes: int = 1

    def write(self, value, place, arrays):
        return Array(WHOLES, self.n_axes).write(value, place, arrays)

    def read(self, data, place, arrays):
        return Array(WHOLES, self.n_axes).read(data, place, arrays).astype(np.intp, copy=False)


@dataclass(frozen=True)
class Record:
    """An object of a known class, as an object with a known codec for each of its fields.

    A field that has a default may be missing, so that the package may add fields and still read older files.
    """

    kind: type
    codecs: dict

    def write(self, value, place, arrays):
        return {name: codec.write(getattr(value, name), place / name, arrays) for name, codec in self.codecs.items()}

    def read(self, data, place, arrays):
        return self.kind(**self.read_fields(data, place, arrays))

    def read_fields(self, data, place, arrays):
        """The fields as a dict."""
        needed = {f.name for f in fields(self.kind) if f.default is MISSING and f.default_factory is MISSING}
        return read_fields(self.codecs, needed, data, place, arrays)


def read_fields(codecs, needed, data, place, arrays):
    """The values of an object with some known keys.

    Parameters
    ----------
    codecs : dict of str to codec
    needed : set of str
        Keys that may not be missing.
    data : object
        As read from JSON.
    place : Place
    arrays : ArraysIn

    Returns
    -------
    values : dict of str to object
        In the order of `codecs`, for keys that are there.

    Raises
    ------
    ModelFileError
    """
    if not isinstance(data, dict):
        raise place.refuse(data, "an object")
    for name in data:
        if name not in codecs:
            raise place.refuse(name, f"an object with other keys than that: {', '.join(codecs)}")
    for name in codecs:
        if name in needed and name not in data:
            raise place.refuse(sorted(data), f"an object with the key {name!r}")
    return {name: codec.read(data[name], place / name, arrays) for name, codec in codecs.items() if name in data}
