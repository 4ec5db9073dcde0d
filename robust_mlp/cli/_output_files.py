"""Places that the program writes to: tried before any work, written whole or not at all, never over something else."""

import contextlib
import os
from pathlib import Path

from robust_mlp._system.atomic_files import replacement, try_to_write
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._model_files import PICKLE_STARTS
from robust_mlp.cli._sources import STANDARD_INPUT, format_of, split_compression
from robust_mlp.persistence.file_format.archive import ends_like_a_model_file

PICKLE_ENDINGS = (".joblib", ".pkl", ".pickle")
PAGE_ENDINGS = (".html", ".htm")


def check_place(path, option, inputs=()):
    """Refuse a place that cannot be written, or that is one of the files read: before minutes of training, not after.

    Parameters
    ----------
    path : str
    option : str
        What the path was typed after.
    inputs : sequence of str
        The files that the command reads.

    Raises
    ------
    InputError
    """
    if any(is_same_file(path, other) for other in inputs if other != STANDARD_INPUT):
        raise InputError(f"{option} {path!r} is a file that is read. Choose another name.")
    folder = Path(path).parent
    if not folder.is_dir():
        raise InputError(f"{option}: cannot write {path!r}: there is no folder {str(folder)!r}.")
    try:
        try_to_write(path)
    except OSError as error:
        raise InputError(f"{option}: cannot write {path!r}: {error.strerror}.") from error


def check_model_place(path, option, inputs=()):
    """As `check_place`, and refuse the name of a table or a page, and a file that holds something else than a model."""
    if is_table_name(path) or path.lower().endswith(PAGE_ENDINGS):
        raise InputError(f"{option} {path!r} has the name of a {_kind_of(path)}. Give a model a name such as m.rmlp.")
    if split_compression(path)[0].lower().endswith(PICKLE_ENDINGS):
        raise InputError(
            f"{option} {path!r} has the name of a pickle, and a model file is none. Choose a name such as m.rmlp."
        )
    check_place(path, option, inputs)
    if _start(path) and not _is_model(path):
        raise InputError(f"{option}: {path!r} is there and is no model. Choose another name, or delete it.")


def check_page_place(path, option, inputs=()):
    """As `check_place`, and refuse a name that no browser takes for a page."""
    if not path.lower().endswith(PAGE_ENDINGS):
        raise InputError(f"{option} {path!r}: the name of a page ends in .html.")
    check_place(path, option, inputs)


def check_table_place(path, option, endings, shown, inputs=()):
    """As `check_place`, and refuse a name without one of the endings, and a file that holds a model."""
    if not path.lower().endswith(tuple(endings)):
        raise InputError(f"{option} {path!r}: the name must end in {', '.join(shown[:-1])} or {shown[-1]}.")
    check_place(path, option, inputs)
    if _start(path).startswith(PICKLE_STARTS[0]) or _is_model_file(path):
        raise InputError(f"{option}: {path!r} is there and is a model. Choose another name, or delete it.")


@contextlib.contextmanager
def written_whole(path, option):
    """A path to write to, which takes the place of `path` once the body has ended; else `path` stays as it was.

    Raises
    ------
    InputError
        If the disk is full, say.
    """
    was_there = os.path.exists(path)
    try:
        with replacement(path) as temporary:
            yield str(temporary)
    except OSError as error:
        left = "The old file is as it was." if was_there else "No file was made."
        raise InputError(f"{option}: cannot write {path!r}: {error.strerror or error}. {left}") from error


def is_same_file(path, other):
    """Whether two names stand for one file, links included."""
    try:
        return os.path.samefile(path, other)
    except OSError:  # one of them is not there
        return os.path.realpath(path) == os.path.realpath(other)


def is_table_name(path):
    """Whether a name ends like that of a table."""
    outer, compression = split_compression(path)
    return format_of(outer) is not None or compression == ".zip"


def _kind_of(path):
    return "table" if is_table_name(path) else "page"


def _start(path):
    """The first bytes of an ordinary file; none where there is no such file."""
    if not os.path.isfile(path):
        return b""
    try:
        with open(path, "rb") as file:
            return file.read(max(map(len, PICKLE_STARTS)))
    except OSError:  # may be written and not read
        return b""


def _is_model(path):
    """Whether a file holds a model: in a model file, or in a pickle of earlier versions."""
    return _start(path).startswith(PICKLE_STARTS) or _is_model_file(path)


def _is_model_file(path):
    """Whether a file that can be read ends like a model file."""
    if not _start(path):
        return False
    with open(path, "rb") as file:
        return ends_like_a_model_file(file)
