"""Levels with like rows stand beside each other."""

import numpy as np
import pandas as pd

from robust_mlp.explanation._measures.level_order import alike_order
from tests.explanation.known_answers import views


def order_of(frame, column):
    """The names of the levels of a column in their order."""
    found = views(frame)
    view = next(view for view in found if view.name == column)
    levels = np.arange(len(view.levels))
    order = alike_order(view, [other for other in found if other is not view], levels, np.arange(len(frame)))
    return [view.levels[i] for i in order]


def test_levels_are_ordered_by_what_their_rows_hold_in_other_columns():
    rng = np.random.default_rng(0)
    months = rng.integers(0, 6, 900)
    names = np.array(["jun", "apr", "feb", "mar", "jan", "may"])  # alphabetical order says nothing
    warmth = {"jan": 0, "feb": 1, "mar": 2, "apr": 3, "may": 4, "jun": 5}
    frame = pd.DataFrame({"month": pd.Categorical(names[months])})
    frame["warm"] = frame["month"].map(warmth).astype(float) + 0.3 * rng.standard_normal(900)
    found = order_of(frame, "month")
    assert found in (list(warmth), list(warmth)[::-1])


def test_other_columns_may_be_levels_and_may_be_missing():
    rng = np.random.default_rng(1)
    shop = rng.integers(0, 4, 800)
    chain = np.where(shop % 2 == 0, "blue", "red")
    frame = pd.DataFrame({"shop": pd.Categorical(shop.astype(str)), "chain": pd.Categorical(chain)})
    frame["empty"] = np.nan
    found = order_of(frame, "shop")
    assert {frozenset(found[:2]), frozenset(found[2:])} == {frozenset("02"), frozenset("13")}


def test_without_other_columns_the_order_stays():
    frame = pd.DataFrame({"c": pd.Categorical(list("abcabc"))})
    assert order_of(frame, "c") == ["a", "b", "c"]
