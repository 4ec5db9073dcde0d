"""Findings on columns: each kind in the right column with the right cells, and none in clean tables."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import datasets
from sklearn.base import BaseEstimator

from robust_mlp._data.column_findings import find_in_columns
from robust_mlp._data.tables import read_table
from robust_mlp._data.targets import learn_labels

N = 300
RNG = np.random.default_rng(0)
SIZE, OTHER = RNG.normal(20, 5, N).round(2), RNG.normal(size=N)
Y = np.where(SIZE / 5 + OTHER > 4, "yes", "no")


def findings(X, y=Y, categorical_features="from_dtype"):
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=categorical_features, reset=True)
    classes, codes = learn_labels(y)
    sample = np.random.default_rng(1).permutation(len(matrix))[:2000]
    return find_in_columns(matrix, reader, sample, codes[sample], seed=0, classes=classes)


def found(*arguments, **more):
    return [(finding.code, finding.name) for finding in findings(*arguments, **more)]


def clean(**columns):
    return pd.DataFrame({"size": SIZE, "other": OTHER, **columns})


def test_a_clean_table_has_none():
    assert found(clean(town=RNG.choice(["Bern", "Genf", "Zug"], N))) == []
    assert found(clean().to_numpy()) == []
    assert found(pl.from_pandas(clean(grade=RNG.choice(list("abcAB"), N)))) == []
    assert found(clean(code=RNG.integers(0, 2000, N).astype(str)).astype({"code": "category"}).iloc[:, :2]) == []


@pytest.mark.parametrize("load", ["load_iris", "load_wine", "load_breast_cancer", "load_digits"])
@pytest.mark.parametrize("as_frame", [True, False])
def test_classical_tables_have_none(load, as_frame):
    X, y = getattr(datasets, load)(return_X_y=True, as_frame=as_frame)
    assert found(X, y) == []


DIRTY = {
    "question marks": ("numbers_in_text", lambda: np.where(RNG.random(N) < 0.05, "?", SIZE.astype(str))),
    "money": ("numbers_in_text", lambda: [f"CHF {v * 100:,.2f}" for v in SIZE]),
    "percent": ("numbers_in_text", lambda: [f"{v} %" for v in SIZE]),
    "whole numbers": ("numbers_in_text", lambda: RNG.integers(0, 900, N).astype(str)),
    "numbers": ("text_read_as_numbers", lambda: SIZE.astype(str)),
    "dates": (
        "dates_in_text",
        lambda: [f"{datetime.date(2024, 1, 1) + datetime.timedelta(int(d)):%d.%m.%Y}" for d in RNG.integers(0, 99, N)],
    ),
    "free text": ("unique_levels", lambda: [f"customer {i} said {v}" for i, v in enumerate(OTHER)]),
    "file names": ("unique_levels", lambda: [f"img_{i:05d}.png" for i in range(N)]),
    "hexadecimal": ("unique_levels", lambda: [f"{i * 2654435761 % 2**32:08x}-ab" for i in range(N)]),
    "two spellings": ("similar_levels", lambda: RNG.choice(["Bern", "bern", " Genf", "Genf", "Zug"], N)),
    "the label": ("telling_columns", lambda: np.where(Y == "yes", "gone", "here")),
    "missing where yes": ("telling_columns", lambda: np.where(Y == "yes", np.nan, OTHER)),
    "far apart": ("rounded_integers", lambda: RNG.integers(-(2**62), 2**62, N)),
}


@pytest.mark.parametrize("frame_of", [pd.DataFrame, lambda columns: pl.DataFrame(pd.DataFrame(columns))])
@pytest.mark.parametrize("kind", DIRTY)
def test_each_kind_is_found_in_its_column_alone(kind, frame_of):
    code, make = DIRTY[kind]
    X = frame_of({"size": SIZE, "dirty": make(), "other": OTHER})
    (finding,) = findings(X)
    assert (finding.code, finding.name, finding.label) == (code, "dirty", "dirty")
    assert 0 < finding.share <= 1 and len(finding.examples) <= 3
    if code not in ("telling_columns", "rounded_integers"):
        cells = {repr(str(cell)) for cell in X["dirty"].to_list()}
        assert finding.examples and set(finding.examples) <= cells
    assert finding.is_serious == (code == "numbers_in_text")


def test_what_hinders_a_reading_is_shown_even_where_it_is_rare():
    n = 10_000
    cells = np.random.default_rng(0).normal(size=n).round(3).astype(str).astype(object)
    cells[17] = "n.d."
    (finding,) = findings(pd.DataFrame({"a": cells, "b": np.arange(n) % 7 / 7}), np.arange(n) % 2)
    assert finding.code == "numbers_in_text" and finding.examples[0] == "'n.d.'"


def test_columns_without_string_names_go_by_number_and_arrays_too():
    X = pd.DataFrame({0: SIZE, 7: [f"img_{i}.png" for i in range(N)]})
    (finding,) = findings(X)
    assert (finding.code, finding.name, finding.label) == ("unique_levels", "x1", 7)
    (finding,) = findings(X.to_numpy(dtype=object), categorical_features=[1])
    assert (finding.code, finding.name, finding.label) == ("unique_levels", "x1", 1)


def test_a_date_that_tells_the_label_is_told_of_once():
    first = np.where(Y == "yes", np.datetime64("2020-01-01"), np.datetime64("2022-06-01"))
    X = clean(closed_on=first + RNG.integers(0, 200, N))
    (finding,) = findings(X)
    assert (finding.code, finding.name, finding.examples) == ("telling_columns", "closed_on", ())


def test_labels_spelled_otherwise():
    y = np.where((np.arange(N) % 10 == 0) & (Y == "no"), np.char.add(Y, " "), Y)
    (finding,) = findings(clean(), y)
    assert (finding.code, finding.name, finding.examples) == ("similar_labels", "", ("'no'", "'no '"))
    assert found(clean(), np.where(Y == "yes", "a", "A")) == []
    assert found(clean(), np.where(Y == "yes", 1, 2)) == []


def test_the_worst_comes_first():
    X = clean(names=[f"n{i} x" for i in range(N)], status=Y, rate=[f"{v} %" for v in SIZE])
    assert [code for code, _ in found(X)] == ["numbers_in_text", "telling_columns", "unique_levels"]
