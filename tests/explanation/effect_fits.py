"""A fitted classifier with members that read effects of levels, invented ones, for the tests of explanations."""

import functools
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from robust_mlp import RobustMLPClassifier
from robust_mlp._prediction.effect_units import NONE, EffectUnits
from robust_mlp._prediction.network import NetworkWeights

N_SHOPS = 150  # so many that their level is a code
N_FEATURES = 3
# Effects of `invented_units` whose factors and number are of different columns.
OF_DIFFERENT_COLUMNS = [0, 1, 2, 3, 4, 7, 8, 9, 10]


def table_with_effects(n_classes=2, n_rows=600):
    """A frame of numbers, numbers with gaps, and categories of few and of many levels: (X, y)."""
    rng = np.random.default_rng(2)
    gaps = np.where(rng.uniform(size=n_rows) < 0.2, np.nan, rng.normal(size=n_rows))
    X = pd.DataFrame(
        {
            "size": rng.normal(size=n_rows),
            "gaps": gaps,
            "town": pd.Categorical(np.array(["Bern", "Genf", "Zug"])[rng.integers(0, 3, n_rows)]),
            "shop": pd.Categorical([f"s{i}" for i in np.arange(n_rows) % N_SHOPS]),
            "other": rng.normal(size=n_rows),
        }
    )
    score = X["size"] + rng.normal(size=n_rows)
    return X, np.digitize(score, [0] if n_classes == 2 else [-0.5, 0.5])


def invented_units(encoding):
    """Effects of every kind on `table_with_effects`: EffectUnits.

    Factors: ranges of "size", ranges of "gaps" with level 0 for missing cells, "town", "shop", and one that reads
    nothing.
    """
    outputs = {name: i for i, name in enumerate(encoding.names_out)}
    size, gaps = outputs["size"], outputs["gaps"]
    (flag,) = (i for name, i in outputs.items() if name.startswith("gaps") and "missing" in name)
    towns = [i for name, i in outputs.items() if name.startswith("town")]
    steps = [  # (input, factor, what the level gains, threshold)
        (size, 0, 1, -0.5),
        (size, 0, 1, 0.4),
        (gaps, 1, 1, -np.inf),
        (gaps, 1, 1, 0.1),
        (flag, 1, -9, 0.5),
        *((town, 2, k + 1, 0.5) for k, town in enumerate(towns)),
    ]
    inputs, factors, levels, thresholds = zip(*steps, strict=True)
    n_levels = np.array([3, 3, len(towns) + 1, N_SHOPS + 1, 2])
    effects = [  # (first factor, second factor, number)
        (0, NONE, NONE),
        (3, NONE, NONE),
        (0, 2, NONE),
        (3, 1, NONE),
        (2, NONE, gaps),
        (1, NONE, gaps),
        (0, 1, size),
        (2, 3, size),
        (NONE, NONE, size),
        (4, 2, NONE),
        (NONE, 2, gaps),
    ]
    first, second, numbers = map(np.array, zip(*effects, strict=True))
    sizes = np.append(n_levels, 1)
    n_cells = sizes[first] * sizes[second]
    table = np.random.default_rng(5).normal(size=(n_cells.sum(), N_FEATURES), scale=0.5)
    return EffectUnits(
        step_inputs=np.array(inputs),
        step_factors=np.array(factors),
        step_levels=np.array(levels),
        thresholds=np.array(thresholds, np.float32),
        code_inputs=np.array([NONE, NONE, NONE, outputs["shop_level"], NONE]),
        n_levels=n_levels,
        first=first,
        second=second,
        numbers=numbers,
        starts=np.cumsum(n_cells) - n_cells,
        table=table.astype(np.float32),
    )


@functools.cache  # nobody changes what it returns
def classifier_with_effects(n_classes=2, *, has_linear_path=False):
    """A small fitted classifier with two members that read effects, with weights of their own: (clf, X)."""
    X, y = table_with_effects(n_classes)
    clf = RobustMLPClassifier((8, 6), max_iter=3, n_members=2, random_state=0, collapse_guard="off").fit(X, y)
    rng = np.random.default_rng(6)
    shapes = [(2, N_FEATURES, n_classes), (2, 1, n_classes), *([(2, N_FEATURES, n_classes)] * has_linear_path)]
    companion = NetworkWeights(
        [rng.normal(size=shape).astype(np.float32) for shape in shapes], [], "linear",
        n_hidden=0, batch_norm=False, has_linear_path=has_linear_path, n_members=2,
        member_weights=np.array([1.0, 2.5]), units=invented_units(clf._fitted.encoding),
    )  # fmt: skip
    clf._fitted = replace(clf._fitted, companions=(companion,))
    return clf, X


def effects_network(clf):
    """The Network, in float64, whose members read effects."""
    return clf._fitted.companions[-1].network().in_float64()


def mixed(row, other, column_of, mask):
    """Encoded rows with the columns of `mask` from one row, and the rest from another."""
    return np.where(mask[column_of], row, other)


def some_effects(units, kept):
    """The units with some of their effects."""
    names = ("first", "second", "numbers", "starts")
    return replace(units, **{name: getattr(units, name)[kept] for name in names})


def features_between(units, row, others, column_of, shares):
    """Features where each column has moved by a share, from mixed rows: a mask has the product of its shares."""
    total = 0.0
    for mask in map(np.array, product([True, False], repeat=len(shares))):
        share = np.where(mask, shares, 1 - shares).prod()
        if share:
            total = total + share * units(mixed(row, others, column_of, mask))
    return total
