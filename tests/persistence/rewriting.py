"""A model file that a stranger changed and gave a right hash again: only the checks of its content are left."""

import json

from robust_mlp.persistence.file_format.archive import Archive, write_archive


def entries_of(path):
    """{name: bytes} of the entries of a model file."""
    with open(path, "rb") as file:
        archive = Archive(file)
        return {name: archive.read(name) for name in archive.names}


def write_entries(path, entries, package_version="0.1.0"):
    """Write entries as an archive with a right hash."""
    with open(path, "wb") as file:
        write_archive(file, [(name, [data]) for name, data in entries.items()], package_version)


def rewrite(path, change, target=None):
    """Change the description of a file in place, or into another file.

    Parameters
    ----------
    path : path-like
    change : callable
        Gets the whole of model.json as a dict, and the other entries as a dict of bytes; changes both in place.
    target : path-like, default=None
    """
    entries = entries_of(path)
    head = json.loads(entries.pop("model.json"))
    change(head, entries)
    data = json.dumps(head).encode("ascii")
    write_entries(path if target is None else target, {"model.json": data, **entries})
