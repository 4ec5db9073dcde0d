"""Seventy dirty tables, each with one thing that a person would want to be told of, and clean tables beside them.

    python -m benchmarks.dirty_tables [--clean]

A dirty table is found if the findings name its column, with the right kind and nothing else. Claims: all are
found; and on the 78 clean tables of benchmarks.accuracy every finding is right: a column of one value has one value,
a copy is one, and what no rule can check was looked at and is in `RIGHT_ON_CLEAN_TABLES`. No network is trained."""

import argparse
import datetime
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from robust_mlp._data.distinct_rows import merge_rows, rows_to_split
from robust_mlp._data.drift import find_drift, learn_ranges
from robust_mlp._data.sample_weights import one_each
from robust_mlp._data.table_facts import SplitRows, learn_facts
from robust_mlp._data.tables import read_table
from robust_mlp._data.targets import learn_labels

N = 400
RNG = np.random.default_rng(20)
SIZE, OTHER = RNG.gamma(4.0, 8.0, N).round(2), RNG.normal(size=N).round(3)
TOWN = RNG.choice(["Bern", "Chur", "Genf", "Lugano", "Zug"], N)
Y = np.where(SIZE / 20 + OTHER + RNG.normal(size=N) > 1.6, "yes", "no")
KINDS_OF_COLUMNS = ("identifier_like", "constant", "mostly_missing")
# Findings on clean tables that no rule can check and that were looked at: (table, kind, column). One cut of the column
# parts the classes: bytes sent by two kinds of attack, and the time and a sensor of two states of a shuttle.
RIGHT_ON_CLEAN_TABLES = (
    ("kddcup-rootkit-imap_vs_back", "telling_columns", "f4"),
    ("shuttle-c0-vs-c4", "telling_columns", "f0"),
    ("shuttle-c0-vs-c4", "telling_columns", "f6"),
)


@dataclass(frozen=True)
class Dirty:
    """One dirty table: what is to be found, and how to make it.

    kind : code of the finding; make : without arguments, gives the dirty column, the labels, or a whole frame.
    """

    kind: str
    make: Callable


def _some(cells, odd, share=0.05, seed=0):
    """The cells as text, some of them replaced."""
    where = np.random.default_rng(seed).random(len(cells)) < share
    return np.where(where, odd, np.asarray(cells).astype(str)).astype(object)


def _dates(form, *, with_time=False):
    days = np.random.default_rng(3).integers(0, 700, N)
    start = datetime.datetime(2023, 1, 5, 8, 30)
    return [
        (start + datetime.timedelta(days=int(d), minutes=int(7 * d) if with_time else 0)).strftime(form) for d in days
    ]


def _swiss(value):
    return f"{value * 100:,.2f}".replace(",", "'")


def _german(value):
    return f"{value * 100:,.2f}".translate(str.maketrans(",.", ".,"))


def _labels(odd):
    """The labels, a tenth of the "no" spelled otherwise."""
    return np.where((np.arange(N) % 10 == 0) & (Y == "no"), odd, Y)


def _words(i):
    words = ("late", "box", "paid", "green", "door", "again", "never", "small", "first", "cold")
    return " ".join(words[(i * k + k) % 10] for k in (1, 3, 7)) + f" {i}"


COLUMNS = {
    "question marks": Dirty("numbers_in_text", lambda: _some(SIZE, "?")),
    "not available": Dirty("numbers_in_text", lambda: _some(SIZE, "N/A")),
    "dashes": Dirty("numbers_in_text", lambda: _some(OTHER, "-")),
    "k.a.": Dirty("numbers_in_text", lambda: _some(SIZE, "k.A.")),
    "the word unknown": Dirty("numbers_in_text", lambda: _some(OTHER, "unknown", 0.02)),
    "decimal commas": Dirty("numbers_in_text", lambda: [f"{v}".replace(".", ",") for v in SIZE]),
    "thousands with points": Dirty("numbers_in_text", lambda: [_german(v) for v in SIZE]),
    "money behind": Dirty("numbers_in_text", lambda: [f"{v * 100:,.2f} CHF" for v in SIZE]),
    "money before": Dirty("numbers_in_text", lambda: [f"CHF {_swiss(v)}" for v in SIZE]),
    "dollars": Dirty("numbers_in_text", lambda: [f"${v * 100:,.0f}" for v in SIZE]),
    "euros with commas": Dirty("numbers_in_text", lambda: [f"€ {v:.2f}".replace(".", ",") for v in SIZE]),
    "percent": Dirty("numbers_in_text", lambda: [f"{v} %" for v in SIZE]),
    "kilograms": Dirty("numbers_in_text", lambda: [f"{v} kg" for v in SIZE]),
    "whole numbers as text": Dirty("numbers_in_text", lambda: np.random.default_rng(1).integers(0, 900, N).astype(str)),
    "numbers as text": Dirty("text_read_as_numbers", lambda: (2 * SIZE + OTHER).round(2).astype(str)),
    "numbers between blanks": Dirty("text_read_as_numbers", lambda: [f" {v} " for v in (SIZE - OTHER).round(1)]),
    "iso dates": Dirty("dates_in_text", lambda: _dates("%Y-%m-%d")),
    "german dates": Dirty("dates_in_text", lambda: _dates("%d.%m.%Y")),
    "american dates": Dirty("dates_in_text", lambda: _dates("%m/%d/%Y")),
    "time stamps": Dirty("dates_in_text", lambda: _dates("%Y-%m-%dT%H:%M:%SZ", with_time=True)),
    "dates with month names": Dirty("dates_in_text", lambda: _dates("%d %b %Y")),
    "dates with hours": Dirty("dates_in_text", lambda: _dates("%d/%m/%Y %H:%M", with_time=True)),
    "uuid": Dirty("unique_levels", lambda: [str(uuid.UUID(int=i * 7919 << 64 | i * 104729)) for i in range(N)]),
    "free text": Dirty("unique_levels", lambda: [_words(i) for i in range(N)]),
    "file names": Dirty("unique_levels", lambda: [f"scan_{i:04d}.tiff" for i in range(N)]),
    "e-mail": Dirty("unique_levels", lambda: [f"user{i * 13}@example.org" for i in range(N)]),
    "addresses in the web": Dirty("unique_levels", lambda: [f"https://example.org/p/{i * 17}" for i in range(N)]),
    "hexadecimal": Dirty("unique_levels", lambda: [f"{i * 2654435761 % 2**32:08x}f" for i in range(N)]),
    "names": Dirty("unique_levels", lambda: [f"{'ABCDEFGH'[i % 8]}. {_words(i // 8)} {i}" for i in range(N)]),
    "row numbers": Dirty("identifier_like_columns", lambda: np.arange(N)),
    "customer numbers": Dirty("identifier_like_columns", lambda: np.random.default_rng(5).permutation(N) + 70_000),
    "keys": Dirty("identifier_like_columns", lambda: np.random.default_rng(6).choice(10**7, N, replace=False)),
    "the label as text": Dirty("telling_columns", lambda: np.where(Y == "yes", "gone", "here")),
    "the label as a number": Dirty("telling_columns", lambda: np.where(Y == "yes", 900.0, 200.0) + OTHER),
    "missing where yes": Dirty("telling_columns", lambda: np.where(Y == "yes", np.nan, OTHER * 3 + 1)),
    "a status of three": Dirty(
        "telling_columns", lambda: np.where(Y == "yes", "paid", np.where(OTHER > 0, "open", "late"))
    ),
    "closed on": Dirty(
        "telling_columns",
        lambda: (
            np.where(Y == "yes", np.datetime64("2020-01-01"), np.datetime64("2022-06-01"))
            + np.random.default_rng(7).integers(0, 200, N).astype("m8[D]")
        ),
    ),
    "a copy": Dirty("duplicate_columns", lambda: SIZE),
    "a copy of another type": Dirty("duplicate_columns", lambda: SIZE.astype(object)),
    "a copy of a category": Dirty("duplicate_columns", lambda: TOWN),
    "one number": Dirty("constant_columns", lambda: np.full(N, 3)),
    "one word": Dirty("constant_columns", lambda: np.full(N, "CH")),
    "one date": Dirty("constant_columns", lambda: np.full(N, np.datetime64("2024-05-01"))),
    "numbers hardly ever": Dirty("mostly_missing_columns", lambda: np.where(np.arange(N) % 50 == 1, OTHER, np.nan)),
    "words hardly ever": Dirty("mostly_missing_columns", lambda: np.where(np.arange(N) % 40 == 1, TOWN, None)),
    "never anything": Dirty("mostly_missing_columns", lambda: np.full(N, np.nan)),
    "upper and lower case": Dirty("similar_levels", lambda: np.where(np.arange(N) % 7 == 0, np.char.upper(TOWN), TOWN)),
    "blanks behind": Dirty("similar_levels", lambda: np.where(np.arange(N) % 9 == 0, np.char.add(TOWN, " "), TOWN)),
    "two blanks": Dirty(
        "similar_levels", lambda: np.where(np.arange(N) % 2 == 0, "New York", np.where(OTHER > 0, "New  York", "Lima"))
    ),
    "negative numbers in parentheses": Dirty(
        "numbers_in_text", lambda: [f"({-v * 100:,.2f})" if v < 0 else f"{v * 100:,.2f}" for v in OTHER]
    ),
    "the minus of typesetters": Dirty("numbers_in_text", lambda: [f"{v:.2f}".replace("-", "\u2212") for v in OTHER]),
    "below what can be measured": Dirty(
        "numbers_in_text", lambda: ["<0.5" if abs(v) < 0.5 else f"{abs(v):.3f}" for v in OTHER]
    ),
    "dates with am and pm": Dirty("dates_in_text", lambda: _dates("%m/%d/%Y %I:%M %p", with_time=True)),
    "months of years": Dirty("dates_in_text", lambda: _dates("%b %Y")),
    "composed accents": Dirty(
        "similar_levels",
        lambda: np.where(np.arange(N) % 5 == 0, "Zu\u0308rich", np.where(OTHER > 0, "Z\u00fcrich", "Genf")),
    ),
    "a copy in float32": Dirty("duplicate_columns", lambda: SIZE.astype(np.float32)),
    "the label with typing errors": Dirty(
        "telling_columns", lambda: np.where(np.arange(N) % 200 == 7, "wrong", np.where(Y == "yes", "gone", "here"))
    ),
    "a text of blanks without width": Dirty(
        "similar_levels", lambda: np.where(np.arange(N) % 6 == 0, np.char.add(TOWN, "\u200b"), TOWN)
    ),
    "keys of 64 bits": Dirty("rounded_integers", lambda: np.random.default_rng(8).integers(-(2**62), 2**62, N)),
}
LABELS = {
    "labels in upper case": Dirty("similar_labels", lambda: _labels("NO")),
    "labels with a blank": Dirty("similar_labels", lambda: _labels("no ")),
    "labels with a blank without width": Dirty("similar_labels", lambda: _labels("no\u200b")),
    "labels with a capital": Dirty("similar_labels", lambda: _labels("No")),
}
NEW_ROWS = {
    "another unit": Dirty("far", lambda: clean(dirty=SIZE * 1000)),
    "shifted": Dirty("far", lambda: clean(dirty=SIZE - 5000)),
    "levels in upper case": Dirty("unknown", lambda: clean(dirty=np.char.upper(TOWN))),
    "other levels": Dirty("unknown", lambda: clean(dirty=np.where(np.arange(N) % 3 == 0, "Oslo", TOWN))),
    "nothing at all": Dirty("missing", lambda: clean(dirty=np.full(N, np.nan))),
}
NAMES = {
    "two columns of one name": Dirty("duplicated_names", lambda: clean().set_axis(["size", "other", "size"], axis=1)),
    "three columns of one name": Dirty("duplicated_names", lambda: clean().set_axis(["size"] * 3, axis=1)),
}
DIRTY = COLUMNS | LABELS | NEW_ROWS | NAMES


def clean(**columns):
    """A clean table beside some columns."""
    frame = pd.DataFrame({"size": SIZE, "other": OTHER, "town": TOWN})
    return frame.assign(**columns)


def findings(X, y):
    """What the guard is told of a table's columns and labels: sorted list of (kind, column)."""
    matrix, reader = read_table(BaseEstimator(), X, categorical_features="from_dtype", reset=True)
    classes, codes = learn_labels(y)
    weights = one_each(len(codes))
    rows = rows_to_split(matrix, merge_rows(matrix, codes, weights), weights)
    split = SplitRows(train=[rows.index], held_out=[])
    facts = learn_facts(matrix, reader, rows, split, seed=0, n_classes=len(classes), classes=classes)
    found = {(finding.code, finding.name) for finding in facts.findings}
    for kind in KINDS_OF_COLUMNS:
        found |= {(f"{kind}_columns", facts.feature_names[j]) for j in getattr(facts, kind)}
    return sorted(found | {("duplicate_columns", facts.feature_names[j]) for j, _ in facts.duplicate})


def drifts(X, X_new):
    """What is said of rows to predict: sorted list of (kind, column)."""
    estimator = BaseEstimator()
    matrix, reader = read_table(estimator, X, categorical_features="from_dtype", reset=True)
    found = find_drift(learn_ranges(matrix, reader), reader.read(estimator, X_new), reader, X_new)
    return sorted((drift.kind, drift.name) for drift in found)


def found_in(name):
    """(what is found in a dirty table, what is to be found): lists of (kind, column)."""
    dirty = DIRTY[name]
    if name in COLUMNS:
        return findings(clean(dirty=dirty.make()), Y), [(dirty.kind, "dirty")]
    if name in LABELS:
        return findings(clean(), dirty.make()), [(dirty.kind, "")]
    if name in NEW_ROWS:
        of_size = dirty.kind == "far" or name == "nothing at all"
        return drifts(clean(dirty=SIZE if of_size else TOWN), dirty.make()), [(dirty.kind, "dirty")]
    try:
        findings(dirty.make(), Y)
    except ValueError as error:
        return [(dirty.kind, "size" if "several columns of the same name: 'size'" in str(error) else "")], [
            (dirty.kind, "size")
        ]
    return [], [(dirty.kind, "size")]


def is_true(X, kind, column):
    """Whether a finding says what is so, as far as the cells alone can tell."""
    cells = X[column]
    if kind == "constant_columns":
        return cells.nunique(dropna=False) == 1
    if kind == "duplicate_columns":
        return any(cells.equals(X[other]) for other in X.columns[: X.columns.get_loc(column)])
    return kind == "mostly_missing_columns" and cells.isna().mean() >= 0.9


def clean_tables():
    """The 62 tables of benchmarks.accuracy and the 16 of benchmarks.accuracy.mixed."""
    from benchmarks.accuracy.mixed import SOURCES
    from benchmarks.accuracy.mixed import load as load_mixed
    from benchmarks.tables import KEEL, load

    for name in (*KEEL["balanced"], *KEEL["imbalanced"]):
        yield load(name)
    for source in SOURCES:
        yield load_mixed(source)


def main(arguments=None):
    """Look at the dirty tables, and if asked at the clean ones; returns 0 if the claims hold."""
    parser = argparse.ArgumentParser(prog="dirty_tables", description=__doc__.splitlines()[0])
    parser.add_argument("--clean", action="store_true", help="look at the clean tables, too")
    options = parser.parse_args(arguments)
    n_right = 0
    for name in DIRTY:
        found, expected = found_in(name)
        n_right += found == expected
        if found != expected:
            print(f"{name}: found {found}, expected {expected}")
    print(f"{n_right} of {len(DIRTY)} dirty tables: the right kind in the right column, and nothing else")
    wrong = []
    if options.clean:
        n_tables = n_found = 0
        for table in clean_tables():
            n_tables += 1
            for kind, column in findings(table.X, table.y):
                n_found += 1
                is_right = is_true(table.X, kind, column) or (table.name, kind, column) in RIGHT_ON_CLEAN_TABLES
                wrong += [] if is_right else [(table.name, kind, column)]
        for finding in wrong:
            print(finding)
        print(f"{n_tables} clean tables: {n_found} findings, {len(wrong)} of them wrong")
    return 0 if n_right == len(DIRTY) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
