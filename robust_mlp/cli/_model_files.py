"""A fitted classifier in a file, with what its table looked like. Never trains or predicts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robust_mlp import __version__
from robust_mlp.cli._errors import InputError, did_you_mean
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._sources import nearby

# Says what the file is, so that another program's joblib file is told from ours.
FORMAT = "robust-mlp model"
FORMAT_VERSION = 1

MOST_NAMES_SHOWN = 5  # of the columns that a table lacks


@dataclass(frozen=True, kw_only=True)
class SavedModel:
    """A classifier and the columns it was fitted on."""

    classifier: Any
    target: str
    kinds: dict[str, str]  # column name to "number" or "category", in the order of the fit
    missing: tuple[str, ...] | None = None  # what counted as missing, as in FileFormat
    identifier: str | None = None  # the column that named the rows
    robust_mlp_version: str = __version__


def save_model(model, path):
    """Write `model` to `path` with joblib, compressed where the name says so."""
    import joblib

    content = {name: getattr(model, name) for name in SavedModel.__dataclass_fields__}
    joblib.dump({"format": FORMAT, "format_version": FORMAT_VERSION, **content}, path)


def load_model(path):
    """Read back what `save_model` wrote. Like every pickle, load only files from people you trust."""
    import joblib

    if not Path(path).is_file():
        raise InputError(f"there is no file {path!r}.{nearby(path)}")
    refusal = f"{path!r} is no model that `robust-mlp fit --model-out` wrote."
    try:
        with interrupts_kept():
            content = joblib.load(path)
    except Exception as error:  # a damaged or foreign file can fail in any way
        raise InputError(f"{refusal} ({type(error).__name__} while reading it.)") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(refusal)
    if content["format_version"] != FORMAT_VERSION:
        raise InputError(
            f"{path!r} was written by robust_mlp {content['robust_mlp_version']} in format "
            f"{content['format_version']}; this is {__version__}, which reads format {FORMAT_VERSION}."
        )
    return SavedModel(**{name: content[name] for name in SavedModel.__dataclass_fields__ if name in content})


def check_columns(model, table):
    """Raise InputError naming the first columns of the model that `table` lacks."""
    known = table.frame.columns
    missing = [name for name in model.kinds if name not in known]
    if missing:
        shown = ", ".join(repr(name) for name in missing[:MOST_NAMES_SHOWN])
        more = ", ..." if len(missing) > MOST_NAMES_SHOWN else ""
        raise InputError(
            f"{table.shown} lacks {len(missing)} of the model's {len(model.kinds)} columns: {shown}{more}. "
            f"{did_you_mean(missing[0], list(table.names))}"
        )
