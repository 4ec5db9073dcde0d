"""Small tables of every kind, each with new rows that hold what a training never saw: fitted once a test session."""

import datetime
import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from robust_mlp import DriftWarning
from tests.tiny_fits import tiny


@dataclass(frozen=True, eq=False)
class SmallTable:
    """Training rows, new rows, and parameters of the classifier."""

    X: Any
    y: Any
    X_new: Any
    parameters: dict = field(default_factory=dict)
    weights: Any = None


def numbers(n_rows, n_columns=4, seed=0):
    """Numbers of unlike scales."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, n_columns)) * 10.0 ** np.arange(n_columns) + 3 * np.arange(n_columns)


def labels(X, n_classes=2, seed=1):
    """Labels that follow the first column, with some noise."""
    first = np.asarray(X[:, 0], dtype=float) + 0.3 * np.random.default_rng(seed).normal(size=len(X))
    return np.searchsorted(np.quantile(first, np.arange(1, n_classes) / n_classes), first)


def levels(n_rows, names, seed=2):
    """A column of levels."""
    return np.random.default_rng(seed).choice(np.array(names, dtype=object), n_rows)


def frame(n_rows, seed=0):
    """Numbers and categories of a frame, with missing cells."""
    X = numbers(n_rows, 3, seed)
    X[::7, 1] = np.nan
    table = pd.DataFrame(X, columns=["age", "income in $", "sum"])
    table["colour"] = pd.Categorical(levels(n_rows, ["red", "green", "blue, light", "ä ö", "nan"], seed))
    table["town"] = levels(n_rows, ["A", "B", None, "C"], seed + 1)
    table["grade"] = pd.Categorical(levels(n_rows, [1, 2, 3.5], seed + 2))
    table["smoker"] = levels(n_rows, [True, False], seed + 3).astype(bool)
    return table


def new_frame(n_rows=40):
    """Rows like those of `frame`, with unknown levels and everything missing somewhere."""
    table = frame(n_rows, seed=99)
    table["colour"] = table["colour"].cat.add_categories(["never seen", ""])
    table["grade"] = table["grade"].cat.add_categories([7])
    table.loc[0, "colour"], table.loc[1, "colour"], table.loc[2, "colour"] = "never seen", None, ""
    table.loc[0, "town"], table.loc[1, "town"] = "Z", "A "
    table.loc[3, "grade"], table.loc[4, "grade"] = 7, None
    table.loc[5, "age"], table.loc[6, "age"] = np.nan, 1e12
    table.loc[7, "income in $"] = -1e300
    return table


def times(n_rows, seed=0):
    """Dates, durations and numbers beyond 2^53."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2019-11-27T06:00:00", "s")
    dates = start + (rng.random(n_rows) * 900 * 86_400).astype("timedelta64[s]")
    table = pd.DataFrame({"sold": dates, "day": dates.astype("datetime64[D]")})
    table["seen in Zurich"] = pd.Series(dates).dt.tz_localize("UTC").dt.tz_convert("Europe/Zurich")
    table["took"] = pd.to_timedelta(rng.integers(1, 10_000, n_rows), unit="ms")
    table["id"] = 2**60 + rng.integers(0, 10**6, n_rows)
    table["clock"] = [datetime.time(int(h), 30) for h in rng.integers(0, 24, n_rows)]
    table.loc[::9, "sold"] = pd.NaT
    table.loc[::11, "took"] = pd.NaT
    return table


def new_times():
    """Dates far before and after, leap days, and missing ones."""
    table = times(30, seed=5)
    table["day"] = table["day"].astype("datetime64[us]")
    table.loc[0, "day"], table.loc[1, "day"] = pd.Timestamp("1900-03-01"), pd.Timestamp("2000-02-29")
    table.loc[2, "day"], table.loc[3, "day"] = pd.Timestamp("2400-12-31"), pd.Timestamp("1969-12-31 23:59:59")
    table.loc[4, "sold"], table.loc[5, "seen in Zurich"] = pd.NaT, pd.NaT
    return table


def many_levels(n_rows, n_levels, seed=0):
    """A number beside a column of so many levels that the network learns vectors for them."""
    rng = np.random.default_rng(seed)
    names = [f"id {i}" for i in range(n_levels)]
    table = pd.DataFrame({"x": rng.normal(size=n_rows), "who": rng.choice(np.array(names, dtype=object), n_rows)})
    table.loc[::13, "who"] = None
    return table


def persons(n_rows, seed=0):
    """Numbers that give away who a row is about, heavy-tailed ones, and some of two values."""
    rng, of_all = np.random.default_rng(seed), np.random.default_rng(0)
    who, size = rng.integers(0, 150, n_rows), of_all.normal(size=150).round(3)
    is_up = of_all.integers(0, 2, 150)
    table = pd.DataFrame({"size": size[who], "sum": np.exp(3 * rng.normal(size=n_rows)), "x": rng.normal(size=n_rows)})
    table["is rare"] = (rng.random(n_rows) < 0.02).astype(float)
    table.loc[::13, "size"], table.loc[::17, "sum"] = np.nan, 0.0
    table.loc[::19, "sum"] *= -1
    return table, is_up[who]


# Members of all kinds, and held-out rows that decisions and member weights are learned from.
ENSEMBLE = {"n_members": 4, "max_iter": 4, "early_stopping": "auto", "collapse_guard": "warn"}


def _tables():
    """{name: function that makes a SmallTable}."""
    X, new = numbers(160), numbers(50, seed=9)
    y, y3 = labels(X), labels(X, 3)
    few = (X[:, 0] > 1).astype(int)
    text = np.array(["no", "yes, it is"])[y]
    holes = np.where(np.random.default_rng(3).random(X.shape) < 0.1, np.nan, X)
    new_holes = np.where(np.random.default_rng(4).random(new.shape) < 0.3, np.nan, new)
    mixed = np.array([[1.5, "b", 3], [2.5, "a", 4], [None, "b", 3], [0.5, None, 5]] * 30, dtype=object)
    who, new_who = many_levels(600, 150), many_levels(80, 200, seed=8)
    is_up = (who["x"] > 0).to_numpy().astype(int)
    of_frame = labels(frame(200).to_numpy())
    return {
        # what the numbers are like
        "numbers": lambda: SmallTable(X, y, new),
        "float32": lambda: SmallTable(X.astype(np.float32), y, new.astype(np.float32)),
        "whole numbers": lambda: SmallTable(np.rint(X).astype(int), y, np.rint(new).astype(int)),
        "missing": lambda: SmallTable(holes, text, new_holes, ENSEMBLE),
        "one column": lambda: SmallTable(X[:, :1], y.astype(bool), new[:, :1], ENSEMBLE),
        "constant columns": lambda: SmallTable(
            np.column_stack([X, np.full(len(X), 7.0), np.full(len(X), np.nan)]),
            y,
            np.column_stack([new, np.linspace(6, 9, len(new)), np.linspace(0, 1, len(new))]),
        ),
        "sparse": lambda: SmallTable(
            sparse.csr_matrix(np.where(X > 3, X, 0)), y, sparse.csr_matrix(np.where(new > 3, new, 0))
        ),
        # how they are scaled
        "unscaled": lambda: SmallTable(X / 100, y, new / 100, {"scale": None}),
        "unscaled in pieces": lambda: SmallTable(
            X / 100, y, new / 100, {"scale": None, "numerical_embedding": "piecewise_linear"}
        ),
        "robust": lambda: SmallTable(holes, y, new_holes * 30, {"scale": "robust", **ENSEMBLE}),
        "plain": lambda: SmallTable(holes, y, new_holes, {"numerical_embedding": None}),
        # what the network is like
        "linear": lambda: SmallTable(holes, y, new_holes, {"hidden_layer_sizes": ()}),
        "deep, normalized": lambda: SmallTable(
            holes, y, new_holes, {"hidden_layer_sizes": (9, 7, 5), "batch_norm": True, "linear_path": False}
        ),
        "many classes": lambda: SmallTable(X, labels(X, 12), new, {"n_members": 3}),
        # what the labels are, and how they are chosen
        "float classes": lambda: SmallTable(X, y3 * 2.0 - 1, new),
        "small integer classes": lambda: SmallTable(X, y3.astype(np.uint8), new),
        "weights": lambda: SmallTable(holes, y3, new_holes, {"class_weight": "balanced", **ENSEMBLE}, X[:, 0] ** 2),
        "corrected": lambda: SmallTable(
            holes, few, new_holes, {"class_weight": "balanced", "prior_correction": True, **ENSEMBLE}
        ),
        "corrected, one member": lambda: SmallTable(
            holes, few, new_holes, {"class_weight": "balanced", "prior_correction": True}
        ),
        "balanced decision": lambda: SmallTable(holes, few, new_holes, {"decision": "balanced"}),
        "learned decision": lambda: SmallTable(
            holes,
            y3,
            new_holes,
            {"decision": "balanced_accuracy", "class_weight": {0: 3.0, 1: 1.0, 2: 1.0}, **ENSEMBLE},
        ),
        "costs": lambda: SmallTable(
            holes, text, new_holes, {"decision": [[0.0, 1.0], [9.0, 0.0]], "class_weight": "balanced", **ENSEMBLE}
        ),
        # columns that are more than numbers
        "frame": lambda: SmallTable(frame(200), of_frame, new_frame(), ENSEMBLE),
        "categories only": lambda: SmallTable(
            frame(200)[["colour", "town"]], of_frame, new_frame()[["colour", "town"]], {"n_members": 2}
        ),
        "array of objects": lambda: SmallTable(
            mixed,
            np.tile([0, 1, 1, 0], 30),
            np.array([[9, "z", 4], [None, None, None], [1.5, "a", 3]], dtype=object),
            {"categorical_features": [1, 2]},
        ),
        "levels that are numbers": lambda: SmallTable(
            np.column_stack([X[:, 0], np.rint(X[:, 1]), np.rint(X[:, 0])]),
            y,
            np.column_stack([new[:, 0], np.rint(new[:, 1]), np.where(new[:, 0] > 2, np.nan, np.rint(new[:, 0]))]),
            {"categorical_features": [1, 2]},
        ),
        "intervals": lambda: SmallTable(
            pd.DataFrame({"a": pd.cut(X[:, 0], 5), "b": X[:, 1]}),
            y,
            pd.DataFrame({"a": pd.cut(X[:50, 0], 5), "b": new[:, 1]}),
            {"categorical_features": ["a"]},
        ),
        "times": lambda: SmallTable(times(200), of_frame, new_times()),
        "array of dates": lambda: SmallTable(
            times(200)[["sold", "day"]].to_numpy("datetime64[s]"),
            of_frame,
            new_times()[["sold", "day"]].to_numpy("datetime64[s]"),
        ),
        "numbers with codes": lambda: SmallTable(*persons(1500), persons(60, seed=7)[0], ENSEMBLE),
        "numbers with codes in float32": lambda: SmallTable(
            persons(1500)[0].astype(np.float32), persons(1500)[1], persons(60, seed=7)[0], {"n_members": 2}
        ),
        "many levels": lambda: SmallTable(who, is_up, new_who, ENSEMBLE),
        "many levels only": lambda: SmallTable(who[["who"]], is_up, new_who[["who"]], {"n_members": 2}),
        "many levels that are numbers": lambda: SmallTable(
            np.column_stack([who["x"], np.arange(600) % 130 * 1.5]),
            is_up,
            np.column_stack([new[:, 0], np.where(new[:, 1] > 5, np.nan, np.arange(50) * 0.75)]),
            {"categorical_features": [1]},
        ),
    }


TABLES = _tables()


@cache
def table(name):
    """The SmallTable of a name."""
    return TABLES[name]()


@cache
def fitted(name):
    """A classifier that was fitted to it, in a few epochs."""
    small = table(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few epochs are no good training, and the guard says so
        return tiny(**small.parameters).fit(small.X, small.y, small.weights)


def answers(name):
    """(probabilities, labels) of the new rows. They drifted on purpose."""
    clf, X = fitted(name), table(name).X_new
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DriftWarning)
        return clf.predict_proba(X), clf.predict(X)
