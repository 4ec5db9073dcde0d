"""Small tables of every kind that a classifier reads, each with a fit of milliseconds and rows to predict.

`EXAMPLES` names them; `fitted(name)` gives (classifier, rows to predict), fitted once a process."""

import functools
import warnings
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from tests.tiny_fits import clouds, clouds_with_levels, tiny

N_ROWS = 90


def _numbers():
    X, y = clouds(N_ROWS)
    return tiny(), X, y, X + 0.1


def _default_ensemble():
    """Members that see numbers whole and in pieces, additive and radial ones, and the guard."""
    X, y = clouds(N_ROWS)
    clf = tiny(n_members=4, early_stopping="auto", collapse_guard="repair", max_iter=8, learning_rate=0.02)
    return clf, X, y, X - 0.2


def _missing_numbers():
    X, y = clouds(N_ROWS)
    X[::5, 0], X[::7, 2] = np.nan, np.nan
    new = X.copy()
    new[1, 3] = np.nan
    return tiny(numerical_embedding="piecewise_linear"), X, y, new


def _categories():
    X, y = clouds(N_ROWS)
    town = np.array(["Bern", "Genf", "Zürich", None], dtype=object)[np.arange(N_ROWS) % 4]
    frame = pd.DataFrame({"height": X[:, 0], "town": town, "is_new": X[:, 1] > 0, "width": X[:, 2]})
    new = frame.copy()
    new.loc[[0, 5], "town"] = ["Lugano", None]  # one that nobody knows
    return tiny(), frame, np.array(["no", "perhaps", "yes"])[y], new


def _vectors_of_levels():
    X, y = clouds_with_levels()
    new = X.copy()
    new["level"] = new["level"].astype(str).where(np.arange(len(new)) % 9 > 0, "never seen")
    return tiny(n_members=3, early_stopping=True), X, y, new


def _dates():
    X, y = clouds(N_ROWS)
    start = datetime(2021, 3, 5, 12)
    when = pd.Series([start + timedelta(days=3 * i, hours=i) for i in range(N_ROWS)])
    waited = pd.to_timedelta(np.abs(X[:, 0]), unit="h")
    frame = pd.DataFrame({"when": when, "waited": waited, "size": X[:, 1]})
    frame.loc[3, "when"] = pd.NaT
    return tiny(), frame, y, frame.shift(1, fill_value=None).tail(60)


def _batch_normalization():
    X, y = clouds(N_ROWS)
    clf = tiny(hidden_layer_sizes=(6, 5), batch_norm=True, activation="relu", n_members=2, early_stopping=True)
    return clf, X, y, X


def _robust_scale():
    X, y = clouds(N_ROWS)
    X[0, 0], X[:, 3] = 1e6, 4.0  # an outlier, and a constant
    return tiny(scale="robust", activation="gelu", linear_path=False), X, y, X * 1.5


def _linear_unscaled():
    X, y = clouds(N_ROWS)
    return tiny(hidden_layer_sizes=(), scale=None), X, y, X


def _prior_correction():
    X, y = clouds(N_ROWS, n_classes=2)
    y = np.where(np.arange(N_ROWS) % 5 == 0, y, 0) == 1
    return tiny(class_weight="balanced", prior_correction=True, decision="balanced"), X, y, X


def _costs():
    X, y = clouds(N_ROWS)
    return tiny(decision=np.array([[0, 1, 5], [1, 0, 1], [9, 1, 0]]), class_weight={0: 1, 1: 2.5, 2: 1}), X, y, X


def _numbers_as_categories():
    X, y = clouds(N_ROWS)
    X[:, 1] = np.arange(N_ROWS) % 5 / 2
    X[::8, 1] = np.nan
    new = X.copy()
    new[:3, 1] = 17
    return tiny(categorical_features=[1], activation="tanh", dropout=0.0), X.astype(np.float32), y + 10.0, new


def _large_whole_numbers():
    X, y = clouds(N_ROWS)
    frame = pd.DataFrame({"id": 2**60 + np.arange(N_ROWS) * 7, "x": X[:, 0].astype(np.float32)})
    return tiny(activation="softsign"), frame, y.astype(np.int8), frame


def _values_with_codes():
    """Numbers that give away who a row is about get codes of their values; heavy-tailed ones are bent."""
    rng = np.random.default_rng(0)
    who, size, is_up = rng.integers(0, 150, 1500), rng.normal(size=150).round(3), rng.integers(0, 2, 150)
    frame = pd.DataFrame({"size": size[who], "sum": np.exp(3 * rng.normal(size=1500)), "x": rng.normal(size=1500)})
    new = frame[:40].copy()
    new.loc[:3, "size"], new.loc[4:6, "size"], new.loc[7:9, "sum"] = np.nan, 17.0, -5.0
    return tiny(n_members=2, max_iter=15), frame, is_up[who], new


def _guard_found_nothing():
    """Noise: simple models were fitted, and the report holds what they found."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(N_ROWS, 3)), rng.integers(0, 2, N_ROWS)
    return tiny(n_members=2, early_stopping=True, collapse_guard="warn", max_restarts=0), X, y, X


EXAMPLES = {
    "numbers": _numbers,
    "default_ensemble": _default_ensemble,
    "missing_numbers": _missing_numbers,
    "categories": _categories,
    "vectors_of_levels": _vectors_of_levels,
    "dates": _dates,
    "batch_normalization": _batch_normalization,
    "robust_scale": _robust_scale,
    "linear_unscaled": _linear_unscaled,
    "prior_correction": _prior_correction,
    "costs": _costs,
    "numbers_as_categories": _numbers_as_categories,
    "large_whole_numbers": _large_whole_numbers,
    "values_with_codes": _values_with_codes,
    "guard_found_nothing": _guard_found_nothing,
}


@functools.cache
def fitted(name):
    """(fitted classifier, rows to predict) of an example."""
    clf, X, y, new = EXAMPLES[name]()
    return quietly(clf.fit, X, y), new


def quietly(function, *arguments):
    """A call without the warnings that an example is expected to give: verdicts, drift."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return function(*arguments)


@functools.cache
def training_table(name):
    """(X, y) of an example."""
    _, X, y, _ = EXAMPLES[name]()
    return X, y
