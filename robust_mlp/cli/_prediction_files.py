"""Predictions as a file, in the format that its name ends in. Never predicts.

In CSV a text that a spreadsheet would run as a formula gets an apostrophe in front, as OWASP advises and most exporters
do: https://owasp.org/www-community/attacks/CSV_Injection. Other formats have types, and need none."""

import bz2
import contextlib
import gzip
import lzma
import re
from collections.abc import Callable
from typing import cast

_COMPRESSED = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_PLAIN = (".csv", ".tsv", ".jsonl", ".ndjson")
ENDINGS = (
    *(f"{plain}{compression}" for compression in ("", *_COMPRESSED) for plain in _PLAIN),
    ".parquet",
    ".pq",
    ".feather",
)
ENDINGS_SHOWN = (".csv", ".tsv", ".csv.gz", ".jsonl", ".parquet", ".feather")

# A formula: it begins with = or @ (also in full width, which some spreadsheets take for the same), or with a sign;
# blanks before it are skipped. Apostrophes before it may be ours: such a text gets one more, so that taking one away
# always gives the text back.
_FORMULA = re.compile(r"'*\s*[=@+\-\uff1d\uff20\uff0b\uff0d]|'*[\t\r]")
# What begins with a sign and is no formula: a sign alone, a number, or a sign before plain words and numbers, as in
# "-5 to 0" or "+ positive". A formula that does anything needs a bracket, an operator, a comma or a quotation mark.
_HARMLESS = re.compile(r"\s*[+-]\s*[\w .%:\u2013]*|\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def spreadsheet_safe(text):
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula.

    Parameters
    ----------
    text : str

    Returns
    -------
    text : str

    Examples
    --------
    >>> from robust_mlp.cli._prediction_files import spreadsheet_safe
    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("-1.5"), spreadsheet_safe("yes")
    ("'=1+1", '-1.5', 'yes')
    """
    return f"'{text}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else text


def write_predictions(predictions, path, name):
    """Write a frame to `path` in the format that `name` ends in.

    Parameters
    ----------
    predictions : pandas.DataFrame
    path : str
    name : str
        Ends in one of `ENDINGS`.
    """
    lower = name.lower()
    if lower.endswith((".parquet", ".pq")):
        predictions.to_parquet(path, index=False)
        return
    if lower.endswith(".feather"):
        predictions.to_feather(path)
        return
    compression = next((ending for ending in _COMPRESSED if lower.endswith(ending)), "")
    plain = lower.removesuffix(compression)
    with _text_file(path, compression) as file:
        if plain.endswith((".jsonl", ".ndjson")):
            _write_json_lines(predictions, file)
        else:
            write_csv(predictions, file, "\t" if plain.endswith(".tsv") else ",")


@contextlib.contextmanager
def appending(path, name):
    """A function that adds a frame to the end of a file, which is of the format that `name` ends in.

    Parameters
    ----------
    path, name : str
        As for `write_predictions`.

    Yields
    ------
    append : callable
        Takes frames with the same columns and dtypes.
    """
    lower = name.lower()
    if lower.endswith((".parquet", ".pq", ".feather")):
        with _appending_columns(path, is_feather=lower.endswith(".feather")) as append:
            yield append
        return
    compression = next((ending for ending in _COMPRESSED if lower.endswith(ending)), "")
    plain = lower.removesuffix(compression)
    with _text_file(path, compression) as file:
        if plain.endswith((".jsonl", ".ndjson")):
            yield lambda predictions: _write_json_lines(predictions, file)
        else:
            yield csv_appender(file, "\t" if plain.endswith(".tsv") else ",")


def csv_appender(file, separator=","):
    """A function that adds a frame to an open text file as CSV, the first one with a header."""
    has_header: list[bool] = []

    def append(predictions):
        write_csv(predictions, file, separator, header=not has_header)
        has_header.append(True)

    return append


@contextlib.contextmanager
def _appending_columns(path, *, is_feather):
    """The same for the formats of Arrow: a record batch or a row group for each frame."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writers: list = []

    def append(predictions):
        schema = writers[0].schema if writers and not is_feather else None
        table = pa.Table.from_pandas(predictions, schema=schema, preserve_index=False)
        if not writers:
            make = pa.ipc.new_file if is_feather else pq.ParquetWriter
            writers.append(make(path, table.schema))
        writers[0].write_table(table)

    try:
        yield append
    finally:
        for writer in writers:
            writer.close()


def write_csv(predictions, file, separator=",", *, header=True):
    """Write a frame as CSV to an open text file, numbers exactly and formulas disarmed."""
    import pandas as pd

    safe = predictions.rename(columns=spreadsheet_safe)
    for place, name in enumerate(predictions.columns):
        column = predictions[name]
        if column.dtype.kind not in "biuf":
            values = [_safe_value(value) for value in column.astype(object)]
            safe.isetitem(place, pd.Series(values, index=safe.index, dtype=object))
    safe.to_csv(file, index=False, sep=separator, lineterminator="\n", header=header)


def _safe_value(value):
    """The cell's value, a text made safe."""
    return spreadsheet_safe(value) if isinstance(value, str) else value


def _write_json_lines(predictions, file):
    """One object a row. Python's json writes a float so that reading gives the same one; pandas rounds it."""
    import json

    for row in predictions.astype(object).where(predictions.notna(), None).to_dict("records"):
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


@contextlib.contextmanager
def _text_file(path, compression):
    """An open text file in UTF-8. A lone surrogate in a label has no bytes, and is written out."""
    opener = cast(Callable, _COMPRESSED.get(compression, open))
    with opener(path, "wt", encoding="utf-8", errors="backslashreplace", newline="") as file:
        yield file
