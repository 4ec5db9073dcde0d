"""Games played through designs: the axioms of Shapley values, tiles, and threads."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp.explanation.contributions._designs import ExactDesign, WalkDesign
from robust_mlp.explanation.contributions._shapley import linear_sums, shapley_values, spread_rest
from tests.explanation.contributions.toy_games import ToyGame, additive, curved, table

DESIGNS = [ExactDesign(4, 6), WalkDesign(4, 6, 3, np.random.RandomState(0))]


@pytest.mark.parametrize("design", DESIGNS)
def test_values_sum_to_the_score_less_the_base(design):
    game = ToyGame(curved, table(5), table(6, seed=1))
    values, base = shapley_values(game, design)
    assert_allclose(values.sum(axis=1), curved(game.rows) - base, atol=1e-12)


def test_a_column_without_effect_gets_nothing():
    game = ToyGame(lambda x: np.tanh(x[:, :1] * x[:, 1:2]), table(5), table(6, seed=1))
    values, _ = shapley_values(game, DESIGNS[0])
    assert_allclose(values[:, 2:], 0, atol=1e-14)


def test_equal_columns_get_the_same():
    def symmetric(x):
        return np.tanh(x[:, :1] + x[:, 1:2] + x[:, 2:3] * x[:, 3:])

    rows, background = table(5), table(6, seed=1)
    rows[:, 1], background[:, 1] = rows[:, 0], background[:, 0]
    values, _ = shapley_values(ToyGame(symmetric, rows, background), DESIGNS[0])
    assert_allclose(values[:, 0], values[:, 1], atol=1e-14)


def test_without_interactions_a_column_gets_its_own_difference():
    game = ToyGame(additive, table(5), table(6, seed=1))
    values, _ = shapley_values(game, DESIGNS[0])
    assert_allclose(values[:, 1, 0], game.rows[:, 1] ** 3 - (game.background[:, 1] ** 3).mean(), atol=1e-12)


@pytest.mark.parametrize("design", DESIGNS)
def test_tiles_and_threads_change_nothing(design):
    rows, background = table(23), table(6, seed=1)
    expected, _ = shapley_values(ToyGame(curved, rows, background, largest_tile=10_000), design)
    for largest_tile in (1, 9, 100):
        game = ToyGame(curved, rows, background, largest_tile)
        game.n_threads = 3
        assert_allclose(shapley_values(game, design)[0], expected, atol=1e-12)
    alone, _ = shapley_values(ToyGame(curved, rows[7:8], background), design)
    assert_allclose(alone[0], expected[7], atol=1e-12)


def test_weights_may_differ_between_scores():
    game = ToyGame(curved, table(3), table(6, seed=1))
    block = next(ExactDesign(4, 6).blocks(10_000))
    plain = linear_sums(game, [block])
    weights = np.stack([block.weights, 3 * block.weights])
    each = linear_sums(game, [type(block)(block.masks, block.background, weights)])
    assert_allclose(each, plain * [1, 3])


def test_the_rest_is_spread_evenly():
    values = np.zeros((2, 4, 1))
    spread_rest(values, np.array([[4.0], [-8.0]]))
    assert_array_equal(values[:, :, 0], [[1.0] * 4, [-2.0] * 4])
