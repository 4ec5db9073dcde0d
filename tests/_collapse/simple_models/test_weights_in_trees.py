"""Weights that differ count in boosted trees, weights that do not cost nothing."""

import numpy as np
from numpy.testing import assert_array_equal
from sklearn.ensemble import HistGradientBoostingClassifier

from robust_mlp._collapse.simple_models.weights_in_trees import MOST_ROWS, cut, given


def test_equal_weights_are_left_out():
    assert given(np.full(5, 2.0)) is None
    weights = np.array([1.0, 1.0, 2.0])
    assert given(weights) is weights


def test_pieces_hold_equally_many_rows_and_keep_the_order():
    X = np.random.default_rng(0).lognormal(size=(5000, 2))
    pieces = cut(X, np.array([False, False]), 50)(X)
    for column, own in zip(X.T, pieces.T, strict=True):
        assert_array_equal(np.sort(own[np.argsort(column)]), own[np.argsort(column)])
        counts = np.bincount(own.astype(int))
        assert (counts.min(), counts.max()) == (100, 100)


def test_categories_and_missing_cells_stay_as_they_are():
    cells = np.column_stack([np.arange(100.0), np.repeat([7.0, np.nan], 50), np.full(100, np.nan)])
    pieces = cut(cells, np.array([True, False, False]), 10)(cells)
    assert_array_equal(pieces[:, 0], cells[:, 0])
    assert_array_equal(np.isnan(pieces), np.isnan(cells))


def test_new_cells_beyond_all_others_are_in_the_outer_pieces():
    cells = np.linspace(0, 1, 200)[:, np.newaxis]
    pieces = cut(cells, np.array([False]), 20)
    assert pieces(np.array([[-9.0], [9.0]])).ravel().tolist() == [0, 19]


def test_the_borders_of_many_rows_come_from_some_of_them():
    cells = np.random.default_rng(0).uniform(size=(5 * MOST_ROWS, 1))
    shares = np.bincount(cut(cells, np.array([False]), 10)(cells)[:, 0].astype(int)) / len(cells)
    assert np.abs(shares - 0.1).max() < 0.02


def test_trees_of_pieces_predict_like_trees_of_numbers():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(6000, 3))
    y = (np.sin(3 * X[:, 0]) + X[:, 1] + rng.normal(0, 0.3, 6000) > 0).astype(int)
    pieces = cut(X[:4000], np.zeros(3, dtype=bool), 255)
    settings = {"max_iter": 40, "early_stopping": False, "random_state": 0}
    plain = HistGradientBoostingClassifier(**settings).fit(X[:4000], y[:4000]).score(X[4000:], y[4000:])
    of_pieces = HistGradientBoostingClassifier(**settings).fit(pieces(X[:4000]), y[:4000])
    assert abs(of_pieces.score(pieces(X[4000:]), y[4000:]) - plain) < 0.01
