"""Bytes that are text: their encoding, and what separates the cells of a line. Never makes a table of them."""

import codecs
import csv
import io

import numpy as np

from robust_mlp.cli._errors import InputError

# A longer mark comes first: that of UTF-32 begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What bytes that are no UTF-8 are read as: Windows' western alphabet, which is latin-1 with letters and signs in place
# of 32 control characters; and latin-1 itself, where one of the five bytes occurs that the former lacks.
WESTERN = ("cp1252", "latin-1")

SEPARATORS = (",", ";", "\t", "|")  # where two fit equally well, the first is taken
SAMPLE_BYTES = 65_536  # some hundred lines: enough to tell a separator from a character that occurs in texts
SAMPLE_LINES = 200
# Rows that agree on another separator than the header's: nearly all, as a sample may hold a torn line or a note.
AGREEING_SHARE = 0.9
# Rows that the header's separator cuts as it should: where they are the smaller part, it may be a decimal comma there.
FEW_ROWS = 0.5
# UTF-16 without a mark: every other byte of western text is zero. UTF-8 text has no zero at all.
ZERO_BYTE_SHARE = 0.3
BLOCK_BYTES = 1 << 20


def find_encoding(source, typed=None):
    """The encoding of all of the source's bytes.

    Parameters
    ----------
    source : Source
    typed : str, default=None
        What the user says it is; None looks at the bytes.

    Returns
    -------
    encoding : str
        A name that Python's `open` takes.
    note : str
        What the user should know of how it was chosen; mostly "".

    Raises
    ------
    InputError
        If Python knows no such encoding, the bytes are not in it, or they are no text.
    """
    with source.open() as file:
        start = file.read(SAMPLE_BYTES)
    marked = next((name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark)), None)
    if typed is not None:
        encoding = _typed_encoding(typed, marked, start)
        if (wrong := _first_undecodable(source, encoding)) is not None:
            raise InputError(
                f"--encoding {typed}: {source.shown} is in another encoding; byte {wrong + 1:,} cannot be read. "
                "Leave the option out to have it looked for."
            )
        return encoding, ""
    encoding = marked or _unmarked_utf16(start) or "utf-8"
    if encoding == "utf-8" and b"\0" in start:
        raise InputError(f"cannot read {source.shown}: it holds zero bytes, which no text does.")
    if (wrong := _first_undecodable(source, encoding)) is None:
        return encoding, ""
    if encoding != "utf-8":
        raise InputError(f"cannot read {source.shown}: it begins as {encoding}, and byte {wrong + 1:,} is none.")
    western = next(name for name in WESTERN if _first_undecodable(source, name) is None)
    return western, (
        f"{source.shown} is no UTF-8 (byte {wrong + 1:,}) and was read as {western}. If letters are wrong, type "
        "--encoding."
    )


def open_text(source, encoding):
    """A text file of the source, its line ends as they are. The caller closes it."""
    return io.TextIOWrapper(source.open(), encoding=encoding, newline="")


def find_separator(source, encoding, marks=()):
    """The character that cuts the first lines into equally many cells, as many as the first line has.

    Parameters
    ----------
    source : Source
    encoding : str
    marks : collection of str, default=()
        Characters that mean something else, such as a decimal comma: taken only where no other character separates.

    Returns
    -------
    separator : str
        "," where the first line has a single cell.

    Raises
    ------
    InputError
        If another character separates the rows than the names in the header.
    """
    lines = _first_lines(source, encoding)
    fits = {separator: fit for separator in SEPARATORS if (fit := _fit_of(lines, separator)) is not None}
    fits = {separator: fit for separator, fit in fits.items() if separator not in marks} or fits
    separator = max(fits, key=lambda separator: fits[separator], default=",")
    if (other := _separator_of_rows(lines, separator)) is not None:
        raise InputError(
            f"{source.shown} has {separator!r} between the names of its header, and {other!r} between the cells of its "
            f"rows. Write {other!r} in the header, too."
        )
    return separator


def _first_lines(source, encoding):
    """Some hundred lines, none of them cut off, with their line ends."""
    with open_text(source, encoding) as file:
        sample = file.read(SAMPLE_BYTES)
        is_all = not file.read(1)
    lines = sample.splitlines(keepends=True)
    if not is_all and len(lines) > 1:
        lines.pop()  # cut off somewhere
    return lines


def _separator_of_rows(lines, separator):
    """What cuts the rows into as many cells as the header has, where the header's own separator does not; or None."""
    header = _cells(lines[:1], separator)
    n_columns = header[0] if header else 1

    def share(separator):
        """Of the rows: how many have as many cells as the header."""
        cells = _cells(lines[1:], separator)
        return np.mean(np.equal(cells, n_columns)) if cells else 0.0

    if n_columns < 2 or share(separator) >= FEW_ROWS:
        return None
    return next((other for other in SEPARATORS if share(other) >= AGREEING_SHARE), None)


def _fit_of(lines, separator):
    """(share of the lines with as many cells as the first, that number), or None where the first is not cut."""
    cells = _cells(lines, separator)
    if not cells or cells[0] < 2:
        return None
    return np.mean(np.equal(cells, cells[0])), cells[0]


def _cells(lines, separator):
    """The number of cells of each line that is not empty; none where a line can't be cut."""
    try:
        return [len(row) for row in csv.reader(lines[:SAMPLE_LINES], delimiter=separator) if row]
    except csv.Error:  # a cell of more than 131,072 characters, say
        return []


def _known(encoding):
    """The encoding's name, if Python can read text with it."""
    try:
        found = codecs.lookup(encoding)
        "".encode(found.name)  # codecs such as zlib turn bytes into bytes
    except (LookupError, ValueError) as error:
        raise InputError(
            f"--encoding: there is no encoding {encoding!r}. For example: utf-8, utf-16, cp1252, latin-1, shift_jis."
        ) from error
    return found.name


def _typed_encoding(typed, marked, start):
    """The typed encoding, such that a byte order mark of its own is skipped, and may be missing."""
    encoding = _known(typed).replace("_", "-")
    if marked is not None and encoding.startswith(marked.removesuffix("-sig")):
        return marked
    return _unmarked_utf16(start) or encoding if encoding == "utf-16" else encoding


def _unmarked_utf16(start):
    """The kind of UTF-16 that bytes without a mark are in, or None."""
    if len(start) < 2 or len(start) % 2:
        start = start[: len(start) // 2 * 2]
    if not start:
        return None
    even, odd = start[::2].count(0) / (len(start) // 2), start[1::2].count(0) / (len(start) // 2)
    if odd > ZERO_BYTE_SHARE and even < odd / 2:
        return "utf-16-le"
    return "utf-16-be" if even > ZERO_BYTE_SHARE and odd < even / 2 else None


def _first_undecodable(source, encoding):
    """Number of the first byte that is not of the encoding, from 0; None where all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    n_before = 0
    with source.open() as file:
        while True:
            block = file.read(BLOCK_BYTES)
            kept = len(decoder.getstate()[0])  # bytes of a character that the last block cut
            try:
                decoder.decode(block, final=not block)
            except UnicodeError as error:  # without a place where a mark is missing at the beginning
                return n_before - kept + getattr(error, "start", 0)
            if not block:
                return None
            n_before += len(block)
