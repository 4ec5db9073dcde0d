"""Effects: curves of known formulas, scikit-learn's partial dependence, and correlated columns kept apart."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import partial_dependence

from robust_mlp.explanation._measures.columns import grid_of
from robust_mlp.explanation._measures.effects import mean_effect, measure_effects
from robust_mlp.explanation._swaps.table import TablePredictor
from tests.explanation.known_answers import Formula, numbers_network, views, whole_predictor


def effects_of(clf, X, rows=None, weights=None):
    """(views, Effect of each column) of a classifier whose formula alone is known."""
    found = views(X)
    n_rows = len(found[0].axis)
    rows = np.arange(n_rows) if rows is None else rows
    predictor = TablePredictor(X, [(np.arange(n_rows), clf.predict_proba)], np.zeros(len(found), dtype=int))
    grids = [grid_of(view, rows) for view in found]
    return found, measure_effects(predictor, rows, found, grids, np.ones(n_rows) if weights is None else weights)


def test_the_curve_of_an_additive_formula_is_the_formula():
    X = np.random.default_rng(0).uniform(-2, 2, (500, 3))
    clf = Formula(lambda table: np.sin(2 * table[:, 0]) + table[:, 1] ** 2)
    _, effects = effects_of(clf, X)
    for effect, truth in zip(effects, (np.sin(2 * X[:, 0]), X[:, 1] ** 2, 0 * X[:, 2]), strict=True):
        axis = effect.grid.axis
        at_grid = truth[effect.grid.rows]
        curve = effect.accumulated[:, 1]
        np.testing.assert_allclose(curve - curve.mean(), at_grid - at_grid.mean(), atol=1e-9)
        assert len(axis) == 21
        assert mean_effect(effect.grid, effect.accumulated, effect.shares) == pytest.approx([0, 0], abs=1e-12)


def test_partial_dependence_is_that_of_scikit_learn():
    clf, X, _ = numbers_network()
    found = views(X)
    grids = [grid_of(view, np.arange(len(X))) for view in found]
    effects = measure_effects(whole_predictor(clf, X), np.arange(len(X)), found, grids, np.ones(len(X)))
    for j in (0, 2):
        theirs = partial_dependence(
            clf, X, [j], custom_values={j: grids[j].axis}, response_method="predict_proba", method="brute"
        )
        np.testing.assert_allclose(effects[j].dependence[:, 1], theirs["average"][0], atol=1e-5)


def test_a_column_that_only_goes_with_another_has_no_accumulated_effect():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(800)
    X = np.column_stack([x, x + 0.1 * rng.standard_normal(800)])
    clf = Formula(lambda table: 2 * table[:, 0])
    _, effects = effects_of(clf, X)
    assert np.abs(effects[1].accumulated).max() < 1e-9
    assert np.ptp(effects[0].accumulated[:, 1]) > 5


def test_levels_have_the_log_odds_of_the_formula():
    rng = np.random.default_rng(2)
    worth = {"a": 0.0, "b": 2.0, "c": -1.0, "d": 0.5}
    frame = pd.DataFrame({"x": rng.standard_normal(400), "c": pd.Categorical(rng.choice(list(worth), 400))})
    clf = Formula(lambda table: table["x"].to_numpy() + table["c"].astype(str).map(worth).to_numpy(dtype=float))
    found, effects = effects_of(clf, frame)
    names = [found[1].shown(value) for value in effects[1].grid.axis]
    truth = np.array([worth[name] for name in names])
    truth -= effects[1].shares @ truth
    np.testing.assert_allclose(effects[1].accumulated[:, 1], truth, atol=1e-9)
    shares = frame["c"].value_counts(normalize=True)
    np.testing.assert_allclose(effects[1].shares, [shares[name] for name in names])


def test_shares_are_weighted_and_sum_to_one():
    X = np.array([[1.0], [2.0], [3.0], [np.nan]] * 5)
    weights = np.tile([1.0, 2.0, 5.0, 9.0], 5)
    _, effects = effects_of(Formula(lambda table: np.nan_to_num(table[:, 0])), X, weights=weights)
    np.testing.assert_allclose(effects[0].shares, [0, 3 / 8, 5 / 8])


def test_a_constant_column_has_one_value_and_no_steps():
    X = np.column_stack([np.ones(30), np.arange(30.0)])
    _, effects = effects_of(Formula(lambda table: table[:, 1] / 10), X)
    assert effects[0].accumulated.tolist() == [[0.0, 0.0]]
    assert len(effects[0].local.places) == 0
