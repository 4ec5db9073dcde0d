"""How a table is read and encoded: `TableReader`, `Encoding` and `Ranges` as values of a model file.

Checks that their parts fit together, so that no row to predict can lead out of an array."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from robust_mlp._data.columns import CATEGORY, NUMBER
from robust_mlp._data.dates import PARTS, DateReader, DurationReader
from robust_mlp._data.drift import Ranges
from robust_mlp._data.encoding import Encoding
from robust_mlp._data.large_integers import LargeIntegerReader
from robust_mlp._data.sparse_rows import keeps_zeros
from robust_mlp._data.tables import TableReader
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    Array,
    Maybe,
    Places,
    Record,
    Several,
    Text,
    Whole,
    read_fields,
)
from robust_mlp.persistence.file_format.values import read_levels, write_levels

# Microseconds: no date is outside of these, so that sums stay within 64 bits.
_MOST_TICKS = 2**62
_TIME = Whole(-_MOST_TICKS, _MOST_TICKS)
# Python's whole numbers have no end; those of 64-bit columns do.
_ORIGIN = Whole(-(2**63), 2**64)

_READERS = {
    "date": Record(
        DateReader,
        {"first": _TIME, "last": _TIME, "parts": Several(Text(tuple(PARTS))), "time_zone": Maybe(Text())},
    ),
    "duration": Record(DurationReader, {}),
    "large_integer": Record(LargeIntegerReader, {"origin": _ORIGIN}),
}


@dataclass(frozen=True)
class Inputs:
    """Codec of `TableReader.inputs`: "number", "category", or an object with the "kind" of a reader and its fields."""

    def write(self, value, place, arrays):
        return [_write_input(kind, place / i, arrays) for i, kind in enumerate(value)]

    def read(self, data, place, arrays):
        if not isinstance(data, list):
            raise place.refuse(data, "a list")
        return tuple(_read_input(kind, place / i, arrays) for i, kind in enumerate(data))


def _write_input(kind, place, arrays):
    if isinstance(kind, str):
        return kind
    name = next(name for name, record in _READERS.items() if type(kind) is record.kind)
    return {"kind": name, **_READERS[name].write(kind, place, arrays)}


def _read_input(data, place, arrays):
    if data in (NUMBER, CATEGORY):
        return data
    if not isinstance(data, dict) or data.get("kind") not in (*_READERS,):
        raise place.refuse(data, f"'number', 'category' or an object whose kind is one of {', '.join(_READERS)}")
    rest = {key: value for key, value in data.items() if key != "kind"}
    return _READERS[data["kind"]].read(rest, place, arrays)


@dataclass(frozen=True)
class Columns:
    """Codec of a `TableReader`: an object with "columns" and "inputs"."""

    def write(self, value, place, arrays):
        columns = [
            {
                "name": None if value.names is None else value.names[j],
                "kind": kind,
                **({} if kind == NUMBER else {"levels": write_levels(value.levels[j], value.name_of(j))}),
            }
            for j, kind in enumerate(value.kinds)
        ]
        return {"columns": columns, "inputs": Maybe(Inputs()).write(value.inputs, place / "inputs", arrays)}

    def read(self, data, place, arrays):
        keys = {"columns": Several(_Column()), "inputs": Maybe(Inputs())}
        found = read_fields(keys, set(keys), data, place, arrays)
        columns, inputs = found["columns"], found["inputs"]
        names = tuple(name for name, _, _ in columns)
        if not columns or any((name is None) != (names[0] is None) for name in names):
            raise place.refuse(names, "columns that all have names, or none")
        reader = TableReader(
            kinds=tuple(kind for _, kind, _ in columns),
            levels=tuple(levels for _, _, levels in columns),
            names=None if names[0] is None else names,
            inputs=inputs,
        )
        if inputs is not None and _kinds_of(inputs) != list(reader.kinds):
            raise (place / "inputs").refuse(data["inputs"], "inputs that become the columns")
        return reader


def _kinds_of(inputs):
    """The kinds of the columns that inputs become."""
    return [kind for one in inputs for kind in ([one] if isinstance(one, str) else [NUMBER] * len(one.names("")))]


@dataclass(frozen=True)
class _Column:
    """Codec of one column of the matrix: (name, kind, levels); only read."""

    def read(self, data, place, arrays):
        kind = data.get("kind") if isinstance(data, dict) else None
        keys = {"name": Maybe(Text()), "kind": Text((NUMBER, CATEGORY))}
        if kind == CATEGORY:
            keys["levels"] = _Levels()
        found = read_fields(keys, set(keys), data, place, arrays)
        return found["name"], kind, found.get("levels")


@dataclass(frozen=True)
class _Levels:
    """Codec of the levels of one column; only read."""

    def read(self, data, place, arrays):
        return read_levels(data, place)


_ENCODING: dict[str, Any] = {
    "scale": Maybe(Text(("standard", "robust"))),
    "numbers": Places(),
    "center": Array(FLOATS, 1),
    "divisor": Array(FLOATS, 1, may_be_infinite=True),
    "fill": Array(FLOATS, 1),
    "flagged": Places(),
    "pieced": Places(),
    "piece_low": Array(FLOATS, 1),
    "piece_width": Array(FLOATS, 1),
    "categories": Places(),
    "slots": Places(),
    "embedded": Places(),
    "level_codes": Places(),
    "n_outputs": Whole(),
    "reserved": Several(Whole()),
    "bend": Maybe(Array(FLOATS, 1, may_be_infinite=True)),
    "coded": Maybe(Places()),
    "values": Array(FLOATS, 1),
    "n_values": Places(),
}
# Only a stream of `partial_fit` reserves codes for levels to come. Earlier files know no bends and no codes of values.
_MAY_MISS = {"reserved", "bend", "coded", "values", "n_values"}


@dataclass(frozen=True)
class Encoded:
    """Codec of an `Encoding`, whose reader is known.

    `slots` and `level_codes` of all columns follow one another in one array; the number of levels tells them apart. So
    do `values`, which `n_values` tells apart.
    """

    def write(self, value, place, arrays):
        joined = {name: _joined(getattr(value, name)) for name in ("slots", "level_codes")}
        joined["values"] = np.concatenate([np.empty(0), *value.values])
        joined["n_values"] = np.array([len(part) for part in value.values], dtype=np.intp)
        left_out = {"bend"} if value.bend is None else set()
        left_out |= {"coded", "values", "n_values"} if value.coded is None else set()
        return {
            name: codec.write(joined[name] if name in joined else getattr(value, name), place / name, arrays)
            for name, codec in _ENCODING.items()
            if name not in left_out
        }

    def read(self, data, place, arrays, reader):
        found = read_fields(_ENCODING, set(_ENCODING) - _MAY_MISS, data, place, arrays)
        for name, columns in (("slots", "categories"), ("level_codes", "embedded")):
            found[name] = _apart(found[name], found[columns], reader, place / name)
        sizes = found.pop("n_values", np.empty(0, np.intp))
        values = found.pop("values", np.empty(0))
        if sizes.sum() != len(values) or (sizes < 0).any():
            raise (place / "n_values").refuse(sizes.tolist(), f"sizes that sum to {len(values)}")
        found["values"] = tuple(part.copy() for part in np.split(values, np.cumsum(sizes)[:-1])) if len(sizes) else ()
        encoding = Encoding(reader=reader, **found)
        wrong = _misfit(encoding)
        if wrong:
            raise place.refuse(wrong, "an encoding whose parts fit together")
        return encoding


def _joined(parts):
    return np.concatenate([np.empty(0, np.intp), *parts])


def _apart(joined, columns, reader, place):
    """The part of each column: its levels, then missing, then unknown."""
    n_columns = len(reader.kinds)
    if any(not 0 <= j < n_columns or reader.levels[j] is None for j in columns.tolist()):
        raise place.refuse(columns.tolist(), "of category columns")
    sizes = [len(reader.levels[j]) + 2 for j in columns.tolist()]
    if sum(sizes) != len(joined):
        raise place.refuse(len(joined), f"an array of {sum(sizes)} numbers, one for each level and two more a column")
    return tuple(part.copy() for part in np.split(joined, np.cumsum(sizes)[:-1])) if sizes else ()


def _misfit(encoding):
    """What does not fit in an encoding, or ''."""
    kinds = np.array(encoding.reader.kinds)
    n_numbers, n_pieces = len(encoding.numbers), len(encoding.pieced)
    # Of a sparse table, columns that are stored in a single row are left out.
    if (np.diff(encoding.numbers) <= 0).any() or not np.isin(encoding.numbers, np.flatnonzero(kinds == NUMBER)).all():
        return "numbers are not ascending columns of numbers"
    if len(encoding.numbers) < np.count_nonzero(kinds == NUMBER) and not keeps_zeros(encoding):
        return "numbers are not all columns of numbers, and the encoding is not that of a sparse table"
    columns = np.concatenate([encoding.categories, encoding.embedded])
    if sorted(set(columns.tolist())) != np.flatnonzero(kinds == CATEGORY).tolist():
        return "categories and embedded are not the columns of categories"
    if not len(encoding.center) == len(encoding.divisor) == len(encoding.fill) == n_numbers:
        return "center, divisor and fill are not as long as numbers"
    if not len(encoding.piece_low) == len(encoding.piece_width) == n_pieces:
        return "piece_low and piece_width are not as long as pieced"
    if not (encoding.divisor > 0).all() or not (encoding.piece_width > 0).all():
        return "a divisor or a piece_width is not positive"
    flagged, pieced = encoding.flagged, encoding.pieced
    if len(np.unique(flagged)) != len(flagged) or not _are_within(flagged, n_numbers):
        return "flagged is not of different numbers"
    if not _are_within(pieced, n_numbers) or not (np.diff(pieced) >= 0).all():
        return "pieced is not ascending within the numbers"
    wrong = _misfit_of_detail(encoding)
    if wrong:
        return wrong
    start = n_numbers + len(encoding.flagged) + n_pieces
    end = max([start, *(int(slots.max()) + 1 for slots in encoding.slots)])
    if any(((slots != -1) & (slots < start)).any() or (slots < -1).any() for slots in encoding.slots):
        return "a slot is not among the outputs of categories"
    if any(codes.min() < 0 for codes in encoding.level_codes):
        return "a level code is negative"
    if encoding.n_outputs < end + encoding.n_codes:  # a stream has outputs for levels to come
        return f"n_outputs is not at least {end + encoding.n_codes}"
    n_codes = [int(codes.max()) + 1 for codes in encoding.level_codes]
    if encoding.reserved and (len(encoding.reserved) != len(n_codes) or any(np.less(encoding.reserved, n_codes))):
        return f"reserved does not hold the codes {n_codes}"
    return ""


def _misfit_of_detail(encoding):
    """What does not fit in the bends and the codes of values, or ''."""
    n_numbers = len(encoding.numbers)
    if encoding.bend is not None and (len(encoding.bend) != n_numbers or not (encoding.bend > 0).all()):
        return "bend does not hold a positive number for each of numbers"
    coded = np.empty(0, np.intp) if encoding.coded is None else encoding.coded
    if len(coded) != len(encoding.values):
        return "coded and n_values are not of one length"
    if not (np.diff(coded) > 0).all() or not _are_within(coded, n_numbers):
        return "coded is not ascending within the numbers"
    if any(not (np.diff(values) > 0).all() for values in encoding.values):
        return "values are not ascending"
    return ""


def _are_within(places, n_numbers):
    """Whether all of these are positions of numbers."""
    return not len(places) or bool(places.min() >= 0 and places.max() < n_numbers)


RANGES = Record(
    Ranges,
    {
        "low": Array(FLOATS, 1, may_be_infinite=True),
        "high": Array(FLOATS, 1, may_be_infinite=True),
        "missing_share": Array(FLOATS, 1),
        "new_share": Array(FLOATS, 1),
        "new_variance": Array(FLOATS, 1),
    },
)
