"""Learned weights of walks: nearer to the exact values than their plain mean, on rows that were not learned from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._designs import ExactDesign, WalkDesign
from robust_mlp.explanation.contributions._learned_design import LearnedDesign, learn_design
from robust_mlp.explanation.contributions._shapley import shapley_values
from tests.explanation.contributions.toy_games import ToyGame, curved, table


def game(function=curved, n_columns=4, seed=0):
    return ToyGame(function, table(30, n_columns, seed), table(25, n_columns, seed + 1), largest_tile=1000)


def wavy(x):
    """A score with interactions, beside one that is another's mirror image."""
    score = np.sin(x[:, 0] + x[:, 1]) + x[:, 2] * x[:, 3] * (1 + 0.3 * x[:, 4]) + np.tanh(x[:, 5])
    return np.column_stack([score, -score])


@pytest.mark.parametrize("function", [curved, wavy])
def test_learned_weights_halve_the_error_of_the_plain_mean(function):
    errors = []
    for seed in range(4):
        played = game(function, 6, seed=10 * seed)
        exact, _ = shapley_values(played, ExactDesign(6, 25))
        design = learn_design(played, 4, np.random.RandomState(seed))
        assert design.n_coalitions == 4 * 2 * 5
        found = (shapley_values(played, one)[0] for one in (design, design.walks))
        errors.append([np.mean((values - exact) ** 2) for values in found])
        assert errors[-1][0] < errors[-1][1]
    error, error_of_plain = np.sqrt(np.mean(errors, axis=0))
    assert error < error_of_plain / 2


def test_learned_values_sum_to_the_score_less_the_base():
    played = game()
    values, base = shapley_values(played, learn_design(played, 3, np.random.RandomState(0)))
    assert_allclose(values.sum(axis=1), curved(played.rows) - base, atol=1e-12)


def test_factors_of_one_are_the_plain_mean():
    walks = WalkDesign(4, 25, 5, np.random.RandomState(0))
    design = LearnedDesign(walks, np.ones((2, 4, 5)), np.zeros((2, 4, 4)), np.zeros((4, 2)), np.zeros((4, 4, 2)))
    played = game()
    assert_allclose(shapley_values(played, design)[0], shapley_values(played, walks)[0], atol=1e-12)


def test_slopes_are_what_features_of_rows_add():
    walks = WalkDesign(4, 25, 5, np.random.RandomState(0))
    slopes = np.random.default_rng(0).normal(size=(4, 4, 2))
    design = LearnedDesign(walks, np.ones((2, 4, 5)), np.zeros((2, 4, 4)), np.zeros((4, 2)), slopes)
    played = game()
    ((part, found),) = design.corrections(played)
    assert_allclose(found, np.einsum("rf,fdo->rdo", played.rows, slopes)[part])
    assert walks.corrections(played) == ()


def test_blocks_are_small_where_weights_are_many(monkeypatch):
    monkeypatch.setattr("robust_mlp.explanation.contributions._learned_design.MOST_WEIGHTS", 2 * 4 * 12)
    walks = WalkDesign(4, 25, 5, np.random.RandomState(0))
    design = LearnedDesign(walks, np.ones((2, 4, 5)), np.zeros((2, 4, 4)), np.ones((4, 2)), np.zeros((4, 4, 2)))
    assert [block.weights.shape for block in design.blocks(1000)] == [(2, 4, 12)] * 2 + [(2, 4, 6)]
