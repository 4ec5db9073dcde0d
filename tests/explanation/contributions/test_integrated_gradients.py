"""Integrated gradients: their sum, their agreement with slow differences, and additive members."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._prediction.network import decide_together
from robust_mlp.explanation.contributions._class_scores import class_scores
from robust_mlp.explanation.contributions._integrated_gradients import integrated_gradients
from robust_mlp.explanation.contributions._members import input_column_of_outputs
from robust_mlp.explanation.contributions._network_game import NetworkGame
from tests.explanation.contributions.mixed_fits import classifier_with_levels, mixed_classifier
from tests.explanation.effect_fits import OF_DIFFERENT_COLUMNS, classifier_with_effects, features_between, some_effects


def game_of(clf, X, n_background=4):
    return NetworkGame(clf._fitted, clf._read(X[:3]), clf._read(X[40 : 40 + n_background]), is_float64=True)


@pytest.mark.parametrize(
    "make",
    [
        mixed_classifier,
        lambda: mixed_classifier(n_classes=2, activation="relu"),
        lambda: mixed_classifier(hidden_layer_sizes=(), n_members=1),
        classifier_with_levels,
        classifier_with_effects,
        lambda: classifier_with_effects(n_classes=3, has_linear_path=True),
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


def test_values_of_effects_are_those_of_slow_differences_along_the_lines():
    clf, X = classifier_with_effects()
    clf = copy(clf)
    (companion,) = clf._fitted.companions
    companion = replace(companion, units=some_effects(companion.units, OF_DIFFERENT_COLUMNS))
    clf._fitted = replace(clf._fitted, companions=(companion,))
    game = game_of(clf, X, n_background=2)
    *dense, effects = game.members
    column_of = input_column_of_outputs(clf._fitted.encoding)
    (row,), others = game.encode(slice(0, 1)), game.encode_background()

    def scores(shares):
        """The mean score of the lines where each column has moved by its share."""
        total = np.zeros((2, 2))
        for member in dense:
            sums = [
                (shares @ of_row[0] + np.einsum("j,bjw->bw", 1 - shares, of_others)) + constant
                for of_row, of_others, constant in zip(
                    member.parts(row[np.newaxis]), member.parts(others), member.constants, strict=True
                )
            ]
            member.add_probabilities(tuple(sums), total)
        features = features_between(companion.units, row, others, column_of, shares)
        total += effects.vote * effects.forward((features,))[0]
        return class_scores(total)[:, 0].mean()

    n_steps, expected = 200, np.zeros(X.shape[1])
    for j, is_moved in enumerate(np.eye(X.shape[1])):
        times = (np.arange(n_steps) + 0.5) / n_steps
        expected[j] = np.mean([(scores(t + 1e-5 * is_moved) - scores(t - 1e-5 * is_moved)) / 2e-5 for t in times])
    values, _ = integrated_gradients(game)
    assert np.abs(expected[:4]).min() > 1e-3  # every column that effects read has a value
    assert_allclose(values[0, :, 0], expected, atol=2e-4)


def test_rows_have_the_same_values_alone_and_together():
    clf, X = mixed_classifier()
    together, _ = integrated_gradients(game_of(clf, X))
    alone = NetworkGame(clf._fitted, clf._read(X[2:3]), clf._read(X[40:44]), is_float64=True)
    assert_allclose(integrated_gradients(alone)[0][0], together[2], atol=1e-9)
