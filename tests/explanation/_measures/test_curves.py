"""Exact curves: the sum over the columns is what the additive members answer."""

import numpy as np

from robust_mlp import RobustMLPClassifier
from robust_mlp.explanation._measures.columns import grid_of
from robust_mlp.explanation._measures.curves import additive_curve, additive_networks
from robust_mlp.explanation._measures.effects import donor_rows, mean_effect
from tests.explanation.known_answers import numbers_network, views, whole_predictor


def test_curves_of_all_columns_add_up_to_the_logits_of_the_additive_members():
    clf, X, _ = numbers_network()
    (network,) = additive_networks(clf._fitted)
    assert network.n_members == clf.n_additive_members_ == 1
    found, predictor = views(X), whole_predictor(clf, X)
    grids = [grid_of(view, np.arange(len(X)), len(X)) for view in found]  # every value of the table
    donors = predictor.donors(donor_rows(predictor, found, grids))
    shares = np.full(len(X), 1 / len(X))
    curves = [additive_curve([network], predictor.outputs[j], donors, grids[j], shares) for j in range(4)]
    total = sum(np.interp(X[:, j], grids[j].axis, curves[j][:, 1]) for j in range(4))
    logits = network.logits(clf._fitted.encoding.transform(X))
    log_odds = logits[:, 1] - logits[:, 0]
    np.testing.assert_allclose(total - total.mean(), log_odds - log_odds.mean(), atol=1e-4)
    for grid, curve in zip(grids, curves, strict=True):
        np.testing.assert_allclose(mean_effect(grid, curve, shares), 0, atol=1e-9)


def test_members_without_hidden_units_are_additive_too():
    _, X, y = numbers_network()
    clf = RobustMLPClassifier(hidden_layer_sizes=(), n_members=2, max_iter=3, collapse_guard="off", random_state=0).fit(
        X, y
    )
    (network,) = additive_networks(clf._fitted)
    assert network.n_members == 2


def test_a_network_with_hidden_units_alone_has_none():
    _, X, y = numbers_network()
    clf = RobustMLPClassifier(hidden_layer_sizes=(4,), n_members=2, max_iter=3, random_state=0).fit(X, y)
    assert additive_networks(clf._fitted) == []
