"""Parquet, Feather, JSON lines and Excel, as numbers and text. pandas and pyarrow read.

The types in the file say what is a number, what is text and what is missing. A sheet is the exception: its users write
NA into columns of numbers, as in CSV."""

import json

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._missing import check_names, mask_missing
from robust_mlp.cli._pandas_versions import KEEPS_DATES_SINCE, is_at_least
from robust_mlp.cli._workbooks import read_sheet


def read_typed(pandas, source, file_format, columns):
    """The wanted columns, and notes on what was guessed.

    Parameters
    ----------
    pandas : module
    source : Source
    file_format : FileFormat
    columns : Columns

    Returns
    -------
    table : pandas.DataFrame
    names : list of str
        Of all columns, wanted or not.
    counts : dict of str to dict of str to int
        For each column the words that counted as missing, and in how many cells.
    notes : list of str
    """
    if source.format != "xlsx":
        if file_format.sheet is not None:
            raise InputError(f"--sheet is for Excel workbooks, and {source.shown} is none. Leave it out.")
        return typed(_READERS[source.format](pandas, source), source.shown, file_format, columns)
    table, note = read_sheet(pandas, source, file_format.sheet)
    *read, notes = typed(table, source.shown, file_format, columns, words_of_sheet=[""])
    return *read, [note, *notes] if note else notes


def typed(table, shown, file_format, columns, words_of_sheet=None):
    """What `read_typed` returns, of a frame with the types of its file.

    Parameters
    ----------
    table : pandas.DataFrame
    shown : str
    file_format : FileFormat
    columns : Columns
    words_of_sheet : list of str, default=None
        What is missing in a sheet in any case. None: the types of the file say what is missing.
    """
    table.columns = [str(name) for name in table.columns]
    check_names(list(table.columns), shown)
    names = list(table.columns)
    table = table[columns.wanted(names)].copy()
    counts = {}
    for name in table.columns:
        if name == columns.identifier:
            continue
        words = file_format.missing_typed
        if words_of_sheet is not None:
            words = [*words_of_sheet, *(words if name == columns.target else file_format.missing_features)]
        table[name], counts[name] = _masked(table[name], words)
    return table, names, counts, []


def _masked(column, words):
    """The column with the words missing, be they text or numbers; numbers that were beside text become numbers."""
    from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype

    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return mask_missing(column, [number for word in words if (number := _number(word)) is not None])
    column, counts = mask_missing(column, words)
    if column.dtype == object:
        content = infer_dtype(column, skipna=True)
        if content in ("decimal", "integer", "floating", "mixed-integer-float"):
            column = column.astype("float64") if content == "decimal" else column.infer_objects()
    return column, counts


def _number(word):
    """The word as a number, or None."""
    try:
        return float(word)
    except ValueError:
        return None


def _parquet(pandas, source):
    return pandas.read_parquet(source.path_or_bytes())


def _feather(pandas, source):
    return pandas.read_feather(source.path_or_bytes())


def _json_lines(pandas, source):
    """One object a line; texts stay texts, dates included."""
    options = {} if is_at_least(pandas, KEEPS_DATES_SINCE) else {"convert_dates": False}
    with source.open() as file:
        try:
            table = pandas.read_json(file, lines=True, dtype=False, precise_float=True, **options)
        except (ValueError, AttributeError, TypeError) as error:  # no JSON; JSON that is no object
            raise InputError(f"cannot read {source.shown}: {_bad_json_line(source) or one_line(error)}") from error
    return table


def _bad_json_line(source):
    """One sentence on the first line that is no JSON object, or ""."""
    with source.open() as file:
        for number, line in enumerate(file, start=1):
            try:
                if line.strip() and not isinstance(json.loads(line), dict):
                    return f'line {number:,} is no JSON object. Each line holds one row, such as {{"x": 1}}.'
            except ValueError:
                return f'line {number:,} is no JSON. Each line holds one row, such as {{"x": 1}}.'
    return ""


_READERS = {"parquet": _parquet, "feather": _feather, "jsonl": _json_lines}
