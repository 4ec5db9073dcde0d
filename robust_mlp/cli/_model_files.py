"""A fitted classifier in a file, with what its table looked like. Never trains or predicts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robust_mlp import __version__
from robust_mlp.cli._errors import InputError, did_you_mean
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._sources import nearby

# Under this name a model file keeps what the commands need beside the classifier.
SECTION = "command_line"

# What pickles held that earlier versions of the program wrote.
FORMAT = "robust-mlp model"
FORMAT_VERSION = 1
# What a pickle begins with, joblib's compressed ones included.
PICKLE_STARTS = (b"\x80", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"x\x01", b"x^", b"x\x9c", b"x\xda")

MOST_NAMES_SHOWN = 5  # of the columns that a table lacks


@dataclass(frozen=True, kw_only=True)
class SavedModel:
    """A classifier and the columns it was fitted on."""

    classifier: Any
    target: str
    kinds: dict[str, str]  # column name to "number", "category" or "date", in the order of the fit
    missing: tuple[str, ...] | None = None  # what counted as missing, as in FileFormat
    identifier: str | None = None  # the column that named the rows
    robust_mlp_version: str = __version__


def save_model(model, path):
    """Write `model` to `path` as a model file.

    Raises
    ------
    InputError
        For what such a file cannot hold.
    """
    from robust_mlp.exceptions import ModelFileError

    missing = None if model.missing is None else list(model.missing)
    section = {"target": model.target, "kinds": model.kinds, "missing": missing, "identifier": model.identifier}
    try:
        model.classifier._write_model_file(path, more={SECTION: section})
    except ModelFileError as error:
        raise InputError(f"--model-out: {error}") from error


def load_model(path, *, trusts_pickles=False):
    """Read back what `save_model` wrote.

    Parameters
    ----------
    path : str
    trusts_pickles : bool, default=False
        Whether a pickle, which earlier versions wrote, is read. It can run any code.

    Raises
    ------
    InputError
        If there is no such file, or it is no model.
    """
    if not Path(path).is_file():
        raise InputError(f"there is no file {path!r}.{nearby(path)}")
    try:
        with open(path, "rb") as file:
            start = file.read(max(map(len, PICKLE_STARTS)))
    except OSError as error:
        raise InputError(f"cannot read {path!r}: {error.strerror}.") from error
    if start.startswith(PICKLE_STARTS):
        if not trusts_pickles:
            raise InputError(
                f"{path!r} is a pickle, as earlier versions wrote them, and a pickle can run any code when it is read. "
                "If you trust whoever made it, add --trust-pickle; or fit again."
            )
        return _load_pickle(path)
    return _load_model_file(path)


def _load_model_file(path):
    from robust_mlp.exceptions import ModelFileError
    from robust_mlp.persistence.load import load_with_more

    try:
        classifier, more, version = load_with_more(path)
        section = _read_section(more)
    except ModelFileError as error:
        raise InputError(str(error)) from error
    if section is None:
        raise InputError(
            f"{path!r} was saved in Python and does not say how the columns of a file are read. Predict with "
            f"robust_mlp.load_model({path!r}), or make a model with `robust-mlp fit --model-out`."
        )
    return SavedModel(classifier=classifier, robust_mlp_version=version, **section)


def _read_section(more):
    """What a model file says of the table, checked; None where it was not written by the program."""
    from robust_mlp.persistence.file_format.codecs import Mapping, Maybe, Several, Text, read_fields
    from robust_mlp.persistence.file_format.places import Place

    if SECTION not in more:
        return None
    codecs = {
        "target": Text(),
        "kinds": Mapping(Text(("number", "category", "date"))),
        "missing": Maybe(Several(Text())),
        "identifier": Maybe(Text()),
    }
    return read_fields(codecs, set(codecs), more[SECTION], Place() / "more" / SECTION, None)


def _load_pickle(path):
    """A model that an earlier version wrote with joblib."""
    import joblib

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
