"""Tables from files: reading, and telling numbers from categories.

A column is a number, a date or a category, and a category's level is its text as it stands in the file. So a model
meets the same levels again in another file, whatever pandas would guess from that one. Never fills, scales or
encodes."""

from dataclasses import dataclass
from typing import Any

from robust_mlp.cli._date_columns import as_dates, is_dates
from robust_mlp.cli._errors import InputError, did_you_mean, one_line
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._missing import missing_note
from robust_mlp.cli._read_csv import read_csv
from robust_mlp.cli._read_typed import read_typed
from robust_mlp.cli._sources import TEXT_FORMATS, find_source
from robust_mlp.cli._table_options import Columns, FileFormat
from robust_mlp.cli._text_files import SEPARATORS
from robust_mlp.cli._workbooks import sheet_names

# What else separates cells, though nobody looks for it: times and texts hold them, too.
RARE_SEPARATORS = (":", " ")

# What pandas' infer_dtype says of values that have a text to take as a level; dates, bytes and lists have none.
_CATEGORY_CONTENT = {"string", "boolean", "categorical", "empty", "mixed-integer", "mixed"}


TAB = "\t"


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file."""

    frame: Any  # pandas.DataFrame: numbers as their numeric dtype, every other column as text or missing
    names: tuple[str, ...]  # of all columns of the file
    shown: str  # the file's name for messages
    is_text: bool  # whether cells were text, so that a number was told from a category by its look
    notes: tuple[str, ...] = ()  # what the user should know of how it was read
    other_sheets: tuple[str, ...] = ()  # of a workbook, where none was named

    def check_has(self, names, option):
        """Raise InputError with a suggestion for a column that the file lacks; `option` is what it was typed after."""
        for name in names:
            if name not in self.names:
                raise unknown_column(name, option, self.names, self.shown, self.other_sheets)


def read_table(path, file_format=None, columns=None):
    """Read a file, its name's ending saying which format it has.

    Parameters
    ----------
    path : str
        "-" is standard input.
    file_format : FileFormat, default=None
    columns : Columns, default=None

    Returns
    -------
    table : Table

    Raises
    ------
    InputError
        If there is no such file, it is no table, or it holds no rows.
    KeyboardInterrupt
        If Ctrl-C came meanwhile, also where the reader made an error of it.
    """
    pandas = _import_pandas()
    file_format, columns = file_format or FileFormat(), columns or Columns()
    with interrupts_kept():
        source = find_source(str(path))
        read = read_csv if source.format in ("csv", "tsv") else read_typed
        try:
            frame, names, counts, notes = read(pandas, source, file_format, columns)
        except InputError:
            raise
        except ImportError as error:
            raise InputError(f"{one_line(error)} To read {source.shown}: pip install 'robust-mlp[tables]'.") from error
        except Exception as error:  # each reader has its own family of errors for a damaged file
            raise InputError(f"cannot read {source.shown}: {one_line(error)}") from error
    frame = frame.reset_index(drop=True)  # a row's number in messages is its place in the file
    if not len(frame):
        raise InputError(f"{source.shown} holds no rows.")
    if note := missing_note(counts, source.shown, columns):
        notes = [*notes, note]
    is_text = source.format in TEXT_FORMATS and source.format != "jsonl"
    sheets = sheet_names(source) if source.format == "xlsx" and file_format.sheet is None else ()
    return Table(frame, tuple(names), source.shown, is_text, tuple(notes), tuple(sheets[1:]))


def unknown_column(name, option, known, shown, other_sheets=()):
    """The InputError for a column that a file lacks, or that the sheet which was read lacks."""
    known = [str(column) for column in known]
    hint = ""
    if known and all(_is_number(column) for column in known):
        hint = " The first row holds numbers only, and must hold the columns' names."
    elif any(_is_number(column) for column in known):
        hint = " If the first row holds no names, add a row that does."
    elif len(known) == 1 and (
        found := next((mark for mark in (*SEPARATORS, *RARE_SEPARATORS) if mark in known[0]), None)
    ):
        hint = f" If {found!r} separates cells, type --sep {'tab' if found == TAB else repr(found)}."
    if other_sheets:
        hint += f" To read another sheet, type --sheet {other_sheets[0]!r}."
    return InputError(f"{option}: {shown} has no column {name!r}. {did_you_mean(name, known)}{hint}")


def column_kinds(frame, as_text=()):
    """Kind of each column: {name: "number", "date" or "category"}; those in `as_text` are categories in any case."""
    return {name: "category" if name in as_text else _kind_of(frame[name]) for name in frame.columns}


def _kind_of(column):
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return "number"
    return "date" if is_dates(column) else "category"


def features(frame, kinds, shown, can_drop=True):
    """The columns that a classifier takes.

    Parameters
    ----------
    frame : pandas.DataFrame
    kinds : dict of str to {"number", "category", "date"}
        The columns, in the order wanted.
    shown : str
        The file's name for messages.
    can_drop : bool, default=True
        Whether a column that cannot be used may be left out; not where a model expects it.

    Returns
    -------
    X : pandas.DataFrame
        Numbers as float64 or as they are, categories as category dtype, dates as datetime64.

    Raises
    ------
    InputError
        For an infinite number, or values that are neither numbers nor text.
    """
    import pandas as pd

    columns = {}
    for name, kind in kinds.items():
        way_out = f", or leave the column out: --drop {name!r}" if can_drop else ""
        columns[name] = _READERS[kind](frame[name], name, shown, way_out)
    return pd.DataFrame(columns, index=frame.index)


def as_texts(column):
    """Each value's text, missing ones left missing; whole numbers have no decimal point, as in a CSV file."""
    import numpy as np
    from pandas.api.types import is_float_dtype

    if is_float_dtype(column):
        numbers = column.astype("float64")
        if (numbers.isna() | (np.isfinite(numbers) & (numbers == numbers.round()))).all():
            column = numbers.astype("Int64") if (numbers.abs().fillna(0) < 2**53).all() else column
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


def first_infinite(column):
    """Where a column of numbers is infinite, in words such as "inf in data row 3"; "" where it is not."""
    import numpy as np

    numbers = column.to_numpy(dtype="float64", na_value=np.nan)
    infinite = np.isinf(numbers)
    if not infinite.any():
        return ""
    row = int(infinite.argmax())
    n_more = int(infinite.sum()) - 1
    return f"{numbers[row]:g} in data row {column.index[row] + 1:,}{f', and in {n_more:,} more' if n_more else ''}"


def _as_number(column, name, shown, way_out):
    """The column as numbers; a text that is none, or an infinity, is an InputError saying where."""
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

    if is_complex_dtype(column):
        raise InputError(f"column {name!r} of {shown} holds complex numbers. Take their parts{way_out}.")
    if not is_numeric_dtype(column) or is_bool_dtype(column):
        numbers = pd.to_numeric(column.astype(object), errors="coerce")
        wrong = column.notna() & numbers.isna()
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(
                f"column {name!r} held numbers when the model was fitted, and {shown} holds {str(column.iloc[row])!r} "
                f"in data row {column.index[row] + 1:,}. Leave the cell empty if its value is unknown, or say how "
                "numbers are written: --decimal, --thousands, --na."
            )
        column = numbers.astype("float64")
    if infinite := first_infinite(column):
        raise InputError(
            f"column {name!r} of {shown} holds {infinite}. Leave a cell empty if its value is unknown{way_out}."
        )
    return column


def _as_category(column, name, shown, way_out):
    """The column's texts as a categorical; values that are neither numbers nor text are refused."""
    from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype, is_scalar

    content = "boolean" if is_bool_dtype(column) else infer_dtype(column, skipna=True)
    holds_containers = content == "mixed" and not column.map(is_scalar).all()
    if (content not in _CATEGORY_CONTENT and not is_numeric_dtype(column)) or holds_containers:
        held = f"{_container_in(column) if holds_containers else content} values"
        raise InputError(
            f"column {name!r} of {shown} holds {held}, which are neither numbers nor categories. "
            f"Turn it into numbers{way_out}."
        )
    return as_texts(column).astype("category")


def _container_in(column):
    """What the first value is that is neither a number nor a text: a list, or an object with fields."""
    from pandas.api.types import is_scalar

    first = next(value for value in column if not is_scalar(value))
    return "object" if isinstance(first, dict) else "list"


_READERS = {"number": _as_number, "category": _as_category, "date": as_dates}


def _is_number(text):
    """Whether the text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _import_pandas():
    """pandas, or an InputError saying how to install it."""
    try:
        import pandas
    except ImportError as error:
        raise InputError("reading tables needs pandas: pip install 'robust-mlp[tables]'.") from error
    return pandas
