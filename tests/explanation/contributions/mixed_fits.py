"""Fitted classifiers for tables of mixed columns, with members of every kind; and mixed rows made by hand."""

import functools
from dataclasses import replace

import numpy as np
import pandas as pd

from robust_mlp import RobustMLPClassifier
from robust_mlp._prediction.network import NetworkWeights
from robust_mlp._prediction.radial_units import RadialUnits
from tests.tiny_fits import tiny


def mixed_table(n_rows=120, n_classes=3, seed=0):
    """A frame of numbers, numbers with gaps, truth values, text, categories and dates: (X, y)."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % n_classes
    size = y + rng.normal(size=n_rows)
    gaps = np.where(rng.uniform(size=n_rows) < 0.2, np.nan, rng.normal(size=n_rows) - y)
    town = np.array(["Bern", "Genf", "Zug", None], dtype=object)[rng.integers(0, 4, n_rows)]
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, n_rows), unit="D")
    X = pd.DataFrame(
        {
            "size": size,
            "gaps": gaps,
            "open": rng.uniform(size=n_rows) < 0.5,
            "town": town,
            "kind": pd.Categorical(np.array(["a", "b"])[rng.integers(0, 2, n_rows)]),
            "sold": days,
        }
    )
    return X, np.array(["no", "maybe", "yes"])[y] if n_classes == 3 else np.array(["no", "yes"])[y]


@functools.cache  # nobody changes what it returns
def mixed_classifier(n_classes=3, **parameters):
    """A small fitted classifier with dense, additive and radial members, and its table: (clf, X)."""
    X, y = mixed_table(n_classes=n_classes)
    clf = tiny(**({"n_members": 3, "numerical_embedding": "mixed", "early_stopping": True} | parameters)).fit(X, y)
    rng = np.random.default_rng(1)
    n_inputs = clf._fitted.encoding.n_outputs
    additive = NetworkWeights(
        [rng.normal(size=(2, n_inputs, n_classes), scale=0.5), rng.normal(size=(2, 1, n_classes))],
        [], "silu", 0, False, False, 2,
    )  # fmt: skip
    used = np.flatnonzero(~clf._fitted.encoding.is_piece)
    units = RadialUnits(
        inputs=used,
        factors=rng.uniform(0.1, 0.5, len(used)),
        centers=rng.normal(size=(7, len(used)), scale=0.3),
        projection=rng.normal(size=(7, 4)),
        shift=rng.normal(size=4),
    )
    radial = NetworkWeights(
        [rng.normal(size=(2, 4, n_classes)), rng.normal(size=(2, 1, n_classes))], [], "silu", 0, False, False, 2,
        member_weights=np.array([0.5, 0.5]), units=units,
    )  # fmt: skip
    clf._fitted = replace(clf._fitted, companions=(_in_float32(additive), _in_float32(radial)))
    return clf, X


def _in_float32(weights):
    return replace(weights, trainable=[array.astype(np.float32) for array in weights.trainable])


@functools.cache
def classifier_with_levels():
    """A small fitted classifier that learns vectors for the levels of a category, and its table: (clf, X)."""
    rng = np.random.default_rng(2)
    X = pd.DataFrame(
        {
            "a": rng.normal(size=600),
            "level": pd.Categorical([str(i % 200) for i in range(600)]),
            "b": rng.normal(size=600),
        }
    )
    y = (X["a"] + rng.normal(size=600) > 0).to_numpy()
    clf = RobustMLPClassifier((8, 6), max_iter=3, n_members=2, random_state=0, collapse_guard="off").fit(X, y)
    return clf, X


def mix_by_hand(X, row, other, mask):
    """One row of a frame that takes the columns of `mask` from one row, and the rest from another: a frame."""
    mixed = X.iloc[[row]].copy().reset_index(drop=True)
    for name, is_from_row in zip(X.columns, mask, strict=True):
        if not is_from_row:
            mixed[name] = X[name].iloc[[other]].reset_index(drop=True)
    return mixed
