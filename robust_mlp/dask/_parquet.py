"""Parquet files as partitions: which files and columns are meant, and how a window of their rows is read.

A window is read when it is needed, and its memory is returned afterwards."""

import glob
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import dask

from robust_mlp.dask._memory_plan import memory_plan
from robust_mlp.dask._parts import PartSource, Tables
from robust_mlp.dask._row_groups import row_groups_of, windows_of

# Rows that are decoded at once: a row group may be larger than memory.
ROWS_OF_BATCH = 16_384
# Bytes of a column that are read from the disk at once, for the same reason.
BYTES_OF_BUFFER = 1 << 20
# Rows that tell how many bytes a row takes.
ROWS_TO_MEASURE = 2_000
ENDINGS = (".parquet", ".pq")


@dataclass(frozen=True, eq=False)
class ParquetRows:
    """The rows of Parquet files, and what their columns are for.

    Attributes
    ----------
    row_groups : list of Slice
    target : str
    weight : str or None
        Column of sample weights.
    columns : list of str
        To learn from.
    prepare : callable or None
        frame -> frame, called with all columns or with target and weight alone. The index numbers the rows of all
        files. It may drop rows.
    """

    row_groups: list
    target: str
    weight: str | None
    columns: list[str]
    prepare: Callable | None = None

    @property
    def n_rows(self):
        """Of all files."""
        return sum(row_group.n_rows for row_group in self.row_groups)

    def first_rows(self, columns):
        """Some columns of the first rows, as a frame."""
        first = self.row_groups[0]
        return read_window([replace(first, n_rows=min(first.n_rows, ROWS_TO_MEASURE))], columns, None)

    def bytes_of_row(self):
        """Memory that a row takes as it is read, measured on the first rows."""
        frame = self.first_rows(self._named(self.columns))
        return frame.memory_usage(index=False, deep=True).sum() / len(frame)

    def parts(self, most_rows, seed):
        """(PartSources of all columns, PartSources of the labels alone) in windows of so many rows."""
        windows = windows_of(self.row_groups, most_rows, seed)
        parts = [self._part(window, self.columns) for window in windows]
        return parts, [self._part(window, []) for window in windows]

    def tables(self, memory_limit):
        """The Tables of a fit that takes about so many bytes at most."""
        plan = memory_plan(memory_limit, self.bytes_of_row(), len(self.columns))
        return Tables(
            lambda seed: self.parts(plan.window_rows, seed),
            most_sample_rows=plan.sample_rows,
            kept_bytes=plan.kept_bytes,
            has_partitions=False,
        )

    def _named(self, columns):
        return [*columns, self.target, *([] if self.weight is None else [self.weight])]

    def _part(self, window, columns):
        frame = dask.delayed(read_window, pure=False)(window, self._named(columns), self.prepare)
        take = dask.delayed(_column, pure=False)
        return PartSource(
            take(frame, list(columns)) if columns else None,
            take(frame, self.target),
            None if self.weight is None else take(frame, self.weight),
        )


def parquet_rows(data, target, sample_weight=None, columns=None, prepare=None):
    """The ParquetRows that a user means.

    Parameters
    ----------
    data : str, path-like, list of these, or pyarrow.dataset.Dataset
        A file, a folder, a pattern with ``*``, or several.
    target : str
    sample_weight : str, default=None
    columns : list of str, default=None
        None: all others.
    prepare : callable, default=None
        See `ParquetRows`.

    Raises
    ------
    FileNotFoundError, ValueError
        If there are no such files or columns, or no rows.
    """
    import pyarrow.parquet as pq

    paths = files_of(data, ENDINGS)
    names = pq.read_schema(paths[0]).names
    for path in paths[1:]:
        if missing := [name for name in names if name not in pq.read_schema(path).names]:
            raise ValueError(f"{path!r} has no column {missing[0]!r}, which {paths[0]!r} has. All files need the same.")
    for role, name in (("target", target), ("sample_weight", sample_weight), *(("columns", c) for c in columns or [])):
        if name is not None and name not in names:
            raise ValueError(f"{role}={name!r} is no column of {paths[0]!r}. It has: {', '.join(map(repr, names))}.")
    if target is None:
        raise ValueError("target is None. Pass the name of the column to predict.")
    if columns is None:
        columns = [name for name in names if name not in (target, sample_weight)]
    elif used := {target, sample_weight} & set(columns):
        raise ValueError(
            f"columns holds {sorted(used)[0]!r}, which is the target or the weight. Leave it out of columns."
        )
    row_groups = row_groups_of(paths)
    if not row_groups:
        raise ValueError(f"The files hold no rows: {', '.join(map(repr, paths[:3]))}.")
    return ParquetRows(row_groups, target, sample_weight, list(columns), prepare)


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
    FileNotFoundError
        If there is no such file; the message says what was looked for.
    """
    if hasattr(data, "files") and not isinstance(data, str | os.PathLike):  # a dataset of pyarrow
        return [str(path) for path in data.files]
    if not isinstance(data, str | os.PathLike):
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
        raise FileNotFoundError(
            f"No file fits {text!r}. Pass a file, a folder, a pattern such as 'big/*.parquet', or a list."
        )
    return sorted(found)


def read_window(window, columns, prepare):
    """The rows of a window, as a frame of pandas whose index numbers the rows of all files.

    Parameters
    ----------
    window : list of Slice
    columns : list of str
    prepare : callable or None

    Returns
    -------
    frame : pandas.DataFrame
        Texts are categories, which take less memory.
    """
    import numpy as np
    import pyarrow as pa

    pieces = [_table_of(piece, columns) for piece in window]
    table = pa.concat_tables(pieces, promote_options="permissive").unify_dictionaries()
    del pieces
    frame = table.to_pandas(split_blocks=True, self_destruct=True, use_threads=False)
    del table
    frame.index = np.concatenate([np.arange(piece.first, piece.first + piece.n_rows) for piece in window])
    pa.default_memory_pool().release_unused()
    return frame if prepare is None else prepare(frame)


def _table_of(piece, columns):
    """The rows of a slice. One column after the other: each that is read at the same time takes pages of a megabyte."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(piece.path)
    texts = [name for name in columns if _is_text(schema.field(name).type)]
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


def _is_text(kind):
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _column(frame, names) -> Any:
    return frame[names]
