"""What is known of all partitions before any of them is read whole: their labels, and a sample of their rows."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from robust_mlp._data.targets import encode_labels
from robust_mlp.dask._parts import is_collection, label_parts, parts_of
from robust_mlp.dask._reading import HeldOutRule, count_part, is_held_out, n_rows_of, row_hashes, sample_part, take

# Rows of a class that are drawn at least: fewer say nothing of it, and a rare class would be missing.
FEWEST_OF_CLASS = 200
# From this share of different rows on, equal rows are held out together. Below it, a table repeats few distinct rows,
# and the rows of one kind would all lie on one side.
DISTINCT_SHARE = 0.5
# Held out at most, where `validation_fraction` is a number of rows.
MOST_HELD_OUT = 0.5


@dataclass(frozen=True, eq=False)
class Counted:
    """The labels of all partitions.

    `classes` ndarray of shape (n_classes,); `rows`, `masses` ndarrays of shape (n_classes,): rows of positive weight
    and total weight; `sources` list of (number, PartSource) of partitions that have rows, and `n_rows` of each of them:
    both are empty until a sample was drawn.
    """

    classes: np.ndarray
    rows: np.ndarray
    masses: np.ndarray
    sources: list = field(default_factory=list)
    n_rows: list[int] = field(default_factory=list)

    def found_in(self, parts, n_rows):
        """The same with the parts that have rows; `n_rows` of each of all parts."""
        present = [i for i, n in enumerate(n_rows) if n]
        return replace(self, sources=[(i, parts[i]) for i in present], n_rows=[n_rows[i] for i in present])


@dataclass(frozen=True, eq=False)
class Sample:
    """Some rows of all partitions.

    `X` frame or array; `codes` ndarray of shape (n_rows,); `weights` the same or None; `is_out` of shape (n_rows,) says
    which are held out by `rule`.
    """

    X: Any
    codes: np.ndarray
    weights: np.ndarray | None
    is_out: np.ndarray
    rule: HeldOutRule


def count(runner, parts):
    """The Counted labels of all partitions. Reads the labels and weights alone."""
    counts = runner.results(runner.count(list(enumerate(parts)), count_part))
    present = [i for i, found in enumerate(counts) if found.n_rows]
    if not present:
        raise ValueError("X has no rows: all partitions are empty. Pass a collection with rows.")
    labels = [counts[i].labels[counts[i].rows > 0] for i in present]
    _check_same_kind(labels, present)
    classes = np.unique(np.concatenate(labels))
    if len(classes) < 2:
        held = f"only one class: {classes.tolist()[0]!r}" if len(classes) else "no rows of positive weight"
        raise ValueError(f"y holds {held}. A classifier needs rows of at least 2 classes; check how y was made.")
    rows, masses = np.zeros(len(classes), int), np.zeros(len(classes))
    for i in present:
        is_class = counts[i].rows > 0
        where = np.searchsorted(classes, counts[i].labels[is_class])
        rows[where] += counts[i].rows[is_class]
        masses[where] += counts[i].masses[is_class]
    return Counted(classes, rows, masses)


def _check_same_kind(labels, numbers):
    """Raise where some partitions hold text and others numbers: they cannot be the same classes."""
    first: dict[bool, int] = {}
    for found, number in zip(labels, numbers, strict=True):
        if len(found):
            first.setdefault(isinstance(found[0], str), number)
    if len(first) == 2:
        raise ValueError(
            f"Partition {first[True]} of y holds text and partition {first[False]} numbers. Give all partitions the "
            "same kind of labels, such as y.astype(str)."
        )


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows drawn from all partitions, and `n_rows` of each partition.

    `X` frame or array; the others ndarrays of shape (n_drawn,): `numbers` of partitions, and `places` in them.
    """

    X: Any
    codes: np.ndarray
    weights: np.ndarray
    numbers: np.ndarray
    places: np.ndarray
    n_rows: list[int]


def draw_rows(runner, parts, classes, shares, seed):
    """The Drawn rows of partitions: of each class the share that `shares`, ndarray of shape (n_classes,), says."""
    found = runner.results(runner.read(list(enumerate(parts)), sample_part, (seed, classes, shares)))
    tables, codes, weights, places, n_rows = zip(*found, strict=True)
    _check_same_columns(tables, n_rows)
    numbers = np.repeat(np.arange(len(parts)), [len(part) for part in codes])
    return Drawn(
        X=_joined(tables),
        codes=np.concatenate(codes),
        weights=np.concatenate(weights),
        numbers=numbers,
        places=np.concatenate(places),
        n_rows=list(n_rows),
    )


def _check_same_columns(tables, n_rows):
    """Raise where partitions that have rows differ in their columns, or a column is text in one and numbers in another.

    The message names both partitions.
    """
    from pandas.api.types import is_numeric_dtype

    present = [i for i, n in enumerate(n_rows) if n and hasattr(tables[i], "iloc")]
    if not present:
        return
    first = tables[present[0]]
    for i in present[1:]:
        for one, other, a, b in ((first, tables[i], present[0], i), (tables[i], first, i, present[0])):
            known = set(other.columns)
            if lacking := [name for name in one.columns if name not in known]:
                raise ValueError(
                    f"Partition {a} of X has the column {lacking[0]!r}, and partition {b} has not. All partitions need "
                    "the same columns."
                )
    unique = [i for i in present if tables[i].columns.is_unique]
    for name in first.columns:
        columns = [(i, tables[i][name]) for i in unique]
        numbers = next((i for i, column in columns if is_numeric_dtype(column) and column.notna().any()), None)
        texts = next((i for i, c in columns if not is_numeric_dtype(c) and _holds_text(c)), None)
        if numbers is not None and texts is not None:
            raise ValueError(
                f"Column {name!r} holds text in partition {texts} and numbers in partition {numbers}. Give it one kind "
                "in all partitions, such as astype(float), or astype('category') for categories."
            )


def _holds_text(column):
    return any(isinstance(value, str) for value in column.dropna().head(100))


def draw_sample(clf, runner, counted, parts, seed, *, holds_out):
    """Draw about `sample_size` rows, the same share of each class, but at least `FEWEST_OF_CLASS` of each.

    Returns
    -------
    sample : Sample
    counted : Counted
        With the parts that have rows.
    """
    share = min(1.0, clf.sample_size / counted.rows.sum())
    shares = np.maximum(share, np.minimum(1.0, FEWEST_OF_CLASS / counted.rows))
    drawn = draw_rows(runner, parts, counted.classes, shares, seed)
    X, codes, weights = drawn.X, drawn.codes, drawn.weights
    # Of a rare class more was drawn: each of its rows then stands for fewer.
    mass = np.bincount(codes, weights=weights, minlength=len(counted.classes))
    if np.ptp(shares) > 0:
        weights = weights * (counted.masses / mass)[codes]
    fraction = clf.validation_fraction
    if fraction >= 1:  # a number of rows
        fraction = min(fraction / int(counted.rows.sum()), MOST_HELD_OUT)
    rule = _rule_for(X, fraction, seed, holds_out=holds_out)
    is_out = _held_out_of_sample(X, rule, drawn.numbers, drawn.places)
    sample = Sample(X, codes, None if (weights == 1).all() else weights, is_out, rule)
    return sample, counted.found_in(parts, drawn.n_rows)


def _held_out_of_sample(X, rule, numbers, places):
    """Which rows of the sample are held out, by the rule that their partitions go by."""
    if rule.by_content or rule.fraction == 0:
        return is_held_out(X, rule, 0, places)
    is_out = np.zeros(len(places), bool)
    for number in np.unique(numbers):
        where = np.flatnonzero(numbers == number)
        is_out[where] = is_held_out(take(X, where), rule, int(number), places[where])
    return is_out


def _rule_for(X, fraction, seed, *, holds_out):
    """The HeldOutRule for a table with such rows."""
    hashes = row_hashes(X)
    by_content = len(np.unique(hashes)) >= DISTINCT_SHARE * len(hashes)
    return HeldOutRule(fraction if holds_out else 0.0, seed, by_content)


def _joined(tables):
    """Frames or arrays below each other; categories of all frames are kept."""
    if hasattr(tables[0], "iloc"):
        from dask.dataframe import methods

        return methods.concat([table for table in tables if len(table)]).reset_index(drop=True)
    return np.concatenate(tables)


def own_validation(clf, runner, validation, classes, seed):
    """(X, codes) of the user's own held-out rows, at most `sample_size` of them; None if none were passed."""
    X_val, y_val = validation
    if X_val is None and y_val is None:
        return None
    if X_val is None or y_val is None:
        passed, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{passed} was passed without {missing}. Pass X_val and y_val together.")
    if not is_collection(X_val):
        if not n_rows_of(X_val):
            raise ValueError("X_val has 0 rows. Pass at least one, or leave X_val and y_val out.")
        return X_val, encode_labels(y_val, classes, name="y_val")
    counted = count(runner, label_parts(y_val))
    parts = parts_of(X_val, y_val, names=("X_val", "y_val", ""))
    share = min(1.0, clf.sample_size / counted.rows.sum())
    drawn = draw_rows(runner, parts, classes, np.full(len(classes), share), seed + 1)
    return drawn.X, drawn.codes
