"""Integrated gradients: their sum, their agreement with slow differences, and additive members."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._prediction.network import decide_together
from robust_mlp.explanation.contributions._class_scores import class_scores
from robust_mlp.explanation.contributions._integrated_gradients import integrated_gradients
from robust_mlp.explanation.contributions._members import input_column_of_outputs
from robust_mlp.explanation.contributions._network_game import NetworkGame
from tests.explanation.contributions.mixed_fits import classifier_with_levels, mixed_classifier


def game_of(clf, X, n_background=4):
    return NetworkGame(clf._fitted, clf._read(X[:3]), clf._read(X[40 : 40 + n_background]), is_float64=True)


@pytest.mark.parametrize(
    "make",
    [
        mixed_classifier,
        lambda: mixed_classifier(n_classes=2, activation="relu"),
        lambda: mixed_classifier(hidden_layer_sizes=(), n_members=1),
        classifier_with_levels,
    ],
)
def test_values_sum_to_the_scores_less_the_base(make):
    game = game_of(*make())
    values, base = integrated_gradients(game)
    assert_allclose(base, game.scores_of_background().mean(axis=0))
    assert_allclose(values.sum(axis=1), game.scores_of_rows() - base, atol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_values_are_those_of_slow_differences_along_the_lines(n_classes):
    clf, X = mixed_classifier(n_classes=n_classes, activation="tanh", hidden_layer_sizes=(6, 5))
    game = game_of(clf, X, n_background=2)
    networks = clf._fitted._networks_in_float64
    column_of = input_column_of_outputs(clf._fitted.encoding)

    def scores(encoded):
        logits = decide_together(networks, encoded)
        return class_scores(np.exp(logits - logits.max(axis=1, keepdims=True)))[:, : n_classes if n_classes > 2 else 1]

    row = game.encode(slice(0, 1))[0].astype(np.float64)
    n_steps = 400
    expected = 0.0
    for other in game.encode_background().astype(np.float64):
        for j in range(X.shape[1]):
            step = np.where(column_of == j, row - other, 0.0)
            times = (np.arange(n_steps) + 0.5) / n_steps
            points = other + times[:, None] * (row - other)
            slopes = (scores(points + 1e-5 * step) - scores(points - 1e-5 * step)) / 2e-5
            place = np.zeros((X.shape[1], 1))
            place[j] = 1
            expected = expected + place * slopes.mean(axis=0)
    values, _ = integrated_gradients(game)
    assert_allclose(values[0, :, : n_classes if n_classes > 2 else 1], expected / 2, atol=2e-4)


def test_rows_have_the_same_values_alone_and_together():
    clf, X = mixed_classifier()
    together, _ = integrated_gradients(game_of(clf, X))
    alone = NetworkGame(clf._fitted, clf._read(X[2:3]), clf._read(X[40:44]), is_float64=True)
    assert_allclose(integrated_gradients(alone)[0][0], together[2], atol=1e-9)
