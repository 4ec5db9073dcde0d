"""Values of parameters, and levels of categories: plain Python values and small arrays, each told by its type.

What is neither cannot be written: a model file holds no code."""

import datetime
import math
from dataclasses import dataclass

import numpy as np

from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.places import Place, shown

# Deeper than any value of a parameter, and far from the end of Python's stack. The settings of an optimizer with a
# schedule are 10 deep: each dict counts as three.
MOST_NESTED = 24

_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_DTYPE_KINDS = "biufUO"
_RANDOM_STATE_KEYS = 624  # of the Mersenne Twister


class UnwritableError(TypeError):
    """A value that a model file cannot hold; the message says what it is."""


@dataclass(frozen=True)
class Value:
    """Codec of any plain value.

    None, bool, int, finite float, str and list are what JSON has for them; anything else is an object with its "type".
    """

    def write(self, value, place, arrays):
        return write_value(value)

    def read(self, data, place, arrays):
        return read_value(data, place)


def write_value(value, depth=0):
    """A plain value as what `json` can write.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, a NumPy scalar of these, date or datetime; list, tuple or dict of such values;
        ndarray of numbers or texts; RandomState.
    depth : int, default=0
        In how many other values it lies.

    Returns
    -------
    data : object

    Raises
    ------
    UnwritableError

    Examples
    --------
    >>> write_value((64, 64))
    {'type': 'tuple', 'items': [64, 64]}
    """
    if depth > MOST_NESTED:
        raise UnwritableError("a value nested too deeply")
    if isinstance(value, np.generic):
        value = value.item()
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value, depth)
    if not isinstance(value, type) and hasattr(value, "tolist"):  # an index or a column of pandas
        return write_value(value.tolist(), depth)
    raise UnwritableError(f"{shown(value)} of type {type(value).__name__}")


def _write_float(value, depth):
    return value if math.isfinite(value) else {"type": "float", "value": str(value)}


def _write_time(value, depth):
    if getattr(value, "nanosecond", 0):  # of pandas
        raise UnwritableError(f"{shown(value)}, which is finer than microseconds")
    kind = "datetime" if isinstance(value, datetime.datetime) else "date"
    return {"type": kind, "value": value.isoformat()}


def _write_dict(value, depth):
    return {"type": "dict", "items": [[write_value(part, depth + 1) for part in item] for item in value.items()]}


def _write_array(value, depth):
    if value.dtype.kind not in _DTYPE_KINDS:
        raise UnwritableError(f"an array of dtype {value.dtype}")
    if value.dtype.kind == "O" and not all(isinstance(item, str) for item in value.flat):
        raise UnwritableError("an array of Python objects that are not all texts")
    items = [write_value(item, depth + 1) for item in value.ravel().tolist()]
    dtype = "object" if value.dtype.kind == "O" else value.dtype.newbyteorder("<").str
    return {"type": "ndarray", "dtype": dtype, "shape": list(value.shape), "items": items}


def _write_random_state(value, depth):
    name, keys, place, has_gauss, cached = value.get_state()
    if name != "MT19937":
        raise UnwritableError(f"a RandomState of {name}")
    return {"type": "RandomState", "keys": keys.tolist(), "place": place, "gauss": cached if has_gauss else None}


_WRITERS = (
    ((bool, type(None)), lambda value, depth: value),
    (int, lambda value, depth: int(value)),
    (float, _write_float),
    (str, lambda value, depth: str(value)),
    (list, lambda value, depth: [write_value(item, depth + 1) for item in value]),
    ((tuple, range), lambda v, depth: {"type": "tuple", "items": [write_value(item, depth + 1) for item in v]}),
    (dict, _write_dict),
    ((datetime.datetime, datetime.date), _write_time),
    (np.ndarray, _write_array),
    (np.random.RandomState, _write_random_state),
)


def read_value(data, place, depth=0):
    """The value that `write_value` wrote.

    Parameters
    ----------
    data : object
        As read from JSON.
    place : Place
    depth : int, default=0
        In how many other values it lies.

    Returns
    -------
    value : object

    Raises
    ------
    ModelFileError
    """
    if depth > MOST_NESTED:
        raise place.refuse(data, f"nested at most {MOST_NESTED} deep")
    if data is None or isinstance(data, (bool, int, str)):
        return data
    if isinstance(data, float):
        if not math.isfinite(data):
            raise place.refuse(data, "finite")
        return data
    if isinstance(data, list):
        return [read_value(item, place / i, depth + 1) for i, item in enumerate(data)]
    if isinstance(data, dict) and isinstance(data.get("type"), str) and data["type"] in _READERS:
        keys, read = _READERS[data["type"]]
        if set(data) == {"type", *keys}:
            return read(data, place, depth)
    raise place.refuse(data, f"a plain value, or an object whose type is one of {', '.join(_READERS)}")


def _read_items(data, place, depth):
    items = data["items"]
    if not isinstance(items, list):
        raise place.refuse(items, "an object with a list of items")
    return [read_value(item, place / i, depth + 1) for i, item in enumerate(items)]


def _read_float(data, place, depth):
    if not isinstance(data["value"], str) or data["value"] not in _FLOATS:
        raise place.refuse(data, "a float: 'nan', 'inf' or '-inf'")
    return _FLOATS[data["value"]]


def _read_time(data, place, depth):
    kind = {"date": datetime.date, "datetime": datetime.datetime}[data["type"]]
    try:
        return kind.fromisoformat(data["value"])
    except (TypeError, ValueError) as error:
        raise place.refuse(data, "a date in ISO 8601") from error


def _read_dict(data, place, depth):
    items = _read_items(data, place, depth)
    try:
        return {key: value for key, value in items}
    except (TypeError, ValueError) as error:
        raise place.refuse(data, "a dict of pairs") from error


def _read_array(data, place, depth):
    items, shape, dtype = _read_items(data, place, depth), data["shape"], data["dtype"]
    try:
        dtype = np.dtype(dtype) if isinstance(dtype, str) else None
        is_text = dtype is not None and dtype.kind in "UO"
        if dtype is None or dtype.kind not in _DTYPE_KINDS or any(isinstance(item, str) != is_text for item in items):
            raise place.refuse(data, "an array of numbers or texts")
        if dtype.kind == "U" and dtype.itemsize > 4 * max(map(len, items), default=1):
            raise place.refuse(dtype.str, "a dtype as wide as its longest text")
        array = np.empty(len(items), dtype)
        array[:] = items
        if not isinstance(shape, list) or any(type(size) is not int or size < 0 for size in shape):
            raise place.refuse(shape, "a shape")
        return array.reshape(shape)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise place.refuse(data, "an array whose items fit its dtype and shape") from error


def _read_random_state(data, place, depth):
    keys, gauss = data["keys"], data["gauss"]
    try:
        keys = np.array(keys, dtype=np.uint32)
        if keys.shape != (_RANDOM_STATE_KEYS,) or not 0 <= data["place"] <= _RANDOM_STATE_KEYS:
            raise ValueError
        state = np.random.RandomState()
        state.set_state(("MT19937", keys, int(data["place"]), int(gauss is not None), float(gauss or 0.0)))
        return state
    except (TypeError, ValueError, OverflowError) as error:
        raise place.refuse(data, "the state of a Mersenne Twister") from error


_READERS = {
    "float": (("value",), _read_float),
    "date": (("value",), _read_time),
    "datetime": (("value",), _read_time),
    "tuple": (("items",), lambda data, place, depth: tuple(_read_items(data, place, depth))),
    "dict": (("items",), _read_dict),
    "ndarray": (("dtype", "shape", "items"), _read_array),
    "RandomState": (("keys", "place", "gauss"), _read_random_state),
}


@dataclass(frozen=True)
class Labels:
    """Codec of class labels: ndarray of shape (n_classes,) of whole numbers, truth values or texts, all different."""

    def write(self, value, place, arrays):
        data = write_value(value)
        return {"dtype": data["dtype"], "values": data["items"]}

    def read(self, data, place, arrays):
        if not isinstance(data, dict) or set(data) != {"dtype", "values"} or not isinstance(data["values"], list):
            raise place.refuse(data, "an object with dtype and values")
        full = {"type": "ndarray", "dtype": data["dtype"], "shape": [len(data["values"])], "items": data["values"]}
        labels = _read_array(full, place, 0)
        if len(labels) < 2 or not (labels[1:] > labels[:-1]).all():
            raise place.refuse(data["values"], "at least two labels, sorted and different")
        return labels


def write_levels(levels, column):
    """Levels of a category column as what `json` can write.

    Parameters
    ----------
    levels : tuple of str, int, float, bool, date or datetime
    column : str
        The column's name, for the error.

    Raises
    ------
    ModelFileError
        For levels of another type.
    """
    try:
        data = [write_value(level) for level in levels]
    except UnwritableError as error:
        raise ModelFileError(
            f"Column {column!r} is a category with the level {error}; a model file holds texts, numbers, truth values "
            f"and dates. Turn the levels into texts before fit, for example X[{column!r}] = X[{column!r}].astype(str)."
        ) from error
    kinds = [type(level).__name__ for level, item in zip(levels, data, strict=True) if not is_level(item)]
    if kinds:
        raise ModelFileError(f"Column {column!r} has a level of type {kinds[0]}. Turn its levels into texts.")
    return data


def is_level(data):
    """Whether a value in JSON is that of a level."""
    is_plain = isinstance(data, (str, bool, int, float))
    return is_plain or (isinstance(data, dict) and data.get("type") in ("float", "date", "datetime"))


def read_levels(data, place: Place):
    """Levels as `write_levels` wrote them: a tuple of different values."""
    if not isinstance(data, list) or not all(map(is_level, data)):
        raise place.refuse(data, "a list of levels: texts, numbers, truth values and dates")
    levels = tuple(read_value(level, place) for level in data)
    if len(set(levels)) != len(levels):
        raise place.refuse(data, "a list of different levels")
    return levels
