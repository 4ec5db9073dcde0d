"""What `partial_fit` keeps between two calls, as values of a model file: held-out rows, statistics, optimizer.

Reads and writes attributes; builds none of the classes that hold them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from robust_mlp._core.training_data import OptimizerState
from robust_mlp._data.column_statistics import Moments
from robust_mlp._prediction.rare_levels import is_rare
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    WHOLES,
    Array,
    Flag,
    Mapping,
    Maybe,
    Number,
    Places,
    Record,
    Several,
    Vector,
    Whole,
    read_fields,
)
from robust_mlp.persistence.file_format.network import Factor


@dataclass(frozen=True)
class Hashes:
    """Codec of an ndarray of uint64, as an array of int64 with the same bits."""

    def write(self, value, place, arrays):
        return Array(WHOLES, 1).write(np.ascontiguousarray(value).view(np.int64), place, arrays)

    def read(self, data, place, arrays):
        return Array(("<i8",), 1).read(data, place, arrays).view(np.uint64)


@dataclass(frozen=True)
class Fields:
    """Codec of some attributes of an object, or of the items of a dict; read as a dict."""

    codecs: dict[str, Any]
    may_lack: frozenset[str] = frozenset()  # what files of earlier versions do not have

    def write(self, value, place, arrays):
        values = value if isinstance(value, dict) else {name: getattr(value, name) for name in self.codecs}
        return {name: codec.write(values[name], place / name, arrays) for name, codec in self.codecs.items()}

    def read(self, data, place, arrays):
        return read_fields(self.codecs, set(self.codecs) - self.may_lack, data, place, arrays)


ROWS = Fields({"X": Array(FLOATS, 2, may_be_nan=True), "codes": Places(), "weights": Array(FLOATS, 1)})
RESERVOIR = Fields(
    {
        "shares": Vector(),
        "has_trained": Several(Flag(), list),
        "seen": Hashes(),
        "table": Maybe(ROWS),
        "first": Maybe(ROWS),
        "n_rows": Whole(),
        "by_content": Maybe(Flag()),
    }
)
_STATISTIC = Vector()
MOMENTS = Record(
    Moments,
    dict.fromkeys(("mean", "std", "low", "high", "present_weight", "missing_weight"), _STATISTIC),
)
# `moments` is what `settled` and `recent` are together: all that earlier versions wrote.
GROWING = Fields(
    {
        "moments": MOMENTS,
        "settled": MOMENTS,
        "recent": MOMENTS,
        "scale_rows": Vector(),
        "masses": Mapping(Vector()),
    },
    may_lack=frozenset({"settled", "recent"}),
)
SLOTS = Record(OptimizerState, {"of_weights": Mapping(Several(Array(), list)), "others": Several(Array(), list)})

# Of `PartialTraining`, beside the network and the plan.
TRAINING = Fields(
    {
        "seeds": Mapping(Whole(0, 2**32 - 1)),
        "reservoir": RESERVOIR,
        "growing": GROWING,
        "class_mass": Vector(),
        "losses": Several(Number()),
        "inverse_temperature": Factor(),
        "n_steps": Whole(),
        "logit_factor": Factor(),
        "slots": Maybe(Several(SLOTS, list)),
        "following": Fields({"total": Number(), "squares": Number()}),
        "rehearsal": Maybe(ROWS),
    },
    may_lack=frozenset({"following", "rehearsal"}),
)


def write_training(training, rows, place, arrays):
    """What is kept of a `PartialTraining`.

    Parameters
    ----------
    training : PartialTraining
    rows : bool
        Whether to write the rows that it holds out, and those that it trains on again where their class does not come.
        Without them the next calls take others. Without them, the weights of levels that no prediction depends on are
        left out, too: the table does not name these levels.
    place : Place
    arrays : ArraysOut

    Returns
    -------
    content : dict
    """
    reservoir = {name: getattr(training.reservoir, name) for name in RESERVOIR.codecs}
    masses = training.growing.masses
    if not rows:
        rare = is_rare(training.growing.encoding)
        masses = {j: mass[np.append(~rare[j], True)] for j, mass in masses.items()}
        reservoir |= {"table": None, "first": None, "seen": np.empty(0, np.uint64)}
    growing = {
        "moments": training.growing.moments,
        "settled": training.growing.settling.settled,
        "recent": training.growing.settling.recent,
        "scale_rows": training.growing.scale_rows,
        "masses": {str(j): mass for j, mass in masses.items()},
    }
    values = {
        "seeds": training.seeds,
        "reservoir": reservoir,
        "growing": growing,
        "class_mass": training.class_mass,
        "losses": training.losses,
        "inverse_temperature": training.inverse_temperature,
        "n_steps": training.trained.n_steps,
        "logit_factor": training.trained.inverse_temperature,
        "slots": training.trained.slots,
        "following": training.following,
        "rehearsal": training.rehearsal.table if rows else None,
    }
    return TRAINING.write(values, place, arrays)


def read_training(data, place, arrays, reader, n_classes):
    """What `write_training` wrote, as a dict of dicts and arrays.

    Raises
    ------
    ModelFileError
        If a part does not fit the columns or the classes.
    """
    found = TRAINING.read(data, place, arrays)
    reservoir, growing = found["reservoir"], found["growing"]
    for name in ("shares", "has_trained"):
        if len(reservoir[name]) != n_classes:
            raise (place / "reservoir" / name).refuse(len(reservoir[name]), f"a list of {n_classes}")
    for name in ("table", "first"):
        _check_rows(reservoir[name], place / "reservoir" / name, len(reader.kinds), n_classes)
    _check_rows(found.get("rehearsal"), place / "rehearsal", len(reader.kinds), n_classes)
    if len(found["class_mass"]) != n_classes:
        raise (place / "class_mass").refuse(len(found["class_mass"]), f"a list of {n_classes} numbers")
    n_numbers = len(reader.kinds) - len(reader.categories)
    moments = [growing[name] for name in ("moments", "settled", "recent") if name in growing]
    sizes = {len(values) for values in (growing["scale_rows"], *(v for m in moments for v in vars(m).values()))}
    if sizes != {n_numbers}:
        raise (place / "growing").refuse("others", f"statistics of {n_numbers} columns of numbers")
    growing["masses"] = _masses_of(growing["masses"], place / "growing" / "masses", reader)
    return found


def _check_rows(rows, place, n_columns, n_classes):
    """Raise if rows do not fit the columns or the classes."""
    if rows is None:
        return
    n_rows = len(rows["X"])
    fits = rows["X"].shape[1] == n_columns and len(rows["codes"]) == len(rows["weights"]) == n_rows
    if not fits or (n_rows and not (rows["codes"].min() >= 0 and rows["codes"].max() < n_classes)):
        raise place.refuse("others", f"rows of {n_columns} columns and {n_classes} classes")


def _masses_of(masses, place, reader):
    """The weights of levels by column number."""
    expected = {str(j): len(reader.levels[j]) + 1 for j in reader.categories}
    found = {key: len(mass) for key, mass in masses.items()}
    if any(expected.get(key) != length for key, length in found.items()):
        raise place.refuse("others", "one weight for each level of a category column, and one for missing")
    return {int(key): mass for key, mass in masses.items()}
