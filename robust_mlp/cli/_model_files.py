"""A fitted classifier in a file, with what its table looked like. Never trains or predicts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robust_mlp import __version__
from robust_mlp.cli._errors import InputError, did_you_mean

# Says what the file is, so that another program's joblib file is told from ours.
FORMAT = "robust-mlp model"
FORMAT_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class SavedModel:
    """A classifier and the columns it was fitted on."""

    classifier: Any
    target: str
    kinds: dict[str, str]  # column name to "number" or "category", in the order of the fit
    robust_mlp_version: str = __version__


def check_can_write(path):
    """Raise InputError where `path` lies in no folder, or is one: before minutes of training, not after."""
    place = Path(path)
    if place.is_dir():
        raise InputError(f"cannot write {path!r}: it is a folder.")
    if not place.parent.is_dir():
        raise InputError(f"cannot write {path!r}: there is no folder {str(place.parent)!r}.")


def save_model(model, path):
    """Write `model` to `path` with joblib."""
    import joblib

    content = {name: getattr(model, name) for name in SavedModel.__dataclass_fields__}
    try:
        joblib.dump({"format": FORMAT, "format_version": FORMAT_VERSION, **content}, path)
    except OSError as error:
        raise InputError(f"cannot write {path!r}: {error.strerror or error}.") from error


def load_model(path):
    """Read back what `save_model` wrote. Like every pickle, load only files from people you trust."""
    import joblib

    if not Path(path).is_file():
        raise InputError(f"there is no file {path!r}.")
    refusal = f"{path!r} is no model that `robust-mlp fit --model-out` wrote."
    try:
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
    return SavedModel(**{name: content[name] for name in SavedModel.__dataclass_fields__})


def check_columns(model, table, path):
    """Raise InputError naming the first columns of the model that `table` lacks."""
    missing = [name for name in model.kinds if name not in table.columns]
    if missing:
        shown = ", ".join(repr(name) for name in missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise InputError(
            f"{path!r} lacks {len(missing)} of the model's {len(model.kinds)} columns: {shown}. "
            f"{did_you_mean(missing[0], list(table.columns))}"
        )
