"""One model file: model.json first, which says what the file is, then its arrays.

Writes the description of an estimator, reads it back, and knows nothing of what it describes."""

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field

from robust_mlp import __version__
from robust_mlp._system.atomic_files import replacement
from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.archive import Archive, write_archive
from robust_mlp.persistence.file_format.arrays import ArraysIn, ArraysOut

DESCRIPTION = "model.json"
# Its size is bounded, and so are lists, objects and items: once they are read they take many times their bytes.
MOST_JSON_BYTES = 64 * 2**20
# These grow with its bytes: what save_model writes takes at least so many bytes for each on average.
MOST_CONTAINERS, BYTES_A_CONTAINER = 10_000, 24
MOST_ITEMS, BYTES_AN_ITEM = 100_000, 4
# What Python raises for values that do not fit. An error of the system, such as a disk that fails, is none of these.
_MISTAKES = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


@dataclass
class ModelFile:
    """What a model file says.

    Attributes
    ----------
    kind : str
        Of the estimator: its class's name.
    content : dict
        Its description.
    package_version : str
        Of the package that wrote it.
    n_bytes : int
    more : dict
        What other parts of the package keep beside the estimator, by their names.
    arrays : ArraysIn or None
        None where nobody asked for the arrays.
    """

    kind: str
    content: dict
    package_version: str = __version__
    n_bytes: int = 0
    more: dict = field(default_factory=dict)
    arrays: ArraysIn | None = None


def write_model_file(path, kind, describe, more=None):
    """Write a model file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        A file that is there is replaced once the new one is on the disk.
    kind : str
    describe : callable
        From an ArraysOut, which it fills, to the description, which `json` can write.
    more : dict, default=None
        What goes into the file beside the description.

    Raises
    ------
    ModelFileError
        If the description or the arrays are too large.
    OSError
        If the file cannot be written.
    """
    arrays = ArraysOut()
    content = describe(arrays)
    head = {"format": "robust_mlp model", "package_version": __version__, "kind": kind}
    data = _in_lines(head | {"content": content, "more": more or {}}).encode("ascii")
    if len(data) > MOST_JSON_BYTES or _is_too_much(data):
        raise ModelFileError(
            f"The description of the classifier takes {len(data):,} bytes; a model file holds {MOST_JSON_BYTES:,}. "
            "Most of it are levels of categories: drop columns that name rows, or join rare levels."
        )
    entries = [(DESCRIPTION, [data]), *arrays.entries]
    try:
        with replacement(path) as temporary, open(temporary, "wb") as file:
            write_archive(file, entries, __version__)
    except OSError as error:
        # Its own path is that of the temporary file, which nobody typed.
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _in_lines(head):
    """JSON with a line for each key at the top and in the description, so that people can read it."""

    def lines(values, indent):
        return f",\n{indent}".join(
            f"{json.dumps(key)}: {value if key == 'content' else json.dumps(value, allow_nan=False)}"
            for key, value in values.items()
        )

    content = "{\n  " + lines(head["content"], "  ") + "\n }"
    return "{\n " + lines(head | {"content": content}, " ") + "\n}\n"


@contextmanager
def opened(path):
    """A model file, checked and open.

    Parameters
    ----------
    path : str or path-like

    Yields
    ------
    model_file : ModelFile
        With its arrays, which can be taken as long as the body runs.

    Raises
    ------
    ModelFileError
        Whatever is wrong with the file, in the body, too. The message begins with its path.
    OSError
        If there is no such file, or it may not be read.
    """
    with open(path, "rb") as file:
        try:
            archive = Archive(file)
            yield _described(archive)
        except ModelFileError as error:
            raise ModelFileError(f"{os.fspath(path)!r} {error}") from error
        except _MISTAKES as error:
            # No check above knows this mistake; whoever wrote the file with a right hash meant it to fail.
            raise ModelFileError(
                f"{os.fspath(path)!r} is no valid model file ({type(error).__name__} while it was read)."
            ) from error


def _described(archive):
    """The ModelFile of an archive."""
    if not archive.names or archive.names[0] != DESCRIPTION:
        raise ModelFileError(f"is no valid model file: its first entry is not {DESCRIPTION}.")
    if archive.size_of(DESCRIPTION) > MOST_JSON_BYTES:
        raise ModelFileError(f"is no valid model file: {DESCRIPTION} is larger than {MOST_JSON_BYTES:,} bytes.")
    data = archive.read(DESCRIPTION)
    if _is_too_much(data):
        raise ModelFileError(f"is no valid model file: {DESCRIPTION} holds too many lists, objects or items.")
    head = _parsed(data)
    keys = {"format": str, "package_version": str, "kind": str, "content": dict, "more": dict}
    if not isinstance(head, dict) or set(head) != set(keys):
        raise ModelFileError(f"is no valid model file: {DESCRIPTION} must have the keys {', '.join(keys)}.")
    wrong = next((key for key, kind in keys.items() if not isinstance(head[key], kind)), None)
    if wrong is not None or head["format"] != "robust_mlp model" or head["package_version"] != archive.package_version:
        raise ModelFileError(f"is no valid model file: {wrong or 'the head'} of {DESCRIPTION} is wrong.")
    return ModelFile(
        kind=head["kind"],
        content=head["content"],
        package_version=archive.package_version,
        n_bytes=archive.n_bytes,
        more=head["more"],
        arrays=ArraysIn(archive),
    )


def _is_too_much(data):
    """Whether JSON text can take far more memory than its bytes once it is read. Marks inside texts count, too."""
    n_containers = data.count(b"[") + data.count(b"{")
    if n_containers > MOST_CONTAINERS + len(data) // BYTES_A_CONTAINER:
        return True
    return data.count(b",") > MOST_ITEMS + len(data) // BYTES_AN_ITEM


def _parsed(data):
    """JSON text as Python values: ASCII, without NaN, each key once."""
    try:
        return json.loads(data.decode("ascii"), parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"is no valid model file: {DESCRIPTION} is no JSON ({error}).") from error


def _refuse_constant(name):
    raise ModelFileError(f"is no valid model file: {DESCRIPTION} holds {name}.")


def _unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ModelFileError(f"is no valid model file: {DESCRIPTION} holds a key twice.")
    return found
