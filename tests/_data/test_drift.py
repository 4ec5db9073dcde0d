"""Drift: what predict sees and fit did not is found in the right column, and never where rows are of the same kind."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn import datasets
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split

from robust_mlp._data.drift import FEWEST_ROWS, find_drift, learn_ranges
from robust_mlp._data.sparse_rows import as_rows
from robust_mlp._data.tables import TableReader, read_table


def drift(train, new, categorical_features="from_dtype"):
    """(kind, name) of each column of `new` that drifted."""
    return [(d.kind, d.name) for d in drifts(train, new, categorical_features)]


def drifts(train, new, categorical_features="from_dtype"):
    estimator = BaseEstimator()
    matrix, reader = read_table(estimator, train, categorical_features=categorical_features, reset=True)
    return find_drift(learn_ranges(matrix, reader), reader.read(estimator, new), reader, new)


def table(n=300, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "size": rng.lognormal(size=n),
            "town": rng.choice(["Bern", "Genf", "Zug"], n),
            "rare": [f"level {k}" for k in rng.zipf(1.5, n) % 500],
            "mail": [f"{rng.integers(1 << 40)}@mail" for _ in range(n)],
            "at": np.datetime64("2022-01-01") + rng.integers(0, 365, n),
            "flag": rng.random(n) < 0.02,
            "seldom": np.where(rng.random(n) < 0.97, np.nan, 1.0),
            "constant": 1.0,
        }
    )


def test_rows_of_the_same_kind_do_not_drift():
    for seed in range(1, 41):
        for n_train, n_new in [(300, 300), (40, 40), (300, FEWEST_ROWS), (25, 2000)]:
            assert drift(table(n_train, seed), table(n_new, 1000 + seed)) == []


@pytest.mark.parametrize("load", ["load_iris", "load_wine", "load_breast_cancer", "load_digits"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_no_random_split_of_a_table_drifts(load, share):
    X, y = getattr(datasets, load)(return_X_y=True)
    for seed in range(50):
        train, new = train_test_split(X, test_size=share, random_state=seed, stratify=y)
        assert drift(train, new) == []


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda t: t.assign(size=t["size"] * 1e3 + 100), [("far", "size")]),
        (lambda t: t.assign(size=-t["size"]), [("far", "size")]),
        (lambda t: t.assign(town=t["town"].str.upper()), [("unknown", "town")]),
        (lambda t: t.assign(town=t["town"].where(np.arange(len(t)) % 5 > 0, "Chur")), [("unknown", "town")]),
        (lambda t: t.assign(town=t["town"].where(np.arange(len(t)) % 20 > 0, "Chur")), []),
        (lambda t: t.assign(rare=t["rare"].str.upper()), [("unknown", "rare")]),
        (lambda t: t.assign(size=np.nan), [("missing", "size")]),
        (lambda t: t.assign(town=None), [("missing", "town")]),
        (lambda t: t.assign(at=pd.NaT), [("missing", "at")]),
        (lambda t: t.assign(seldom=np.nan), []),
        (lambda t: t.assign(at=t["at"] + np.timedelta64(300, "D")), []),
        (lambda t: t.assign(at=t["at"] + np.timedelta64(9000, "D")), [("far", "at")]),
        (lambda t: t.assign(at=t["at"] - np.timedelta64(9000, "D")), [("far", "at")]),
        (lambda t: t.assign(constant=2.0), [("far", "constant")]),
        (lambda t: t.assign(constant=1.0 + 1e-9), []),
        (lambda t: t.assign(size=t["size"] * 1e6, town="Chur"), [("far", "size"), ("unknown", "town")]),
    ],
)
def test_each_kind_of_drift_is_found_in_its_column(change, expected):
    assert drift(table(), change(table(200, seed=1))) == expected


def test_a_few_rows_never_drift():
    far = table(FEWEST_ROWS - 1, seed=1).assign(size=1e9, town="Chur")
    assert drift(table(), far) == []
    assert drift(table(), far.iloc[:1]) == []


def test_figures_and_cells_are_those_of_the_rows():
    new = table(200, seed=1)
    new = new.assign(town=np.where(np.arange(200) % 2, new["town"], ["Chur", "Basel"] * 100), size=1e6)
    far, unknown = drifts(table(), new)
    assert (unknown.share, unknown.examples) == (0.5, ("'Chur'",))
    assert (far.share, far.examples) == (1.0, ("1e+06",) * 3)
    assert 0 < far.low < far.high < 100


@pytest.mark.parametrize("make", [lambda t: t.to_numpy(dtype=object), lambda t: t.to_numpy(dtype=object).tolist()])
def test_arrays_and_lists_name_their_cells_too(make):
    columns = ["size", "town"]
    new = table(50, seed=1)[columns].assign(town="Chur")
    (found,) = drifts(make(table()[columns]), make(new), [1])
    assert (found.kind, found.name, found.share, found.examples) == ("unknown", "x1", 1.0, ("'Chur'",))


def test_polars_names_its_cells_too():
    train, new = pl.DataFrame({"town": ["Bern", "Zug"] * 50}), pl.DataFrame({"town": ["Chur", None] * 50})
    (found,) = drifts(train, new)
    assert (found.name, found.share, found.examples) == ("town", 1.0, ("'Chur'",))


def test_only_some_rows_of_a_large_table_are_looked_at(monkeypatch):
    from robust_mlp._data import drift as module

    seen = []
    spread = module._spread
    monkeypatch.setattr(module, "_spread", lambda n, k: seen.append(len(spread(n, k))) or spread(n, k))
    rng = np.random.default_rng(0)
    assert drift(rng.normal(size=(50_000, 3)), rng.normal(size=(100_000, 3)) + 100) == [
        ("far", f"x{j}") for j in range(3)
    ]
    assert seen == [2000, 2000]


def test_sparse_columns_drift_as_dense_ones():
    rng = np.random.default_rng(0)
    dense = np.where(rng.random((200, 4)) < 0.8, rng.random((200, 4)), 0)
    rows, reader = as_rows(sparse.csr_array(dense)), TableReader(kinds=("number",) * 4, levels=(None,) * 4)
    ranges = learn_ranges(rows, reader)
    expected = learn_ranges(dense, reader)
    assert_array_equal(ranges.low, np.minimum(expected.low, 0))
    assert_array_equal(ranges.high, expected.high)
    assert find_drift(ranges, rows, reader, rows) == ()
    new = dense.copy()
    new[:, 1] *= 1000
    new[:, 2] = np.nan
    found, on_dense = (find_drift(ranges, one, reader, one) for one in (as_rows(sparse.csr_array(new)), new))
    assert [(drift.kind, drift.name) for drift in found] == [("far", "x1"), ("missing", "x2")]
    assert [(d.kind, d.name, d.share, d.high) for d in found] == [(d.kind, d.name, d.share, d.high) for d in on_dense]
    assert find_drift(ranges, as_rows(sparse.csr_array(new[:10])), reader, new) == ()


@pytest.mark.parametrize("n_rows", [1, 60])
@pytest.mark.parametrize(
    "before, now, zones",
    [
        (None, None, ()),
        ("Asia/Tokyo", "Asia/Tokyo", ()),
        ("Asia/Tokyo", "Europe/Zurich", ()),  # the same times on another clock
        (None, "UTC", ()),
        ("UTC", None, ()),
        ("Asia/Tokyo", None, ("Asia/Tokyo", "")),
        (None, "Asia/Tokyo", ("", "Asia/Tokyo")),
    ],
)
@pytest.mark.parametrize("as_objects", [False, True])
def test_dates_of_another_kind_of_clock_are_told(before, now, zones, n_rows, as_objects):
    times = pd.Series(pd.date_range("2024-03-01", periods=60, freq="7h"))
    clocks = [times.dt.tz_localize(zone) if zone else times for zone in (before, now)]
    table, other = (
        pd.DataFrame({"n": np.arange(60.0), "at": clock.astype(object) if as_objects else clock}) for clock in clocks
    )
    estimator = BaseEstimator()
    matrix, reader = read_table(estimator, table, categorical_features="from_dtype", reset=True)
    rows = other.iloc[:n_rows]
    found = [
        d
        for d in find_drift(learn_ranges(matrix, reader), reader.read(estimator, rows), reader, rows)
        if d.kind == "zone"
    ]
    assert [(d.name, d.examples) for d in found] == ([("at", zones)] if zones else [])
