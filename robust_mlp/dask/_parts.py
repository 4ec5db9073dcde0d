"""The partitions of a table as parts: rows that are read, trained on and predicted together.

Reads no row. Knows Dask DataFrames, Dask Arrays and lists of delayed objects."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dask
from dask.delayed import Delayed


@dataclass(frozen=True, eq=False)
class PartSource:
    """One partition before it is read: delayed objects, `weights` is None where no weights were passed."""

    X: Any
    y: Any
    weights: Any = None

    def delayed(self, function, *arguments):
        """A delayed call ``function(X, y, weights, *arguments)``."""
        return dask.delayed(function, pure=False)(self.X, self.y, self.weights, *arguments)


@dataclass(frozen=True, eq=False)
class Tables:
    """A table in parts, as a fit takes it.

    Attributes
    ----------
    make_parts : callable
        seed -> (list of PartSource, list of PartSource of the labels alone).
    most_sample_rows, kept_bytes : int or None
        What memory allows: rows of the sample, and bytes of parts that are kept. None: as the classifier says.
    has_partitions : bool
        Whether the user knows the parts, so that they can be named.
    settings : dict
        Parameters that all rows decide, in place of those of the classifier.
    """

    make_parts: Callable
    most_sample_rows: int | None = None
    kept_bytes: int | None = None
    has_partitions: bool = True
    settings: dict[str, Any] = field(default_factory=dict)


def tables_of_collections(X, y, sample_weight=None):
    """The Tables of Dask collections, which raise what `parts_of` raises."""
    parts = parts_of(X, y, sample_weight)
    return Tables(lambda seed: (parts, label_parts(y, sample_weight)))


def is_collection(table):
    """Whether a table is a Dask collection or a list of delayed objects."""
    if isinstance(table, list | tuple):
        return len(table) > 0 and all(isinstance(part, Delayed) for part in table)
    return dask.is_dask_collection(table)


def parts_of(X, y, sample_weight=None, *, names=("X", "y", "sample_weight")):
    """The parts of a table.

    Parameters
    ----------
    X : Dask DataFrame, Dask Array of shape (n_rows, n_columns), or list of delayed tables
    y : Dask Series, Dask Array of shape (n_rows,), or list of delayed labels
        In the partitions of `X`. Rows of frames with known divisions meet by their index, all others by their place.
    sample_weight : like y, default=None
    names : tuple of str
        How messages call them.

    Returns
    -------
    parts : list of PartSource

    Raises
    ------
    TypeError
        For what is no Dask collection.
    ValueError
        If they have different numbers of partitions.
    """
    if _is_frame(X) and _is_series(y) and (sample_weight is None or _is_series(sample_weight)):
        return _parts_of_frame(X, y, sample_weight, names)
    columns = [delayed_parts(X, names[0]), delayed_parts(y, names[1])]
    if sample_weight is not None:
        columns.append(delayed_parts(sample_weight, names[2]))
    for name, column in zip(names[1:], columns[1:], strict=False):
        _check_partitions(len(column), len(columns[0]), name, names[0])
    return [PartSource(*row) for row in zip(*columns, strict=True)]


def label_parts(y, sample_weight=None):
    """The parts of the labels alone: `X` is None.

    They need not be the partitions of the table: Dask reads several files of few columns at once.
    """
    if _is_series(y) and sample_weight is not None and _is_series(sample_weight):
        both = _beside(y.to_frame(_LABEL), {_WEIGHT: sample_weight}, {_WEIGHT: "sample_weight"}, "y")
        return [PartSource(None, part[_LABEL], part[_WEIGHT]) for part in both.to_delayed()]
    labels = delayed_parts(y, "y")
    weights = [None] * len(labels) if sample_weight is None else delayed_parts(sample_weight, "sample_weight")
    return [PartSource(None, *pair) for pair in zip(labels, weights, strict=True)]


# Columns that labels and weights are in while they are read together with the table.
_LABEL, _WEIGHT = "__robust_mlp_label__", "__robust_mlp_weight__"


def _parts_of_frame(X, y, sample_weight, names):
    """The parts of a frame with its labels and weights, which are read together."""
    more = {_LABEL: y} if sample_weight is None else {_LABEL: y, _WEIGHT: sample_weight}
    parts = _beside(X, more, {_LABEL: names[1], _WEIGHT: names[2]}, names[0]).to_delayed()
    columns, take = list(X.columns), dask.delayed(_columns_of, pure=True)
    return [PartSource(take(part, columns), part[_LABEL], part[_WEIGHT] if _WEIGHT in more else None) for part in parts]


def _beside(frame, more, names, of_frame):
    """A Dask frame with further columns.

    Parameters
    ----------
    frame : Dask DataFrame
    more : dict of str to Dask Series
        By their names in the result.
    names : dict of str to str
        How messages call these series.
    of_frame : str
        How messages call the frame.

    Returns
    -------
    frame : Dask DataFrame
        Rows meet by their index where divisions are known. Else they meet by their place in the partition: Dask would
        shuffle them by the index, which mixes up rows where it is not unique, as in files that all begin with 0.
    """
    if all(part.known_divisions for part in (frame, *more.values())):
        try:
            return frame.assign(**more)
        except (ValueError, NotImplementedError) as error:
            raise ValueError(
                f"{' or '.join(names[key] for key in more)} does not lie in the partitions of {of_frame}: {error} Take "
                "them from one collection, or give all the same divisions."
            ) from error
    for key, series in more.items():
        _check_partitions(series.npartitions, frame.npartitions, names[key], of_frame)
    meta = frame._meta.assign(**{key: series._meta for key, series in more.items()})
    told = [(key, names[key]) for key in more]
    return frame.map_partitions(_row_by_row, *more.values(), told, of_frame, meta=meta, align_dataframes=False)


def _row_by_row(part, *others):
    """A partition with further columns, whose rows have the same places; the last two of `others` name them."""
    *series, told, of_frame = others
    for column, (key, name) in zip(series, told, strict=True):
        if len(column) != len(part):
            raise ValueError(
                f"A partition of {name} has {len(column)} rows, and that of {of_frame} has {len(part)}. Take both from "
                "one collection, or give both the same partitions with repartition."
            )
        if not column.index.equals(part.index):
            raise ValueError(
                f"The rows of {name} have other labels in their index than those of {of_frame}, in a partition that "
                f"begins with {column.index[0]!r} and {part.index[0]!r}. Take both from one collection; or, if their "
                f"order is the same, pass {of_frame}.reset_index(drop=True) and {name}.reset_index(drop=True)."
            )
        part = part.assign(**{key: column.set_axis(part.index)})
    return part


def _check_partitions(n, n_wanted, name, of_frame):
    if n != n_wanted:
        raise ValueError(
            f"{name} has {n} partitions, and {of_frame} has {n_wanted}. Row i of {name} must lie in the partition of "
            f"row i of {of_frame}: take both from one collection, or pass {name}.repartition(...) or .rechunk(...)."
        )


def _columns_of(frame, columns):
    return frame[columns]


def _is_frame(table):
    return dask.is_dask_collection(table) and hasattr(table, "assign")


def _is_series(column):
    return dask.is_dask_collection(column) and hasattr(column, "to_frame") and column.ndim == 1


def delayed_parts(collection, name):
    """The partitions of one collection, a list of delayed objects.

    Raises
    ------
    TypeError
        For what is no Dask collection; the message says how to make one.
    """
    if isinstance(collection, list | tuple) and is_collection(collection):
        return list(collection)
    if isinstance(collection, Delayed):
        raise TypeError(f"{name} is one delayed object. Pass a list of delayed partitions: [{name}] if it is the only.")
    if isinstance(collection, list | tuple):
        held = "holds objects that are not delayed" if collection else "is empty"
        raise TypeError(
            f"{name} is a {type(collection).__name__} that {held}. Pass a list of delayed partitions: "
            f"[dask.delayed(part) for part in parts]."
        )
    if hasattr(collection, "to_delayed") and dask.is_dask_collection(collection):
        if getattr(collection, "ndim", 2) > 2:
            raise ValueError(
                f"{name} is a Dask Array of {collection.ndim} dimensions. Pass rows and columns: "
                f"{name}.reshape({name}.shape[0], -1)."
            )
        if hasattr(collection, "chunks") and collection.ndim == 2:
            collection = collection.rechunk({1: -1})  # whole rows
        parts = collection.to_delayed()
        return list(parts.ravel()) if hasattr(parts, "ravel") else list(parts)
    raise TypeError(
        f"{name} is a {type(collection).__name__}, and DaskRobustMLPClassifier takes Dask DataFrames, Dask Arrays and "
        "lists of delayed partitions. Pass a table that fits into memory to RobustMLPClassifier, or make it a "
        "collection: dask.dataframe.from_pandas(table, npartitions=4) or dask.array.from_array(table, chunks=100_000)."
    )
