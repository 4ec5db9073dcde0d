"""A fit that is not finished, in the bytes of a model file: which fit it is, and the states of what it trained.

Knows nothing of when such a file is written, and builds no classifier."""

from dataclasses import dataclass, field
from typing import Any

from robust_mlp._core.records import EpochRecord
from robust_mlp._core.training_state import AveragedNetwork, Cooling, NetworkValues, RoundsState, TrainingState
from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    Array,
    Mapping,
    Maybe,
    Number,
    Record,
    Several,
    Text,
    Whole,
)
from robust_mlp.persistence.file_format.model_file import opened, write_model_file
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.stream import SLOTS

KIND = "unfinished fit"

# A training that diverged has weights that are not finite; it is kept as it is.
_WEIGHTS = Several(Array(FLOATS, may_be_nan=True, may_be_infinite=True), list)
_ANY = Number(is_finite=False)
_VALUES = Record(NetworkValues, {"trainable": _WEIGHTS, "moving": _WEIGHTS})
_RECORD = Record(
    EpochRecord,
    {
        "epoch": Whole(1),
        "loss": _ANY,
        "learning_rate": _ANY,
        "validation_loss": Maybe(_ANY),
        "untempered_loss": Maybe(_ANY),
        "validation_score": Maybe(_ANY),
        "validation_accuracy": Maybe(_ANY),
        "predicted_share": Several(_ANY),
        "spread": Maybe(_ANY),
        "update_ratio": Maybe(_ANY),
        "seconds": _ANY,
    },
)


@dataclass(frozen=True)
class _LongWhole:
    """Codec of a whole number >= 0 of any length, as a text of its digits."""

    def write(self, value, place, arrays):
        return str(int(value))

    def read(self, data, place, arrays):
        if not isinstance(data, str) or not data.isdecimal() or len(data) > MOST_DIGITS:
            raise place.refuse(data, f"at most {MOST_DIGITS} digits")
        return int(data)


# Of a number of 128 bits.
MOST_DIGITS = 39

STATE = Record(
    TrainingState,
    {
        "now": _VALUES,
        "best": _VALUES,
        "slots": Several(SLOTS, list),
        "rule": Array(("<f4",), 2),
        "generators": Several(Several(_LongWhole())),
        "n_steps": Whole(),
        "records": Several(_RECORD),
        "best_epoch": Whole(),
        "best_score": _ANY,
        "waited": Whole(),
        "best_scored": Maybe(_VALUES),
        "seconds": _ANY,
        "stop_reason": Maybe(Text()),
    },
)


_AVERAGED = Record(
    AveragedNetwork,
    {
        "values": _VALUES,
        "slots": Maybe(Several(SLOTS, list)),
        "n_steps": Whole(),
        "inverse_temperature": _ANY,
        "mass": _ANY,
        "loss": _ANY,
    },
)
ROUNDS = Record(
    RoundsState,
    {
        "now": _AVERAGED,
        "best": _AVERAGED,
        "best_loss": _ANY,
        "best_round": Whole(),
        "n_done": Whole(),
        "factor": _ANY,
        "waited": Whole(),
        "records": Several(_RECORD),
        "rollbacks": Several(Whole()),
        "losses": Several(Maybe(_ANY)),
        "cooling": Maybe(Record(Cooling, {"first": Whole(), "n_rounds": Whole(1), "share": Number()})),
    },
)


@dataclass
class UnfinishedFit:
    """What a checkpoint file holds.

    Attributes
    ----------
    seeds : dict of str to int
        Of the fit.
    fingerprint : dict of str to str
        What says which fit it is: names of parameters, "table" and versions, each with a text to compare.
    trainings : dict of str to TrainingState
        By a text that stands for everything that a training begins with.
    rounds : dict of str to RoundsState
        The same for a training by rounds on partitions.
    sample_seed : int or None
        What draws the rows of the sample of a larger table. None: the fit is one in memory.
    """

    seeds: dict[str, int]
    fingerprint: dict[str, str]
    trainings: dict[str, Any] = field(default_factory=dict)
    rounds: dict[str, Any] = field(default_factory=dict)
    sample_seed: int | None = None


_SEED = Whole(0, 2**32 - 1)
_CONTENT = Record(
    UnfinishedFit,
    {
        "seeds": Mapping(_SEED),
        "fingerprint": Mapping(Text()),
        "trainings": Mapping(STATE),
        "rounds": Mapping(ROUNDS),
        "sample_seed": Maybe(_SEED),
    },
)


def write_unfinished_fit(path, fit):
    """Write a checkpoint file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
    fit : UnfinishedFit

    Raises
    ------
    ModelFileError, OSError
        As `write_model_file`.
    """
    write_model_file(path, KIND, lambda arrays: _CONTENT.write(fit, Place(), arrays))


def read_unfinished_fit(path):
    """Read a checkpoint file.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    fit : UnfinishedFit

    Raises
    ------
    ModelFileError
        If the file is damaged, or something else.
    OSError
        If there is no such file, or it may not be read.
    """
    with opened(path) as model_file:
        if model_file.kind != KIND:
            raise ModelFileError(f"holds a {model_file.kind}.")
        return _CONTENT.read(model_file.content, Place(), model_file.arrays)
