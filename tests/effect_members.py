"""A small classifier with companions that see effects: of ranges, levels and codes, of pairs of them and of slopes."""

import copy
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from robust_mlp._prediction.effect_units import EffectUnits
from robust_mlp._prediction.network import NetworkWeights
from tests.tiny_fits import clouds, tiny

N_OUTPUTS = 5


def _table(n_rows, seed=0):
    """Numbers with and without gaps, a category of few levels and one of more than 100."""
    X, y = clouds(n_rows)
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(X[:, :3], columns=["whole", "gappy", "other"])
    table.loc[::5, "gappy"] = np.nan
    table["town"] = rng.choice(np.array(["Bern", "Genf", "Sion"], dtype=object), n_rows)
    table["who"] = [f"id {i}" for i in rng.permutation(n_rows) % 150]
    return table, y


def _new_rows():
    """Rows with values far outside, gaps, and levels that nobody knows."""
    table, _ = _table(150, seed=3)
    table["other"] += 0.1
    table.loc[0, "whole"], table.loc[1, "whole"] = 1e9, -1e9
    table.loc[2, "town"], table.loc[3, "town"] = "Lugano", None
    table.loc[4, "who"], table.loc[5, "who"] = "never seen", None
    return table


def effect_units(names, seed=0):
    """Random EffectUnits of the outputs of the encoding of these names.

    Their factors: a number with gaps in three ranges, a category of few levels, and one of many. The levels of gaps, of
    the last town and of the last persons are out of range.
    """
    place = {name: i for i, name in enumerate(names)}
    gappy, flag = place["gappy"], place["gappy_missing"]
    towns = [place[f"town_{name}"] for name in ("Bern", "Genf", "Sion")]
    sizes = np.array([3, 3, 100])
    n_cells = np.array([3, 3 * 100, 100, 1, 3])
    table = np.random.default_rng(seed).normal(size=(n_cells.sum(), N_OUTPUTS))
    return EffectUnits(
        step_inputs=np.array([gappy, gappy, flag, *towns]),
        step_factors=np.array([0, 0, 0, 1, 1, 1]),
        step_levels=np.array([1, 1, 3, 1, 2, 3]),
        thresholds=np.array([-0.3, 0.3, 0.5, 0.5, 0.5, 0.5], np.float32),
        code_inputs=np.array([-1, -1, place["who_level"]]),
        n_levels=sizes,
        first=np.array([0, 1, 2, -1, 0]),
        second=np.array([-1, 2, -1, -1, -1]),
        numbers=np.array([-1, -1, place["whole"], place["other"], gappy]),
        starts=np.cumsum(n_cells) - n_cells,
        table=table.astype(np.float32),
    )


def effect_weights(units, n_members, n_classes, seed=1, member_weights=None):
    """Random NetworkWeights without hidden layers that see `units`."""
    rng = np.random.default_rng(seed)
    members, row = ((n_members,), (1,)) if n_members > 1 else ((), ())
    shapes = (*members, units.n_outputs, n_classes), (*members, *row, n_classes)
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return NetworkWeights(arrays, [], "silu", 0, False, False, n_members, member_weights=member_weights, units=units)


@cache
def fitted_with_effects():
    """(classifier, rows to predict)."""
    X, y = _table(450)
    return with_effects(tiny(n_members=2, numerical_embedding=None).fit(X, y)), _new_rows()


def with_effects(clf):
    """A copy of a classifier that was fitted to such a table, with three members that see effects."""
    clf, units = copy.copy(clf), effect_units(clf._fitted.encoding.names_out)
    n_classes = len(clf.classes_)
    one = effect_weights(replace(units, numbers=np.full(5, -1)), 1, n_classes, seed=2)
    two = effect_weights(units, 2, n_classes, member_weights=np.array([0.5, 1.5]))
    clf._fitted = replace(clf._fitted, companions=(two, one))
    return clf
