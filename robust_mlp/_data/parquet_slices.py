"""Parquet files piece by piece: which files are meant, their row groups, and how slices of these are read.

What is read takes memory for its own rows and one column of a row group, whatever the size of the file."""

import glob
import os
from dataclasses import dataclass

import numpy as np

ENDINGS = (".parquet", ".pq")
# Rows that are decoded at once: a row group may be larger than memory.
ROWS_OF_BATCH = 16_384
# Bytes of a column that are read from the disk at once, for the same reason.
BYTES_OF_BUFFER = 1 << 20
# Where all columns are read side by side.
BYTES_OF_SMALL_BUFFER = 1 << 16


_WHAT_TO_PASS = "Pass a file, a folder, a pattern such as 'big/*.parquet', or a list."


@dataclass(frozen=True)
class Slice:
    """Rows of one row group.

    `path` of the file, `row_group` its number, rows `start` to `start + n_rows` of it; `first` is the number that its
    first row has in all files.
    """

    path: str
    row_group: int
    start: int
    n_rows: int
    first: int


def row_groups_of(paths):
    """The row groups of all files, each as one Slice; empty ones are left out.

    Parameters
    ----------
    paths : list of str

    Returns
    -------
    row_groups : list of Slice
    """
    import pyarrow.parquet as pq

    found, first = [], 0
    for path in paths:
        metadata = pq.read_metadata(path)
        for number in range(metadata.num_row_groups):
            n_rows = metadata.row_group(number).num_rows
            if n_rows:
                found.append(Slice(path, number, 0, n_rows, first))
            first += n_rows
    return found


def files_of(data, endings):
    """The files that a user means, in the order of their names.

    Parameters
    ----------
    data : str, path-like, list of these, or pyarrow.dataset.Dataset
    endings : tuple of str
        Of the files of a folder.

    Returns
    -------
    paths : list of str

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        If there is no such file, or no file is named; the message says what was looked for.
    """
    if hasattr(data, "files") and not isinstance(data, str | os.PathLike):  # a dataset of pyarrow
        return [str(path) for path in data.files]
    if not isinstance(data, str | os.PathLike):
        if not isinstance(data, list | tuple):
            raise TypeError(f"The files are of type {type(data).__name__}. {_WHAT_TO_PASS}")
        if not data:
            raise ValueError(f"The list of files is empty. {_WHAT_TO_PASS}")
        return [path for one in data for path in files_of(one, endings)]
    text = os.fspath(data)
    if os.path.isdir(text):
        found = [
            os.path.join(folder, name)
            for folder, _, names in os.walk(text)
            for name in names
            if name.lower().endswith(endings) and not name.startswith((".", "_"))
        ]
    else:
        found = [text] if os.path.exists(text) else glob.glob(text, recursive=True)
    if not found:
        raise FileNotFoundError(f"No file fits {text!r}. {_WHAT_TO_PASS}")
    return sorted(found)


def column_names(path):
    """The columns of a Parquet file, without an index that pandas has written.

    Parameters
    ----------
    path : str

    Returns
    -------
    names : list of str
    """
    schema = _schema(path)
    of_pandas = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in schema.names if name not in of_pandas]


def _schema(path):
    """The schema of a Parquet file; a ValueError names a file that is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise ValueError(
            f"{path!r} is no Parquet file ({str(error).split('. ')[0]}). CSV files are for fit_csv."
        ) from error


def check_named(named, names, path):
    """Raise for the first of (role, name or None) pairs that is no column of a file with the columns `names`."""
    for role, name in named:
        if name is not None and name not in names:
            raise ValueError(f"{role}={name!r} is no column of {path!r}. It has: {', '.join(map(repr, names))}.")


def check_same_kinds(paths, columns):
    """Raise where a column of Parquet files is text in one of them and holds numbers in another."""
    import pyarrow as pa

    def is_text(kind):
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)

    first = _schema(paths[0])
    for path in paths[1:]:
        schema = _schema(path)
        for name in columns:
            kinds = first.field(name).type, schema.field(name).type
            if is_text(kinds[0]) != is_text(kinds[1]) and not any(map(pa.types.is_null, kinds)):
                raise ValueError(
                    f"Column {name!r} is {kinds[0]} in {paths[0]!r} and {kinds[1]} in {path!r}. Write all files with "
                    "one kind."
                )


def read_slices(slices, columns):
    """Some rows of Parquet files, as a frame of pandas whose index numbers the rows of all files.

    Parameters
    ----------
    slices : list of Slice
    columns : list of str

    Returns
    -------
    frame : pandas.DataFrame
        Texts are categories, which take less memory.
    """
    import pyarrow as pa

    table = pa.concat_tables([_table_of(piece, columns) for piece in slices], promote_options="permissive")
    frame = table.unify_dictionaries().to_pandas(split_blocks=True, self_destruct=True, use_threads=False)
    del table
    frame.index = np.concatenate([np.arange(piece.first, piece.first + piece.n_rows) for piece in slices])
    pa.default_memory_pool().release_unused()
    return frame


def read_blocks(row_group, columns, most_rows):
    """A row group from its beginning to its end, as frames of at most `most_rows` rows.

    All columns are read side by side, so that nothing is decoded twice: each takes some pages of a megabyte.

    Parameters
    ----------
    row_group : Slice
        A whole one.
    columns : list of str
    most_rows : int

    Yields
    ------
    frame : pandas.DataFrame
        As from `read_slices`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = row_group.first
    texts = _texts_among(columns, row_group.path)
    with pq.ParquetFile(row_group.path, buffer_size=BYTES_OF_SMALL_BUFFER, read_dictionary=texts) as file:
        for batch in file.iter_batches(most_rows, [row_group.row_group], columns, use_threads=False):
            frame = pa.Table.from_batches([batch]).to_pandas(split_blocks=True, use_threads=False)
            frame.index = np.arange(first, first + len(frame))
            first += len(frame)
            yield frame[columns]


def _table_of(piece, columns):
    """The rows of a slice. One column after the other: each that is read at the same time takes pages of a megabyte."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = _texts_among(columns, piece.path)
    with pq.ParquetFile(piece.path, buffer_size=BYTES_OF_BUFFER, read_dictionary=texts) as file:
        found = [_column_of(file, piece, name) for name in columns]
    return pa.table([one.column(0) for one in found], schema=pa.schema([one.schema.field(0) for one in found]))


def _column_of(file, piece, name):
    """A table of one column of a slice."""
    import pyarrow as pa

    found, at, end = [], 0, piece.start + piece.n_rows
    for batch in file.iter_batches(ROWS_OF_BATCH, row_groups=[piece.row_group], columns=[name], use_threads=False):
        low, high = max(piece.start - at, 0), min(end - at, batch.num_rows)
        if low < high:
            found.append(batch.slice(low, high - low))
        at += batch.num_rows
        if at >= end:
            break
    return pa.Table.from_batches(found)


def _texts_among(columns, path):
    """Those of the columns that hold texts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    kinds = {name: schema.field(name).type for name in columns}
    return [name for name, kind in kinds.items() if pa.types.is_string(kind) or pa.types.is_large_string(kind)]
