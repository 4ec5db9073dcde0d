"""Pairs: planted interactions are found first, and additive formulas have none."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.explanation._measures.columns import grid_of
from robust_mlp.explanation._measures.effects import measure_effects
from robust_mlp.explanation._measures.pairs import candidate_pairs, measure_pairs
from robust_mlp.explanation._swaps.table import TablePredictor
from tests.explanation.known_answers import Formula, views


def pairs_of(formula, X, groups=(), n_candidates=6):
    """(candidates, interactions) of a formula."""
    found, n_rows = views(X), len(X)
    predict = Formula(formula).predict_proba
    predictor = TablePredictor(X, [(np.arange(n_rows), predict)], np.zeros(len(found), dtype=int))
    rows, weights = np.arange(n_rows), np.ones(n_rows)
    effects = measure_effects(predictor, rows, found, [grid_of(view, rows) for view in found], weights)
    candidates = candidate_pairs(found, effects, list(groups), n_candidates)
    return candidates, measure_pairs(predictor, rows, found, candidates, weights)


@pytest.mark.parametrize(
    "formula",
    [
        lambda t: 1.5 * t[:, 1] * t[:, 4] + t[:, 0],
        lambda t: 2 * np.sign(t[:, 1]) * np.sign(t[:, 4]) + np.sin(3 * t[:, 2]),
        lambda t: 2 * np.maximum(t[:, 1], t[:, 4]) + t[:, 3] ** 2,
        lambda t: 2 * np.exp(-((t[:, 1] - t[:, 4]) ** 2)),
    ],
    ids=["product", "quadrants", "maximum", "ridge"],
)
def test_a_planted_pair_is_found_first(formula):
    X = np.random.default_rng(0).standard_normal((1500, 6))
    candidates, found = pairs_of(formula, X)
    assert candidates[0] == (1, 4)
    assert (found[0].first, found[0].second) == (1, 4)
    assert found[0].strength > 0.3
    assert all(pair.strength < 0.25 * found[0].strength for pair in found[1:])


def test_an_additive_formula_has_no_pair_of_any_strength():
    X = np.random.default_rng(1).standard_normal((1500, 4))
    _, found = pairs_of(lambda t: 2 * t[:, 0] + np.sin(3 * t[:, 1]) + t[:, 2] ** 2, X)
    assert all(pair.strength < 1e-6 for pair in found)


def test_the_joint_effect_of_a_product_is_the_product():
    X = np.random.default_rng(2).uniform(-1, 1, (4000, 2))
    _, (pair,) = pairs_of(lambda t: 3 * t[:, 0] * t[:, 1] + t[:, 0] - t[:, 1], X)
    a, b = (grid.axis for grid in pair.grids)
    np.testing.assert_allclose(pair.values[:, :, 1], 3 * np.outer(a, b), atol=0.1)
    # The standard deviation of 3 a b for uniform a and b is 3 / 3.
    assert pair.strength == pytest.approx(1.0, abs=0.1)


def test_levels_interact_with_numbers():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.standard_normal((1500, 2)), columns=["x", "z"])
    frame["c"] = pd.Categorical(rng.choice(list("abc"), 1500))
    slope = {"a": 1.5, "b": -1.5, "c": 0.0}
    _, found = pairs_of(
        lambda t: t["x"].to_numpy() * t["c"].astype(str).map(slope).to_numpy(dtype=float) + t["z"].to_numpy(), frame
    )
    assert (found[0].first, found[0].second) == (0, 2)


def test_pairs_within_a_group_are_left_out():
    x, z = np.random.default_rng(4).standard_normal((2, 1000))
    X = np.column_stack([x, x + 0.3 * np.random.default_rng(6).standard_normal(1000), z])
    candidates, _ = pairs_of(lambda t: np.sin(2 * (t[:, 0] + t[:, 1])), X, groups=[[0, 1]])
    assert (0, 1) not in candidates
    candidates, _ = pairs_of(lambda t: np.sin(2 * (t[:, 0] + t[:, 1])), X)
    assert candidates[0] == (0, 1)


def test_only_candidates_are_measured():
    X = np.random.default_rng(5).standard_normal((500, 8))
    asked = []
    X[:, 0] *= 2

    def formula(table):
        asked.append(len(table))
        return table[:, 0] * table[:, 1] + table[:, 2] * table[:, 3]

    candidates, found = pairs_of(formula, X, n_candidates=2)
    assert set(candidates) == {(0, 1), (2, 3)}
    assert len(found) == 2
