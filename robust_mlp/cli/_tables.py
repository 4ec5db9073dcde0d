"""Tables from CSV and Parquet files: reading, and telling numbers from categories.

A column is a number or a category, and a category's level is its text as it stands in the file. So a model meets the
same levels again in another file, whatever pandas would guess from that one. Never fills, scales or encodes."""

import difflib
from pathlib import Path

from robust_mlp.cli._errors import InputError

CSV_ENDINGS = (".csv", ".csv.gz")
PARQUET_ENDINGS = (".parquet", ".pq")

# From this version of pandas on a number in a CSV file is always read as the nearest float, as Parquet holds it, and
# asking for it is deprecated.
READS_EXACTLY_SINCE = (3, 1)

# How alike two file names must be, from 0 to 1, for one to be suggested: the shared ending alone makes any two .csv
# names alike to 0.5 or so, and one wrong letter in ten leaves 0.9.
NEARBY_NAME = 0.8

# What pandas' infer_dtype says of values that have a text to take as a level; dates, bytes and lists have none.
_CATEGORY_CONTENT = {"string", "boolean", "categorical", "empty", "mixed-integer", "mixed"}


def read_table(path, kinds=None):
    """Read a file, its name's ending saying which format it has.

    Parameters
    ----------
    path : str
    kinds : dict of str to {"number", "category"}, default=None
        What a model expects of its columns; None leaves it to the file.

    Returns
    -------
    table : pandas.DataFrame
        Number columns as their numeric dtype, every other column as text or missing.

    Raises
    ------
    InputError
        If there is no such file, or it is no table, or a number column holds text.
    """
    pandas = _import_pandas()
    name = str(path).lower()
    if not name.endswith(CSV_ENDINGS + PARQUET_ENDINGS):
        raise InputError(f"cannot tell the format of {path!r}: its name must end in .csv, .csv.gz, .parquet or .pq.")
    if not Path(path).is_file():
        raise InputError(f"there is no file {path!r}.{nearby(path)}")
    read = _read_csv if name.endswith(CSV_ENDINGS) else _read_parquet
    try:
        table = read(pandas, path, kinds or {})
    except InputError:
        raise
    except ImportError as error:
        raise InputError(f"{_one_line(error)} To read Parquet: pip install 'robust-mlp[tables]'.") from error
    except Exception as error:  # each reader has its own family of errors for a damaged file
        raise InputError(f"cannot read {path!r}: {_one_line(error)}") from error
    table.columns = [str(column) for column in table.columns]
    if not len(table):
        raise InputError(f"{path!r} holds no rows.")
    return table


def column_kinds(table):
    """Kind of each column: {name: "number" or "category"}."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return {
        name: "number" if is_numeric_dtype(table[name]) and not is_bool_dtype(table[name]) else "category"
        for name in table.columns
    }


def features(table, kinds):
    """The columns in `kinds`, in that order: numbers as float64 or as they are, categories as category dtype."""
    import pandas as pd

    columns = {}
    for name, kind in kinds.items():
        column = table[name]
        if kind == "number":
            columns[name] = _as_number(column, name)
        else:
            _check_has_levels(column, name)
            present = column.notna()
            columns[name] = column.astype(object).where(present, None).map(str, na_action="ignore").astype("category")
    return pd.DataFrame(columns, index=table.index)


def _as_number(column, name):
    """The column as numbers; a text that is none is an InputError saying where."""
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

    if is_complex_dtype(column):
        raise InputError(f"column {name!r} holds complex numbers, which the classifier does not read.")
    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return column
    numbers = pd.to_numeric(column.astype(object), errors="coerce")
    wrong = column.notna() & numbers.isna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"column {name!r} held numbers when the model was fitted, and holds {str(column.iloc[row])!r} "
            f"in data row {row + 1}. Leave the cell empty if its value is unknown."
        )
    return numbers.astype("float64")


def _check_has_levels(column, name):
    """Refuse a column whose values are neither numbers nor text: dates, bytes, lists."""
    from pandas.api.types import infer_dtype, is_bool_dtype, is_scalar

    content = "boolean" if is_bool_dtype(column) else infer_dtype(column, skipna=True)
    holds_containers = content == "mixed" and not column.map(is_scalar).all()
    if content not in _CATEGORY_CONTENT or holds_containers:
        raise InputError(
            f"column {name!r} holds {'list' if holds_containers else content} values, which are neither numbers nor "
            "categories. Drop it, or turn it into numbers."
        )


def _read_csv(pandas, path, kinds):
    """CSV as numbers and text: what pandas takes for true and false is read again as it is written."""
    options = {"low_memory": False}
    if tuple(int(part) for part in pandas.__version__.split(".")[:2]) < READS_EXACTLY_SINCE:
        options["float_precision"] = "round_trip"
    as_text = {name: "str" for name, kind in kinds.items() if kind == "category"}
    table = pandas.read_csv(path, dtype=as_text, **options)
    guessed = [
        name
        for name in table.columns
        if name not in as_text and (table[name].dtype == bool or _holds_bool_objects(table[name]))
    ]
    if guessed:
        table[guessed] = pandas.read_csv(path, usecols=guessed, dtype="str")[guessed]
    return table


def _holds_bool_objects(column):
    """Whether an object column mixes Python's True and False with missing values."""
    return column.dtype == object and column.map(lambda value: isinstance(value, bool)).any()


def _read_parquet(pandas, path, kinds):
    """Parquet as it is; an exact decimal becomes a float."""
    from pandas.api.types import infer_dtype

    table = pandas.read_parquet(path)
    for name in table.columns:
        if table[name].dtype == object and infer_dtype(table[name], skipna=True) == "decimal":
            table[name] = table[name].astype("float64")
    return table


def _import_pandas():
    """pandas, or an InputError saying how to install it."""
    try:
        import pandas
    except ImportError as error:
        raise InputError("reading tables needs pandas: pip install 'robust-mlp[tables]'.") from error
    return pandas


def nearby(path):
    """Suggestion of a file of a similar name in the same folder; nothing where there is none."""
    folder = Path(path).parent
    names = [entry.name for entry in folder.iterdir() if entry.is_file()] if folder.is_dir() else []
    close = difflib.get_close_matches(Path(path).name, names, n=1, cutoff=NEARBY_NAME)
    return f" Did you mean {str(folder / close[0])!r}?" if close else ""


def _one_line(error):
    """The error's text on one line, ending in a full stop."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.endswith((".", "?", "!")) else f"{text}."
