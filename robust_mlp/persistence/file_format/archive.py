"""The bytes of a model file: a zip whose entries are stored one after the other, and a comment with the hash of it all.

Written and read by our own code and not by `zipfile`. Nothing is compressed, so nothing can grow when it is read. Every
byte outside the entries follows from their names, sizes and check sums; any other byte is a damage. Knows nothing of
what the entries hold."""

import hashlib
import os
import re
import struct
import zlib
from dataclasses import dataclass

from robust_mlp.exceptions import ModelFileError

# The number in the comment. It grows when an earlier version of the package could not read the file.
FORMAT_VERSION = 1

# Most entries of a file: each costs some hundred bytes of memory before anything is known to be right. A fit after
# partial_fit has some hundred.
MOST_ENTRIES = 10_000
# A zip without extensions counts bytes in 32 bits.
MOST_BYTES = 2**32 - 1
# Bytes that are hashed at once.
HASHED_AT_ONCE = 2**20

_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
_LOCAL_START, _CENTRAL_START, _END_START = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NEEDS = 20  # version 2.0 of the zip format
_MADE_BY = 3 << 8 | _NEEDS  # on a Unix
_DATE = 1 << 5 | 1  # 1980-01-01, the first that a zip knows: the same classifier gives the same bytes
_RIGHTS = 0o100644 << 16  # an ordinary file that its owner may write

_NAME = re.compile(rb"[a-z0-9_]+(?:/[a-z0-9_]+)*\.(?:json|npy)")
MOST_NAME_BYTES = 200
_COMMENT = re.compile(rb"robust_mlp model, format (\d{1,4}), written by ([0-9A-Za-z.+!-]{1,40}), sha256 ([0-9a-f]{64})")
_MOST_COMMENT_BYTES = 200
_HASH_DIGITS = 64

# What other files begin with, and how an error calls them.
_PICKLE = "a pickle, which can run any code when it is read"
_FOREIGN = (
    (b"\x80", _PICKLE),
    (b"\x1f\x8b", "a gzip file, perhaps a compressed pickle"),
    (b"BZh", "a bz2 file, perhaps a compressed pickle"),
    (b"\xfd7zXZ", "an xz file, perhaps a compressed pickle"),
    (b"x\x01", "a zlib file, perhaps a compressed pickle"),
    (b"x^", "a zlib file, perhaps a compressed pickle"),
    (b"x\x9c", "a zlib file, perhaps a compressed pickle"),
    (b"x\xda", "a zlib file, perhaps a compressed pickle"),
    (b"\x89HDF", "an HDF5 file, perhaps a Keras model"),
    (_LOCAL_START, "another zip, or one that was cut off"),
)


@dataclass(frozen=True)
class Entry:
    """Where the bytes of one entry are."""

    name: str
    start: int
    size: int
    check_sum: int  # CRC-32


def write_archive(file, entries, package_version):
    """Write a whole archive.

    Parameters
    ----------
    file : binary file, open for writing
    entries : list of (str, list of bytes-like)
        Names and the parts of their bytes.
    package_version : str

    Raises
    ------
    ModelFileError
        If it were larger than the format allows.
    """
    _check_size(entries)
    out = _HashedOutput(file)
    directory = []
    for name, parts in entries:
        size, check_sum = sum(map(_n_bytes, parts)), 0
        for part in parts:
            check_sum = zlib.crc32(part, check_sum)
        entry = Entry(name, out.n_written, size, check_sum)
        directory.append(_central(entry))
        out.write(_local(entry))
        for part in parts:
            out.write(part)
    start, size = out.n_written, sum(map(len, directory))
    comment = f"robust_mlp model, format {FORMAT_VERSION}, written by {package_version}, sha256 ".encode("ascii")
    out.write(b"".join(directory))
    out.write(_end(len(directory), size, start, len(comment) + _HASH_DIGITS))
    out.write(comment)
    out.write(out.hash.hexdigest().encode("ascii"))


def _check_size(entries):
    n_bytes = sum(sum(map(_n_bytes, parts)) + 2 * (len(name) + _CENTRAL.size) for name, parts in entries)
    if n_bytes > MOST_BYTES - 2 * _MOST_COMMENT_BYTES or len(entries) > MOST_ENTRIES:
        raise ModelFileError(
            f"The classifier takes {n_bytes:,} bytes in {len(entries):,} arrays; a model file holds at most "
            f"{MOST_BYTES:,} bytes in {MOST_ENTRIES:,}. Fit it with fewer or smaller hidden layers or members."
        )


class _HashedOutput:
    """Writes bytes, counts them and hashes them."""

    def __init__(self, file):
        self._file = file
        self.hash = hashlib.sha256()
        self.n_written = 0

    def write(self, part):
        self._file.write(part)
        self.hash.update(part)
        self.n_written += _n_bytes(part)


def _n_bytes(part):
    return memoryview(part).nbytes


def _local(entry):
    """What comes before the bytes of an entry."""
    name = entry.name.encode("ascii")
    sums = (entry.check_sum, entry.size, entry.size)
    return _LOCAL.pack(_LOCAL_START, _NEEDS, 0, 0, 0, _DATE, *sums, len(name), 0) + name


def _central(entry):
    """The line of an entry in the directory at the end. `entry.start` is where its `_local` begins."""
    name = entry.name.encode("ascii")
    sums = (entry.check_sum, entry.size, entry.size)
    fixed = (_MADE_BY, _NEEDS, 0, 0, 0, _DATE)
    return _CENTRAL.pack(_CENTRAL_START, *fixed, *sums, len(name), 0, 0, 0, 0, _RIGHTS, entry.start) + name


def _end(n_entries, size, start, n_comment):
    """What comes after the directory."""
    return _END.pack(_END_START, 0, 0, n_entries, n_entries, size, start, n_comment)


class Archive:
    """A checked archive, open for reading.

    Parameters
    ----------
    file : binary file, open for reading
        All of it is hashed at once; the entries are read when asked for.

    Attributes
    ----------
    package_version : str
        Of the package that wrote it.
    n_bytes : int
    names : tuple of str

    Raises
    ------
    ModelFileError
        If it is no archive of this format, or a damaged one. The message is the end of a sentence about the file.
    """

    def __init__(self, file):
        self._file = file
        self.n_bytes = file.seek(0, os.SEEK_END)
        end, version, package_version, told_hash = self._read_comment()
        self.package_version = package_version
        if version != FORMAT_VERSION:
            self._check_hash(told_hash)
            raise ModelFileError(
                f"was written by robust_mlp {package_version} in format {version}; this version reads format "
                f"{FORMAT_VERSION}. Install robust_mlp {package_version} or later."
            )
        self._entries = self._read_directory(end)
        self._check_hash(told_hash)

    @property
    def names(self):
        """Names of the entries, in their order."""
        return tuple(self._entries)

    def size_of(self, name):
        """Number of bytes of an entry."""
        return self._entries[name].size

    def read(self, name, n_bytes=None):
        """The first bytes of an entry, or all; all are compared with their check sum."""
        entry = self._entries[name]
        self._file.seek(entry.start)
        found = self._file.read(entry.size if n_bytes is None else min(n_bytes, entry.size))
        if n_bytes is None and zlib.crc32(found) != entry.check_sum:
            raise _damaged(f"the check sum of {name!r} is wrong")
        return found

    def read_into(self, name, skipped, buffer):
        """Fill a buffer with an entry's bytes after the first `skipped`; compare all of them with their check sum."""
        entry = self._entries[name]
        self._file.seek(entry.start)
        check_sum = zlib.crc32(self._file.read(skipped))
        n_read = self._file.readinto(buffer)
        if n_read != entry.size - skipped or zlib.crc32(buffer, check_sum) != entry.check_sum:
            raise _damaged(f"the check sum of {name!r} is wrong")

    def _read_comment(self):
        """(where the end record begins, format version, package version, hash)."""
        found = _comment_of(self._file)
        if found is None:
            self._file.seek(0)
            raise ModelFileError(_what_else(self._file.read(8)))
        version, package_version, told_hash = (group.decode("ascii") for group in found.groups())
        n_after_end = _END.size + len(found.group())
        return self.n_bytes - n_after_end, int(version), package_version, told_hash

    def _read_directory(self, end):
        """{name: Entry} of the entries, after every byte between them was found to be as `write_archive` writes it."""
        self._file.seek(end)
        record = self._file.read(_END.size)
        _, _, _, n_entries, _, size, start, _ = _END.unpack(record)
        n_comment = self.n_bytes - end - _END.size
        if record != _end(n_entries, size, start, n_comment) or start + size != end:
            raise _damaged("the directory of the zip is not where it should be")
        if n_entries > MOST_ENTRIES or size > n_entries * (_CENTRAL.size + MOST_NAME_BYTES):
            raise _damaged(f"its directory has {n_entries:,} entries in {size:,} bytes")
        self._file.seek(start)
        directory = self._file.read(size)
        entries, place, begin = {}, 0, 0
        for _ in range(n_entries):
            entry, n_read = _read_line(directory, place, begin)
            if entry.name in entries or directory[place : place + n_read] != _central(entry):
                raise _damaged("the directory of the zip is wrong")
            entries[entry.name] = self._after_header(entry)
            place, begin = place + n_read, entries[entry.name].start + entry.size
        if place != size or begin != start:
            raise _damaged("the entries of the zip do not fill it")
        return entries

    def _after_header(self, entry):
        """The Entry with the start of its bytes, after the header before them was found to be right."""
        header = _local(entry)
        self._file.seek(entry.start)
        if self._file.read(len(header)) != header:
            raise _damaged(f"the header of {entry.name!r} is wrong")
        return Entry(entry.name, entry.start + len(header), entry.size, entry.check_sum)

    def _check_hash(self, told_hash):
        found, left = hashlib.sha256(), self.n_bytes - _HASH_DIGITS
        self._file.seek(0)
        while left > 0:
            part = self._file.read(min(HASHED_AT_ONCE, left))
            if not part:
                break
            found.update(part)
            left -= len(part)
        if found.hexdigest() != told_hash:
            raise _damaged("its bytes do not match its hash (sha256)")


def ends_like_a_model_file(file):
    """Whether a file, open for reading, ends as `write_archive` ends one; nothing else is looked at."""
    return _comment_of(file) is not None


def _comment_of(file):
    """The match of the comment that a file ends in, or None."""
    n_bytes = file.seek(0, os.SEEK_END)
    n_tail = min(n_bytes, _END.size + _MOST_COMMENT_BYTES)
    file.seek(n_bytes - n_tail)
    tail = file.read(n_tail)
    place = tail.rfind(_END_START)
    return _COMMENT.fullmatch(tail, place + _END.size) if place >= 0 else None


def _read_line(directory, place, begin):
    """(Entry, number of bytes) of the directory's line at `place`, whose bytes begin at `begin` of the file."""
    if place + _CENTRAL.size > len(directory):
        raise _damaged("the directory of the zip is too short")
    fields = _CENTRAL.unpack_from(directory, place)
    check_sum, size, n_name = fields[7], fields[9], fields[10]
    name = directory[place + _CENTRAL.size : place + _CENTRAL.size + n_name]
    if n_name > MOST_NAME_BYTES or _NAME.fullmatch(name) is None:
        raise _damaged(f"an entry is called {ascii(name.decode('latin-1'))[:MOST_NAME_BYTES]}")
    return Entry(name.decode("ascii"), begin, size, check_sum), _CENTRAL.size + n_name


def _what_else(start):
    """The end of a sentence on a file that begins so and does not end as a model file does."""
    if not start:
        return "is empty."
    kind = next((kind for begin, kind in _FOREIGN if start.startswith(begin)), None)
    if kind is None:
        return "is no model file, or was cut off: it does not end as one that save_model wrote."
    said = f"is no model file that save_model wrote, but {kind}."
    if "pickle" in kind:
        said += " If you trust whoever made it, read it with joblib.load, and save the classifier with save_model."
    return said


def _damaged(how):
    return ModelFileError(f"is damaged: {how}. Copy it again from where it came, or save the classifier again.")
