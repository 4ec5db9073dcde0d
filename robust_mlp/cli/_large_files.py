"""Tables that are larger than memory, in one or several Parquet or CSV files: their columns, and windows of their rows.

A window is turned into what `fit` takes by the same rules as a whole table, so that `predict` finds the same levels."""

import contextlib
import glob
import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robust_mlp._data.parquet_slices import ENDINGS, column_names, files_of
from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._labels import label_array
from robust_mlp.cli._options import file_format
from robust_mlp.cli._sources import COMPRESSIONS, STANDARD_INPUT, find_source, format_of, split_compression
from robust_mlp.cli._tables import column_kinds, features, unknown_column
from robust_mlp.cli._text_files import find_encoding, find_separator

# Compressions that can be read from a place on: a zip archive holds several files.
_READABLE = tuple(ending for ending in COMPRESSIONS if ending != ".zip")


@dataclass(frozen=True, kw_only=True)
class RowRule:
    """How a window becomes rows to learn from: called with a frame, as `ParquetRows.prepare` is.

    Attributes
    ----------
    kinds : dict of str to str
        Of the columns to learn from: "number" or "category".
    target, shown : str
    weight : str or None
    test_share : float
        Of the rows that are kept aside. The number of a row decides, with the seed.
    seed : int
    is_test : bool, default=False
        Whether to give the rows kept aside instead.
    missing : tuple of str, default=()
        Texts and numbers that count as missing, beside what the file says.
    """

    kinds: dict[str, str]
    target: str
    shown: str
    weight: str | None
    test_share: float
    seed: int
    is_test: bool = False
    missing: tuple[str, ...] = ()

    def __call__(self, frame):
        """The rows with a label, on the wanted side; columns that are there."""
        import pandas as pd

        from robust_mlp.dask._reading import uniform_of

        if self.missing:
            frame = frame.assign(**{name: _masked(frame[name], self.missing) for name in frame.columns})
        is_aside = uniform_of(frame.index.to_numpy().astype(np.uint64), self.seed) < self.test_share
        frame = frame[frame[self.target].notna().to_numpy() & (is_aside == self.is_test)]
        kinds = {name: kind for name, kind in self.kinds.items() if name in frame.columns}
        prepared = features(frame, kinds, self.shown)
        labels = label_array(frame[self.target], self.target, self.shown) if len(frame) else np.empty(0, object)
        prepared[self.target] = pd.Series(labels, index=frame.index, dtype=object if labels.dtype == object else None)
        if self.weight is not None:
            prepared[self.weight] = frame[self.weight]
        return prepared


def _masked(column, words):
    """The column with cells of these words missing."""
    from robust_mlp.cli._missing import mask_missing

    return mask_missing(column, [*words, *filter(lambda number: number is not None, map(_number, words))])[0]


def _number(word):
    try:
        return float(word)
    except ValueError:
        return None


def names_several(path):
    """Whether a path stands for a folder or for the files that fit a pattern."""
    return path != STANDARD_INPUT and not os.path.isfile(path) and (os.path.isdir(path) or glob.has_magic(path))


@contextlib.contextmanager
def opened_rows(arguments):
    """The ParquetRows of the files that were typed, without a rule yet; CSV files are written as Parquet first.

    Parameters
    ----------
    arguments : argparse.Namespace
        With `data`, and the options on columns and on how files are written.

    Yields
    ------
    rows : ParquetRows
    kinds : dict of str to str

    Raises
    ------
    InputError
    """
    paths = _files(arguments.data)
    formats = {format_of(split_compression(path)[0]) for path in paths}
    if formats == {"parquet"}:
        yield _rows(paths, arguments)
        return
    if formats - {"csv", "tsv"} or any(split_compression(path)[1] not in ("", *_READABLE) for path in paths):
        raise InputError(
            f"--memory reads .parquet files, or .csv and .tsv files that may end in {', '.join(_READABLE)}; "
            f"{arguments.data!r} is something else."
        )
    from robust_mlp.dask._csv_files import as_parquet

    try:
        with as_parquet(paths, _read_options(paths[0], arguments)) as folder:
            yield _rows(folder, arguments)
    except (ValueError, UnicodeError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"cannot read {arguments.data!r}: {one_line(error)}") from error


def _files(data):
    from robust_mlp.dask._csv_files import ENDINGS as CSV

    if data == STANDARD_INPUT:
        raise InputError("--memory needs files: standard input can be read once only. Write it to a file.")
    try:
        return files_of(data, (*ENDINGS, *CSV))
    except FileNotFoundError as error:
        raise InputError(f"{one_line(error)}") from error


def _read_options(path, arguments):
    """Options of ``pandas.read_csv`` for files that are written as the first one is."""
    import pandas as pd

    written, source = file_format(arguments), find_source(path)
    encoding, _ = find_encoding(source, written.encoding)
    separator = written.sep
    if separator is None:
        marks = (written.decimal, written.thousands)
        separator = "\t" if source.format == "tsv" else find_separator(source, encoding, marks)
    options = {"sep": separator, "decimal": written.decimal, "thousands": written.thousands, "encoding": encoding}
    names = pd.read_csv(path, nrows=0, **options).columns
    words = {name: ["", *written.missing_features] for name in names}
    words[arguments.target] = ["", *written.missing_typed]
    return options | {"keep_default_na": False, "na_values": words}


def _rows(data, arguments):
    """(ParquetRows, kinds of the columns to learn from)."""
    from robust_mlp.dask._parquet import parquet_rows

    target, weight, shown = arguments.target, arguments.sample_weight_column, repr(arguments.data)
    try:
        rows = parquet_rows(data, target, weight)
    except ValueError as error:
        _check_names(data, arguments, shown)
        raise InputError(one_line(error)) from error
    _check_names(data, arguments, shown)
    left_out = {target, weight, arguments.id_column, *arguments.drop}
    columns = [name for name in rows.columns if name not in left_out]
    if not columns:
        raise InputError(f"{shown} has no column beside {target!r} to learn from.")
    kinds = column_kinds(rows.first_rows(columns), frozenset(arguments.categorical))
    return replace(rows, columns=columns), kinds


def _check_names(data, arguments, shown):
    """Refuse columns that the files lack."""
    known = column_names(files_of(data, ENDINGS)[0])
    options: list[tuple[str, Any]] = [("--drop", arguments.drop), ("--categorical", arguments.categorical)]
    for option in ("--target", "--id-column", "--sample-weight-column"):
        typed = getattr(arguments, option.strip("-").replace("-", "_"))
        options.append((option, [] if typed is None else [typed]))
    for option, names in options:
        for name in names:
            if name not in known:
                raise unknown_column(name, option, known, shown)


def missing_words(arguments):
    """What counts as missing in files that have types: what was typed. In CSV files it is missing already."""
    return file_format(arguments).missing_typed if arguments.na is not None else ()
