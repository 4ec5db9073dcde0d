"""Designs: exact ones give the values by definition; walks are exact for pairs of columns, and right in the mean."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._designs import (
    MOST_COLUMNS_ON_REQUEST,
    ExactDesign,
    WalkDesign,
    check_exact,
)
from robust_mlp.explanation.contributions._shapley import shapley_values
from tests.explanation.contributions.toy_games import ToyGame, additive, curved, pairwise, slow_shapley_values, table


@pytest.mark.parametrize("n_columns", [2, 3, 5])
@pytest.mark.parametrize("largest_tile", [1, 7, 1000])
def test_all_coalitions_give_the_values_by_definition(n_columns, largest_tile):
    game = ToyGame(curved, table(3, max(n_columns, 3)), table(4, max(n_columns, 3), seed=1), largest_tile)
    values, base = shapley_values(game, ExactDesign(game.n_columns, 4))
    assert_allclose(values, slow_shapley_values(game), atol=1e-12)
    assert_allclose(base, curved(game.background).mean(axis=0))
    assert game.n_played == 3 * ExactDesign(game.n_columns, 4).n_coalitions


def test_one_column_gets_everything():
    game = ToyGame(lambda x: x**2, table(3, 1), table(4, 1))
    values, base = shapley_values(game, ExactDesign(1, 4))
    assert_allclose(values[:, 0], game.rows**2 - base)


@pytest.mark.parametrize("function", [pairwise, additive])
def test_a_pair_of_walks_is_exact_where_columns_interact_in_pairs(function):
    game = ToyGame(function, table(5), table(1, seed=1))
    design = WalkDesign(4, 1, 1, np.random.RandomState(0))
    assert_allclose(shapley_values(game, design)[0], slow_shapley_values(game), atol=1e-12)


@pytest.mark.parametrize("n_pairs", [6, 12])
def test_walks_from_each_background_row_are_exact_where_columns_interact_in_pairs(n_pairs):
    game = ToyGame(pairwise, table(5), table(6, seed=1))
    design = WalkDesign(4, 6, n_pairs, np.random.RandomState(0))
    assert_allclose(shapley_values(game, design)[0], slow_shapley_values(game), atol=1e-12)


def test_the_mean_over_designs_is_right_and_the_error_falls_with_walks():
    game = ToyGame(curved, table(2), table(5, seed=1), largest_tile=1000)
    exact = slow_shapley_values(game)
    errors = {}
    for n_pairs in (3, 48):
        found = np.array(
            [shapley_values(game, WalkDesign(4, 5, n_pairs, np.random.RandomState(seed)))[0] for seed in range(200)]
        )
        spread = found.std(axis=0)
        assert (np.abs(found.mean(axis=0) - exact) < 5 * spread / np.sqrt(200) + 1e-9).all()
        errors[n_pairs] = np.sqrt(np.mean((found - exact) ** 2))
    assert errors[48] < errors[3] / 3  # 16 times as many walks: a quarter


def test_weights_are_those_of_steps():
    design = WalkDesign(5, 7, 9, np.random.RandomState(3))
    blocks = list(design.blocks(16))
    masks = np.concatenate([block.masks for block in blocks])
    weights = np.concatenate([block.weights for block in blocks], axis=1)
    assert len(masks) == design.n_coalitions == 72
    assert_allclose(weights.sum(axis=0), 0, atol=1e-15)  # one column has joined, another joins next
    assert_allclose(design.row_weights.sum(), 1)
    assert_allclose(design.background_weights.sum(), -1)
    assert set(masks.sum(axis=1)) == {1, 2, 3, 4}
    assert np.bincount(design.rows).max() == 2 and len(design.pair_of_coalitions) == 72


def test_a_block_holds_whole_pairs_of_walks():
    design = WalkDesign(5, 3, 4, np.random.RandomState(0))
    assert [len(block.masks) for block in design.blocks(20)] == [16, 16]
    assert [len(block.masks) for block in design.blocks(3)] == [8] * 4


def test_too_many_columns_for_all_coalitions():
    check_exact(MOST_COLUMNS_ON_REQUEST)
    with pytest.raises(ValueError) as error:
        check_exact(20)
    assert str(error.value) == (
        "method='exact' computes 2^d coalitions, and X has d = 20 columns. Pass method='sampled', or at most 16 "
        "columns."
    )
