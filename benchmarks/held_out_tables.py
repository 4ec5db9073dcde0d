"""Generators of tables in which a leak from held-out rows to their judge would show, and the settings of their fits.

Fits nothing. Ten are looked at while the package is built; five were written at the same time and are kept aside."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

N_FRESH = 4000


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows of one generator: `clusters` numbers what was drawn independently, `groups` what the fit is told of."""

    X: object
    y: np.ndarray
    clusters: np.ndarray
    groups: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Generator:
    """A generator of tables.

    Attributes
    ----------
    make : callable
        From a seed to a function (n_rows, rng) -> Drawn: tables of one seed have the same law.
    n_rows : int
    settings : dict
        Of RobustMLPClassifier.
    is_kept_aside : bool
    """

    make: Callable
    n_rows: int
    settings: dict = field(default_factory=dict)
    is_kept_aside: bool = False


def _logistic(rng, score):
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(int)


def _each(X, y):
    return Drawn(X, y, np.arange(len(y)))


def many_levels(seed):
    """A category with as many levels as there are rows: most held-out rows have a level of two or three rows."""
    effect = np.random.default_rng([seed, 1]).normal(size=1000)

    def draw(n, rng):
        level = rng.integers(0, 1000, n)
        return _each(np.c_[level, rng.normal(size=n)], _logistic(rng, 3 * effect[level]))

    return draw


def rare_values(seed):
    """Thirty columns that are zero but for a few rows, beside two that tell something."""
    weights = np.random.default_rng([seed, 2]).normal(size=30)

    def draw(n, rng):
        events = np.where(rng.random((n, 30)) < 0.01, rng.exponential(20, (n, 30)), 0.0)
        signal = rng.normal(size=(n, 2))
        score = signal @ [1.0, -1.0] + np.sign(events) @ weights
        return _each(np.c_[events, signal], _logistic(rng, score))

    return draw


def duplicated_rows(seed):
    """Each row occurs one to eight times with one label: copies on both sides of a split would be learnt by heart."""
    del seed  # all tables have one law

    def draw(n, rng):
        times = rng.integers(1, 9, n)
        times = times[: max(2, np.searchsorted(np.cumsum(times), n))]
        X = rng.normal(size=(len(times), 6))
        y = _logistic(rng, X @ [1.0, -1.0, 0.5, 0, 0, 0])
        return Drawn(np.repeat(X, times, axis=0), np.repeat(y, times), np.repeat(np.arange(len(times)), times))

    return draw


def tiny(seed):
    """Sixty rows."""
    direction = np.random.default_rng([seed, 4]).normal(size=4)

    def draw(n, rng):
        X = rng.normal(size=(n, 4))
        return _each(X, _logistic(rng, 1.5 * X @ direction))

    return draw


def smote(seed):
    """A rare class from which a sampler makes rows."""
    centre = np.random.default_rng([seed, 5]).normal(size=5)

    def draw(n, rng):
        y = (rng.random(n) < 0.1).astype(int)
        return _each(rng.normal(size=(n, 5)) + 0.8 * y[:, None] * centre, y)

    return draw


def identifiers(seed):
    """A text that is different in every row, a user of few rows, and a number that tells something."""
    effect = np.random.default_rng([seed, 6]).normal(size=200)

    def draw(n, rng):
        user, size = rng.integers(0, 200, n), rng.normal(size=n)
        y = _logistic(rng, 2 * effect[user] + size)
        return _each(
            pd.DataFrame(
                {
                    "id": [f"{key:012x}" for key in rng.integers(0, 2**48, n)],
                    "user": [f"u{i:03d}" for i in user],
                    "size": size,
                }
            ),
            y,
        )

    return draw


def noise_columns(seed):
    """Sixty columns, two of which tell something."""
    del seed  # all tables have one law

    def draw(n, rng):
        X = rng.normal(size=(n, 60))
        return _each(X, _logistic(rng, X[:, 0] - X[:, 1]))

    return draw


def tuned_decision(seed):
    """A rare class, and a decision that is tuned on the held-out rows."""
    direction = np.random.default_rng([seed, 8]).normal(size=5)

    def draw(n, rng):
        X = rng.normal(size=(n, 5))
        return _each(X, _logistic(rng, X @ direction - 2.5))

    return draw


def prior_correction(seed):
    """Five unequal classes, repeated rows and class weights, led back to the shares of the data."""
    centres = np.random.default_rng([seed, 9]).normal(size=(5, 4))

    def draw(n, rng):
        y = rng.choice(5, n, p=[0.5, 0.25, 0.15, 0.07, 0.03])
        return _each(rng.normal(size=(n, 4)) + centres[y], y)

    return draw


def coin_flips(seed):
    """Labels that nothing tells."""
    del seed  # all tables have one law

    def draw(n, rng):
        return _each(rng.normal(size=(n, 8)), rng.integers(0, 2, n))

    return draw


# ---- kept aside


def two_categories(seed):
    """Two categories of hundreds of levels with missing cells, and a number."""
    rng_of_law = np.random.default_rng([seed, 11])
    towns, goods = rng_of_law.normal(size=300), rng_of_law.normal(size=600)

    def draw(n, rng):
        town, good, size = rng.integers(0, 300, n), rng.zipf(1.3, n) % 600, rng.normal(size=n)
        y = _logistic(rng, 1.5 * towns[town] + 1.5 * goods[good] + size)
        frame = pd.DataFrame({"town": [f"t{i}" for i in town], "good": [f"g{i}" for i in good], "size": size})
        return _each(frame.mask(rng.random(frame.shape) < 0.05), y)

    return draw


def heavy_tails(seed):
    """Columns of which a single row makes the standard deviation."""
    direction = np.random.default_rng([seed, 12]).normal(size=4)

    def draw(n, rng):
        X = rng.standard_t(1.5, size=(n, 4))
        return _each(X, _logistic(rng, np.tanh(X) @ direction * 2))

    return draw


def one_network(seed):
    """A single network whose epoch and temperature are chosen by eighty rows."""
    direction = np.random.default_rng([seed, 13]).normal(size=10)

    def draw(n, rng):
        X = rng.normal(size=(n, 10))
        return _each(X, _logistic(rng, X @ direction / 2))

    return draw


def many_classes(seed):
    """Twelve classes of a few dozen rows, of which each epoch takes as many as of the smallest."""
    centres = 1.5 * np.random.default_rng([seed, 14]).normal(size=(12, 5))
    shares = np.arange(12, 0, -1) / 78

    def draw(n, rng):
        y = rng.choice(12, n, p=shares)
        return _each(rng.normal(size=(n, 5)) + centres[y], y)

    return draw


def grouped(seed):
    """Ten near-identical rows of one label for each of a hundred groups."""
    del seed  # all tables have one law

    def draw(n, rng):
        n_groups = n // 10
        centres = rng.normal(size=(n_groups, 6))
        y = _logistic(rng, centres @ [1.0, -1.0, 0.5, 0, 0, 0])
        groups = np.repeat(np.arange(n_groups), 10)
        X = centres[groups] + 0.05 * rng.normal(size=(len(groups), 6))
        return Drawn(X, y[groups], groups, groups)

    return draw


GENERATORS = {
    "many_levels": Generator(many_levels, 1000, {"categorical_features": [0]}),
    "rare_values": Generator(rare_values, 500),
    "duplicated_rows": Generator(duplicated_rows, 1000),
    "tiny": Generator(tiny, 60),
    "smote": Generator(smote, 600, {"sampler": "smote"}),
    "identifiers": Generator(identifiers, 500),
    "noise_columns": Generator(noise_columns, 300),
    "tuned_decision": Generator(tuned_decision, 800, {"decision": "balanced_accuracy"}),
    "prior_correction": Generator(
        prior_correction, 600, {"class_weight": "balanced", "sampler": "over", "prior_correction": True}
    ),
    "coin_flips": Generator(coin_flips, 300),
    "two_categories": Generator(two_categories, 1200, is_kept_aside=True),
    "heavy_tails": Generator(heavy_tails, 200, is_kept_aside=True),
    "one_network": Generator(one_network, 400, {"n_members": 1, "validation_fraction": 0.2}, is_kept_aside=True),
    "many_classes": Generator(many_classes, 400, {"sampler": "under", "prior_correction": True}, is_kept_aside=True),
    "grouped": Generator(grouped, 1000, is_kept_aside=True),
}
