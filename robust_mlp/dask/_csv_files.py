"""CSV files as Parquet files in a temporary folder: a text is read in each epoch many times more slowly.

Two passes in blocks of rows: the first tells numbers from texts in all files, so that a column that looks like numbers
at the beginning and holds a text at the end is text everywhere; the second writes."""

import contextlib
import tempfile
from pathlib import Path

from robust_mlp._data.parquet_slices import check_named, files_of

ENDINGS = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".tsv")
# Rows that are read at once, and that make a row group. With a hundred columns of text of 100 bytes this takes 300 MB.
ROWS_OF_BLOCK = 20_000
WHOLE, NUMBER, TEXT = "int64", "float64", "str"


@contextlib.contextmanager
def as_parquet(data, options=None, named=()):
    """A folder of Parquet files with the rows of CSV files; it is deleted afterwards.

    Parameters
    ----------
    data : str, path-like, or list of these
        As for `files_of`.
    options : dict, default=None
        Of ``pandas.read_csv``.
    named : iterable of (role, name or None), default=()
        Columns that the files must have.

    Yields
    ------
    folder : str
        Below the system's folder for temporary files, which ``TMPDIR`` names.

    Raises
    ------
    FileNotFoundError, ValueError, TypeError
        If there are no files, if a file has other columns than the first or cannot be read, or lacks those of `named`.
    """
    if not isinstance(options, dict | None):
        raise TypeError(f"read_options is of type {type(options).__name__}. Pass a dict, such as {{'sep': ';'}}.")
    paths, options = files_of(data, ENDINGS), dict(options or {})
    if not_ours := sorted({"chunksize", "iterator", "filepath_or_buffer"} & set(options)):
        raise ValueError(f"read_options holds {not_ours[0]!r}, which fit_csv sets itself. Leave it out.")
    kinds = _kinds_of(paths, options)
    try:
        check_named(named, list(kinds), paths[0])
    except ValueError as error:
        hint = " Is another separator meant? Pass read_options={'sep': ';'}." if len(kinds) == 1 else ""
        raise ValueError(f"{error}{hint}") from None
    with tempfile.TemporaryDirectory(prefix="robust_mlp-") as folder:
        for number, path in enumerate(paths):
            _write(path, Path(folder) / f"{number:06}.parquet", kinds, options)
        yield folder


def _blocks(path, options):
    import pandas as pd

    usual: dict[str, object] = {"low_memory": False} if "engine" not in options else {}
    if usual and int(pd.__version__.partition(".")[0]) < 3:  # from then on floats are read exactly
        usual["float_precision"] = "round_trip"
    if path.lower().endswith(".tsv"):
        usual["sep"] = "\t"
    try:
        with pd.read_csv(path, chunksize=ROWS_OF_BLOCK, **usual | options) as blocks:
            yield from blocks
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ValueError(f"{path!r} cannot be read as CSV: {error} Parquet files are for fit_parquet.") from error
    except TypeError as error:
        raise TypeError(f"read_options does not suit pandas.read_csv: {error}.") from error


def _kinds_of(paths, options):
    """{column: WHOLE, NUMBER or TEXT}, which suits all blocks of all files."""
    kinds: dict[str, str] = {}
    for path in paths:
        for block in _blocks(path, options):
            names = [str(name) for name in block.columns]
            if kinds and names != list(kinds):
                raise ValueError(
                    f"{path!r} has the columns {', '.join(names)}, and {paths[0]!r} has {', '.join(kinds)}. All files "
                    "need the same, in one order."
                )
            for name, column in zip(names, (block[c] for c in block.columns), strict=True):
                kinds[name] = _common(kinds.get(name), _kind_of(column))
    return {name: kind or NUMBER for name, kind in kinds.items()}  # None: no cell of the column is filled


def _kind_of(column):
    """What a column of a block holds; None for one without a filled cell."""
    from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

    if not column.notna().any():
        return None
    if is_bool_dtype(column) or not is_numeric_dtype(column):
        return TEXT  # pandas reads True and False only where no other text is in the block
    return WHOLE if is_integer_dtype(column) else NUMBER


def _common(one, other):
    """The narrowest kind that holds both."""
    found = {one, other} - {None}
    return next((kind for kind in (TEXT, NUMBER, WHOLE) if kind in found), None)


def _write(path, place, kinds, options):
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {WHOLE: pa.int64(), NUMBER: pa.float64(), TEXT: pa.string()}
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
    texts = {"dtype": {name: "str" for name, kind in kinds.items() if kind == TEXT}}
    with pq.ParquetWriter(place, schema) as writer:
        for block in _blocks(path, texts | options):
            block.columns = list(kinds)
            writer.write_table(pa.Table.from_pandas(block, schema=schema, preserve_index=False, nthreads=1))
