"""Where a table's bytes come from: a file or standard input, compressed or not, and which format they have.

The end of the name says the format; the first bytes are asked only of standard input, and where they belie the name."""

import bz2
import difflib
import gzip
import io
import lzma
import re
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from robust_mlp.cli._errors import InputError

STANDARD_INPUT = "-"
FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "feather",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
}
TEXT_FORMATS = ("csv", "tsv", "jsonl")
COMPRESSIONS = (".gz", ".zip", ".bz2", ".xz")
ENDINGS_SHOWN = ".csv, .tsv, .parquet, .pq, .feather, .jsonl or .xlsx; .gz, .zip, .bz2 or .xz may follow"

# What files of a format begin with, whatever their names are.
SIGNATURES = {
    b"\x1f\x8b": ("compressed by gzip", ".gz"),
    b"BZh": ("compressed by bzip2", ".bz2"),
    b"\xfd7zXZ": ("compressed by xz", ".xz"),
    b"PAR1": ("a Parquet file", ".parquet"),
    b"ARROW1": ("a Feather file", ".feather"),
    b"PK\x03\x04": ("a zip archive or an Excel workbook", ".zip or .xlsx"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", ".xls, which this program does not read: save it as .xlsx"),
    b"%PDF": ("a PDF", ".pdf, which is no table"),
}
LONGEST_SIGNATURE = max(map(len, SIGNATURES))
XLSX_PART = "[Content_Types].xml"  # every workbook holds it, and no archive of a table

# What a file begins with whose name ends so. Feather's first version began with FEA1.
BEGINNINGS = {
    ".gz": ((b"\x1f\x8b",), "is not compressed by gzip"),
    ".bz2": ((b"BZh",), "is not compressed by bzip2"),
    ".xz": ((b"\xfd7zXZ",), "is not compressed by xz"),
    "parquet": ((b"PAR1",), "is no Parquet file"),
    "feather": ((b"ARROW1", b"FEA1"), "is no Feather file"),
    "xlsx": ((b"PK\x03\x04",), "is no Excel workbook"),
}
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")

# How alike two file names must be, from 0 to 1, for one to be suggested: the shared ending alone makes any two .csv
# names alike to 0.5 or so, and one wrong letter in ten leaves 0.9.
NEARBY_NAME = 0.8


@dataclass(frozen=True)
class Source:
    """A table's bytes.

    Attributes
    ----------
    path : str
        As typed.
    format : str
        One of the values of `FORMATS`.
    compression : str
        One of `COMPRESSIONS`, or "".
    content : bytes or None
        All of standard input; None for a file.
    """

    path: str
    format: str
    compression: str = ""
    content: bytes | None = field(default=None, repr=False)

    @property
    def shown(self):
        """Name to be used in messages."""
        return "standard input" if self.path == STANDARD_INPUT else repr(self.path)

    def open(self):
        """A binary file of the uncompressed bytes, from their beginning. The caller closes it."""
        raw = io.BytesIO(self.content) if self.content is not None else self.path
        if self.compression == ".gz":
            return gzip.open(raw)
        if self.compression == ".bz2":
            return bz2.open(raw)
        if self.compression == ".xz":
            return lzma.open(raw)
        if self.compression == ".zip":
            archive = zipfile.ZipFile(raw)
            return archive.open(_only_member(archive, self.shown))
        return raw if isinstance(raw, io.BytesIO) else open(raw, "rb")

    def path_or_bytes(self):
        """The path, or a file of the bytes in memory where there is no path or they are compressed."""
        if self.content is None and not self.compression:
            return self.path
        with self.open() as file:
            return io.BytesIO(file.read())


def find_source(path):
    """The source that a path, or "-" for standard input, stands for.

    Parameters
    ----------
    path : str

    Returns
    -------
    source : Source

    Raises
    ------
    InputError
        If there is no such file, its name tells no format, or its first bytes are of another format.
    """
    if path == STANDARD_INPUT:
        return _standard_input()
    if _ADDRESS.match(path):
        raise InputError(
            f"{path!r} is an address, and tables are read from files. Download it first, or pipe it in: -."
        )
    outer, compression = split_compression(path)
    known = format_of(outer)
    if known is None and compression != ".zip":
        raise InputError(f"cannot tell the format of {path!r}: its name must end in {ENDINGS_SHOWN}.")
    if Path(path).is_dir():
        raise InputError(f"{path!r} is a folder, not a file.")
    if not Path(path).is_file():
        raise InputError(f"there is no file {path!r}.{nearby(path)}")
    if known is None:
        with _zip_archive(path, repr(path)) as archive:
            member = _only_member(archive, repr(path))
        if (known := format_of(member)) is None:
            raise InputError(f"cannot tell the format of {member!r} in {path!r}: it must end in .csv, .tsv or .jsonl.")
    source = Source(path, known, compression)
    _check_signature(source)
    return source


def split_compression(path):
    """(the path without the ending of a compression, that ending or "")."""
    for ending in COMPRESSIONS:
        if path.lower().endswith(ending):
            return path[: -len(ending)], ending
    return path, ""


def format_of(path):
    """The format that a name without compression ends in, or None."""
    return FORMATS.get(Path(path.lower()).suffix)


def nearby(path):
    """Suggestion of a file of a similar name in the same folder; nothing where there is none."""
    folder = Path(path).parent
    try:
        names = [entry.name for entry in folder.iterdir() if entry.is_file()]
    except OSError:  # no folder, or one that may not be read
        names = []
    close = difflib.get_close_matches(Path(path).name, names, n=1, cutoff=NEARBY_NAME)
    return f" Did you mean {str(folder / close[0])!r}?" if close else ""


def _standard_input():
    """All of standard input, its first bytes saying what it is; CSV unless they say otherwise."""
    content = sys.stdin.buffer.read()
    compression = next((e for s, (_, e) in SIGNATURES.items() if content.startswith(s) and e in COMPRESSIONS), "")
    if content.startswith(b"PK\x03\x04"):
        with _zip_archive(io.BytesIO(content), "standard input") as archive:
            if XLSX_PART in archive.namelist():
                return Source(STANDARD_INPUT, "xlsx", "", content)
        compression = ".zip"
    plain = Source(STANDARD_INPUT, "csv", compression, content)
    with plain.open() as file:
        start = file.read(LONGEST_SIGNATURE)
    if start.startswith(b"PAR1"):
        known = "parquet"
    elif start.startswith(b"ARROW1"):
        known = "feather"
    else:
        known = "jsonl" if start.lstrip().startswith(b"{") else "csv"
    return Source(STANDARD_INPUT, known, compression, content)


def _check_signature(source):
    """Refuse a file whose first bytes belie its name: a text that has bytes of a binary format, or the reverse."""
    with open(source.path, "rb") as file:
        start = file.read(LONGEST_SIGNATURE)
    if not start and (source.format not in TEXT_FORMATS or source.compression):
        raise InputError(f"{source.path!r} is empty.")
    expected, not_so = BEGINNINGS.get(source.compression or source.format, ((b"",), ""))
    if not start.startswith(expected):
        raise InputError(f"{source.path!r} {not_so}, whatever its name says. A table of plain text ends in .csv.")
    if source.format not in TEXT_FORMATS or source.compression:
        return
    for signature, (what, ending) in SIGNATURES.items():
        if start.startswith(signature):
            raise InputError(f"{source.path!r} is {what}, whatever its name says. Such a name ends in {ending}.")


def _zip_archive(file, shown):
    """The opened archive."""
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise InputError(f"cannot read {shown}: it is no zip archive.") from error


def _only_member(archive, shown):
    """Name of the one file in the archive."""
    members = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    if len(members) != 1:
        found = f"{len(members)} files" if members else "no file"
        raise InputError(f"{shown} holds {found}, and a table is read from an archive of one. Unpack it.")
    return members[0]
