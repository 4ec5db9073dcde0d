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
        In the partitions of `X`.
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
        if len(column) != len(columns[0]):
            raise ValueError(
                f"{name} has {len(column)} partitions, and {names[0]} has {len(columns[0])}. Row i of {name} must lie "
                f"in the partition of row i of {names[0]}: take both from one collection, or pass "
                f"{name}.repartition(...) or .rechunk(...)."
            )
    return [PartSource(*row) for row in zip(*columns, strict=True)]


def label_parts(y, sample_weight=None):
    """The parts of the labels alone: `X` is None.

    They need not be the partitions of the table: Dask reads several files of few columns at once.
    """
    if _is_series(y) and sample_weight is not None and _is_series(sample_weight):
        both = y.to_frame(_LABEL).assign(**{_WEIGHT: sample_weight})
        return [PartSource(None, part[_LABEL], part[_WEIGHT]) for part in both.to_delayed()]
    labels = delayed_parts(y, "y")
    weights = [None] * len(labels) if sample_weight is None else delayed_parts(sample_weight, "sample_weight")
    return [PartSource(None, *pair) for pair in zip(labels, weights, strict=True)]


# Columns that labels and weights are in while they are read together with the table.
_LABEL, _WEIGHT = "__robust_mlp_label__", "__robust_mlp_weight__"


def _parts_of_frame(X, y, sample_weight, names):
    """The parts of a frame with its labels and weights, which are read together."""
    more = {_LABEL: y} if sample_weight is None else {_LABEL: y, _WEIGHT: sample_weight}
    try:
        parts = X.assign(**more).to_delayed()
    except (ValueError, NotImplementedError) as error:
        raise ValueError(
            f"{names[1]} or {names[2]} does not lie in the partitions of {names[0]}: {error} Take them from one "
            "collection, or give all the same divisions."
        ) from error
    columns, take = list(X.columns), dask.delayed(_columns_of, pure=True)
    return [PartSource(take(part, columns), part[_LABEL], part[_WEIGHT] if _WEIGHT in more else None) for part in parts]


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
    if hasattr(collection, "to_delayed") and dask.is_dask_collection(collection):
        if hasattr(collection, "chunks") and collection.ndim == 2:
            collection = collection.rechunk({1: -1})  # whole rows
        parts = collection.to_delayed()
        return list(parts.ravel()) if hasattr(parts, "ravel") else list(parts)
    raise TypeError(
        f"{name} is a {type(collection).__name__}, and DaskRobustMLPClassifier takes Dask DataFrames, Dask Arrays and "
        "lists of delayed partitions. Pass a table that fits into memory to RobustMLPClassifier, or make it a "
        "collection: dask.dataframe.from_pandas(table, npartitions=4) or dask.array.from_array(table, chunks=100_000)."
    )
