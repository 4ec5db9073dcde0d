"""One partition, read: counted, sampled, summarized, and prepared for training.

Functions that run where the partition lies. None of them imports TensorFlow or knows of other partitions."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from robust_mlp._data.column_statistics import Moments, learn_moments
from robust_mlp._data.encoding import number_columns
from robust_mlp._data.level_outputs import level_masses
from robust_mlp._data.number_scales import bent_moments
from robust_mlp._data.sample_weights import one_each
from robust_mlp._data.tables import TableReader
from robust_mlp._data.targets import encode_labels, read_labels
from robust_mlp._fit.fingerprint import hashed
from robust_mlp._fit.labelled_table import LabelledTable

# The constants of splitmix64's finalizer, which spreads the bits of a number over all of it: Steele, Lea, Flood (2014),
# Fast splittable pseudorandom number generators, OOPSLA, figure 15.
_SHIFTS, _FACTORS = (30, 27, 31), (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(frozen=True, eq=False)
class PartCounts:
    """How many rows a partition has, and the total weight of each of its labels.

    `labels` ndarray of shape (n_labels,), sorted; `rows`, `masses` ndarrays of shape (n_labels,); `largest_weight`.
    """

    n_rows: int
    labels: np.ndarray
    rows: np.ndarray
    masses: np.ndarray
    largest_weight: float


@dataclass(frozen=True)
class HeldOutRule:
    """Which rows are held out.

    With `by_content`, equal rows are on one side, wherever they stand. Else the number of the partition and of the row
    decide: for tables that repeat few distinct rows.
    """

    fraction: float
    seed: int
    by_content: bool = True


@dataclass(frozen=True, eq=False)
class Reading:
    """How each partition is read.

    Attributes
    ----------
    shell : RobustMLPClassifier
        Unfitted but for the names and the number of the columns.
    reader : TableReader
    classes : ndarray of shape (n_classes,)
    rule : HeldOutRule
    weight_unit : float
        What sample weights are divided by, so that their mean over all rows is 1.
    keeps_content : bool
        Whether statistics say which rows they are of, for a checkpoint file.
    bend : ndarray of shape (n_numbers,), or None
        Where numbers of heavy tails are bent, as the sample shows; None: nowhere.
    """

    shell: Any
    reader: TableReader
    classes: np.ndarray
    rule: HeldOutRule
    weight_unit: float = 1.0
    keeps_content: bool = False
    bend: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class PartStatistics:
    """What the columns of one partition hold, in its rows that are trained on.

    `n_rows` of the whole partition; `class_mass` ndarray of shape (n_classes,); `moments` of the columns of numbers;
    `levels` for each category column a dict from level to weight; `missing` for each the weight of missing cells;
    `content` stands for every cell, label and weight, where that is wanted; `bent` are the moments of numbers once they
    are bent, where some are.
    """

    n_rows: int
    class_mass: np.ndarray
    moments: Moments
    levels: dict[int, dict] = field(default_factory=dict)
    missing: dict[int, float] = field(default_factory=dict)
    content: str = ""
    bent: Moments | None = None


@dataclass(frozen=True, eq=False)
class PreparedPart:
    """One partition as the training wants it: the rows to train on and the held-out ones, as LabelledTables."""

    train: LabelledTable
    held_out: LabelledTable

    @property
    def nbytes(self):
        """Memory of the arrays, in bytes."""
        return sum(array.nbytes for table in (self.train, self.held_out) for array in (table.X, table.codes))


def n_rows_of(table):
    """Rows of a part, which may be a frame, an array or a list.

    Raises
    ------
    TypeError
        For what has no rows.
    """
    if not hasattr(table, "shape") and not hasattr(table, "__len__"):
        raise TypeError(f"A partition is of type {type(table).__name__}, and must be a frame, an array or a list.")
    return len(table) if not hasattr(table, "shape") else int(table.shape[0])


def count_part(y, weights, number):
    """The PartCounts of the labels of partition `number`; its other columns are not read."""
    n_rows = n_rows_of(y)
    if n_rows == 0:
        return PartCounts(0, np.empty(0), np.empty(0, int), np.empty(0), 0.0)
    labels, codes = np.unique(_named(read_labels, y, number=number), return_inverse=True)
    weights = part_weights(weights, n_rows, number)
    masses = np.bincount(codes.ravel(), weights=weights, minlength=len(labels))
    rows = np.bincount(codes.ravel()[weights > 0], minlength=len(labels))
    return PartCounts(n_rows, labels, rows, masses, float(weights.max()))


def part_weights(weights, n_rows, number):
    """The sample weights of partition `number`, ndarray of shape (n_rows,), dtype float64.

    Raises
    ------
    ValueError
        For another length, NaN, infinity or negative weights; the message names the partition. All may be zero.
    """
    if weights is None:
        return one_each(n_rows)
    try:
        weights = np.asarray(weights, dtype=np.float64).ravel()
    except (ValueError, TypeError) as error:
        raise ValueError(f"Partition {number} of sample_weight holds what is no number: {error}.") from error
    if len(weights) != n_rows:
        raise ValueError(
            f"Partition {number} of sample_weight holds {len(weights)} weights for {n_rows} rows. Pass one for each."
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            f"Partition {number} of sample_weight holds NaN, infinite or negative weights. Weights say how often a row "
            "counts; drop a row with weight 0."
        )
    return weights


def sample_part(X, y, weights, number, plan):
    """Draw rows of partition `number`.

    Parameters
    ----------
    X, y, weights : the partition
    number : int
    plan : tuple (seed, classes, ndarray of shape (n_classes,))
        The last is the share of the rows of each class that is drawn.

    Returns
    -------
    rows : tuple (X, codes, weights, places, n_rows)
        Of the drawn rows; `places` are their numbers in the partition, which has `n_rows`.
    """
    seed, classes, shares = plan
    n_rows = n_rows_of(y)
    X, y, weights, places = rows_that_count(X, y, weights, number)
    if not n_rows_of(y):
        return X, np.empty(0, int), weights, places, n_rows
    codes = _named(encode_labels, y, classes, number=number)
    priority = np.random.default_rng([seed, number]).random(n_rows)[places]
    where = np.flatnonzero(priority < shares[codes])
    return take(X, where), codes[where], weights[where], places[where], n_rows


def rows_that_count(X, y, weights, number):
    """(X, y, weights, places) of the rows of partition `number` whose weight is positive.

    Raises
    ------
    ValueError
        If X, y and weights have different numbers of rows; the message names the partition.
    """
    n_rows = n_rows_of(y)
    if n_rows_of(X) != n_rows:
        raise ValueError(
            f"Partition {number} of X has {n_rows_of(X)} rows, and that of y has {n_rows}. Take both from one "
            "collection, or give both the same partitions with repartition or rechunk."
        )
    weights = part_weights(weights, n_rows, number)
    places = np.flatnonzero(weights > 0)
    if len(places) == n_rows:
        return X, y, weights, places
    return take(X, places), take(y, places), weights[places], places


def take(X, where):
    """Rows of a frame or an array by number."""
    return X.iloc[where] if hasattr(X, "iloc") else np.asarray(X)[where]


def is_held_out(X, rule, number, places=None):
    """Which rows of partition `number` are held out: ndarray of shape (n_rows,), dtype bool.

    Parameters
    ----------
    X : frame or array
    rule : HeldOutRule
    number : int
    places : ndarray of shape (n_rows,), default=None
        The numbers of the rows in the partition; None: all in their order.
    """
    if rule.fraction == 0:
        return np.zeros(n_rows_of(X), bool)
    if rule.by_content:
        numbers = row_hashes(X)
    else:
        places = np.arange(n_rows_of(X)) if places is None else places
        numbers = places.astype(np.uint64) + np.uint64(number << 40)
    return uniform_of(numbers, rule.seed) < rule.fraction


def row_hashes(X):
    """A number for each row, the same for equal rows: ndarray of shape (n_rows,), dtype uint64."""
    import pandas as pd

    frame = X if hasattr(X, "iloc") else pd.DataFrame(np.asarray(X))
    try:
        return pd.util.hash_pandas_object(frame, index=False).to_numpy()
    except TypeError as error:
        raise TypeError(f"X holds cells that are lists or dicts, which are no categories ({error}).") from error


def uniform_of(numbers, seed):
    """Numbers in [0, 1) that depend on each of `numbers` and the seed.

    Parameters
    ----------
    numbers : ndarray of shape (n,), dtype uint64
    seed : int

    Returns
    -------
    uniform : ndarray of shape (n,), dtype float64
    """
    with np.errstate(over="ignore"):
        mixed = numbers ^ (np.uint64(seed) * np.uint64(_FACTORS[1]))
        for shift, factor in zip(_SHIFTS, (*_FACTORS, 1), strict=True):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed / 2.0**64


def statistics_of_part(X, y, weights, number, reading):
    """The PartStatistics of partition `number`, whose levels need not be known to the reader."""
    table, reader, is_out = _read(X, y, weights, number, reading, learns_levels=True)
    used = np.flatnonzero(~is_out)
    weights, numbers = table.weights[used], number_columns(reader)
    moments = learn_moments(table.X, used, weights, numbers)
    bent = None if reading.bend is None else bent_moments(table.X, used, weights, numbers, reading.bend)
    levels, missing = {}, {}
    for j in reader.categories:
        masses = level_masses(table.X, used, weights, j, len(reader.levels[j]))
        levels[j] = {level: mass for level, mass in zip(reader.levels[j], masses[:-1], strict=True) if mass > 0}
        missing[j] = float(masses[-1])
    content = hashed(row_hashes(X), table.codes, table.weights) if reading.keeps_content else ""
    class_mass = table.class_mass(len(reading.classes), used)
    return PartStatistics(len(table), class_mass, moments, levels, missing, content, bent)


def prepare_part(X, y, weights, number, reading):
    """The PreparedPart of partition `number`."""
    table, _, is_out = _read(X, y, weights, number, reading)
    return PreparedPart(table.at(np.flatnonzero(~is_out)), table.at(np.flatnonzero(is_out)))


def _read(X, y, weights, number, reading, *, learns_levels=False):
    """(LabelledTable, TableReader, which rows are held out) of the rows of positive weight of partition `number`."""
    X, y, weights, places = rows_that_count(X, y, weights, number)
    is_out = is_held_out(X, reading.rule, number, places)
    codes = _named(encode_labels, y, reading.classes, number=number)
    reader = reading.reader
    if learns_levels:
        matrix, reader = _named(reader.read_more, reading.shell, X, ~is_out, number=number)
    else:
        matrix = _named(reader.read, reading.shell, X, number=number)
    weights = weights if weights.strides == (0,) else weights / reading.weight_unit
    return LabelledTable(matrix, codes, weights), reader, is_out


def _named(function, *arguments, number):
    """The function's result; an error's message begins with the number of the partition."""
    try:
        return function(*arguments)
    except (ValueError, TypeError) as error:
        raise type(error)(f"Partition {number}: {error}") from error
