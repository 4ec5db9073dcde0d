"""Parquet files as partitions: which files and columns are meant, and how a window of their rows is read.

A window is read when it is needed, and its memory is returned afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import dask

from robust_mlp._data.parquet_slices import (
    ENDINGS,
    check_named,
    check_same_kinds,
    column_names,
    files_of,
    read_blocks,
    read_slices,
    row_groups_of,
)
from robust_mlp._fit.resolve_plan import resolve_embedding
from robust_mlp.dask._memory_plan import INPUTS_OF_EMBEDDED_NUMBER, memory_plan
from robust_mlp.dask._parts import PartSource, Tables
from robust_mlp.dask._row_groups import windows_of

# Rows that tell how many bytes a row takes.
ROWS_TO_MEASURE = 2_000


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

    def blocks(self, most_rows):
        """The prepared rows from the first to the last, as frames of at most so many rows."""
        for row_group in self.row_groups:
            for frame in read_blocks(row_group, self._named(self.columns), most_rows):
                yield frame if self.prepare is None else self.prepare(frame)

    def tables(self, clf, memory_limit):
        """The Tables of a fit of `clf` that takes about so many bytes at most.

        Whether numbers are cut into pieces, all rows decide, as they do in a fit in memory: the sample is small.
        """
        embedding = resolve_embedding(clf, self.n_rows, len(self.columns))
        n_inputs = len(self.columns) * (1 if embedding is None else INPUTS_OF_EMBEDDED_NUMBER)
        plan = memory_plan(memory_limit, self.bytes_of_row(), n_inputs)
        return Tables(
            lambda seed: self.parts(plan.window_rows, seed),
            most_sample_rows=plan.sample_rows,
            kept_bytes=plan.kept_bytes,
            has_partitions=False,
            settings={"numerical_embedding": None} if embedding is None else {},
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


def check_names(target, sample_weight, columns):
    """Raise for what can be no names of columns: of the target, of the weights (or None), and of a list (or None)."""
    if target is None:
        raise ValueError("target is None. Pass the name of the column to predict.")
    for role, name in (("target", target), ("sample_weight", sample_weight)):
        if name is not None and not isinstance(name, str):
            raise TypeError(f"{role} is of type {type(name).__name__}. Pass the name of a column of the files, a str.")
    if sample_weight == target:
        raise ValueError(f"sample_weight={sample_weight!r} is the target, too. Pass the column that holds the weights.")
    if columns is None:
        return
    if isinstance(columns, str):
        raise TypeError(f"columns={columns!r} is a str. Pass a list of names: columns=[{columns!r}].")
    if not len(columns):
        raise ValueError("columns is empty. Pass at least one name, or None for all columns.")
    if used := sorted({target, sample_weight} & set(columns)):
        raise ValueError(f"columns holds {used[0]!r}, which is the target or the weight. Leave it out of columns.")
    if twice := [name for i, name in enumerate(columns) if name in list(columns)[:i]]:
        raise ValueError(f"columns holds {twice[0]!r} twice. Pass each name once.")


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
    check_names(target, sample_weight, columns)
    paths = files_of(data, ENDINGS)
    names = column_names(paths[0])
    for path in paths[1:]:
        found = set(column_names(path))  # read once for all names
        if missing := [name for name in names if name not in found]:
            raise ValueError(f"{path!r} has no column {missing[0]!r}, which {paths[0]!r} has. All files need the same.")
    check_named(
        [("target", target), ("sample_weight", sample_weight), *(("columns", c) for c in columns or [])],
        names,
        paths[0],
    )
    if columns is None:
        columns = [name for name in names if name not in (target, sample_weight)]
    check_same_kinds(paths, [target, *columns, *([] if sample_weight is None else [sample_weight])])
    row_groups = row_groups_of(paths)
    if not row_groups:
        raise ValueError(f"The files hold no rows: {', '.join(map(repr, paths[:3]))}.")
    return ParquetRows(row_groups, target, sample_weight, list(columns), prepare)


def read_window(window, columns, prepare):
    """The rows of a window: `read_slices`, and what `prepare` makes of them unless it is None."""
    frame = read_slices(window, columns)
    return frame if prepare is None else prepare(frame)


def _column(frame, names) -> Any:
    return frame[names]
