"""Files that are written whole or not at all: into a temporary file beside the place, which is then renamed.

A process that is killed, or a full disk, leaves the old file as it was. Knows nothing of what is written."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

# The temporary file keeps the end of the name, by which libraries choose a format. File systems allow 255 bytes for a
# name; a character takes up to four of them, and the prefix takes some.
MOST_CHARACTERS_KEPT = 50
PREFIX = ".unfinished-"


@contextlib.contextmanager
def replacement(path):
    """A temporary path to write to, which takes the place of `path` once the body has ended.

    Parameters
    ----------
    path : str or path-like
        Where the file is to be. A symbolic link stays one: the file that it leads to is replaced. What is no ordinary
        file, such as ``/dev/null``, is written to directly.

    Yields
    ------
    temporary : pathlib.Path
        In the same folder, with the same ending. The body creates this file.

    Raises
    ------
    OSError
        If the file cannot be written, or not put in its place. `path` is then as it was.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from robust_mlp._system.atomic_files import replacement
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacement(Path(folder) / "figures.txt") as temporary:
    ...         _ = temporary.write_text("1 2 3")
    ...     (Path(folder) / "figures.txt").read_text()
    '1 2 3'
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        yield place
        return
    temporary = _beside(place)
    try:
        yield temporary
        _to_disk(temporary, os.O_RDWR)
        _keep_mode(place, temporary)
        os.replace(temporary, place)
    finally:  # after an error or an interrupt; nothing is left to remove after os.replace
        with contextlib.suppress(OSError):
            temporary.unlink()
    with contextlib.suppress(OSError):  # the file is whole by now; some file systems cannot do this for a folder
        _to_disk(place.parent, os.O_RDONLY)


def try_to_write(path):
    """Raise what writing `path` would raise, and leave everything as it is.

    Parameters
    ----------
    path : str or path-like

    Raises
    ------
    OSError
        If `path` is a folder or is write-protected, or if a file cannot be made in its folder.
    """
    place = Path(os.path.realpath(path))
    if place.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(None, "it is write-protected")
    if place.exists() and not place.is_file():
        return
    temporary = _beside(place)
    try:
        temporary.touch(exist_ok=False)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _beside(place):
    """A path in the same folder that nobody else uses."""
    return place.with_name(f"{PREFIX}{secrets.token_hex(4)}-{place.name[-MOST_CHARACTERS_KEPT:]}")


def _keep_mode(place, temporary):
    """Give the new file the permissions of the old one."""
    if place.exists():
        with contextlib.suppress(OSError):  # a file system without permissions
            os.chmod(temporary, stat.S_IMODE(place.stat().st_mode))


def _to_disk(path, flags):
    """Wait until the file, or the folder's list of names, is on the disk: a rename may get there before the bytes."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
