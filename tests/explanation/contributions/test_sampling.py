"""How many walks are taken, and from where."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._designs import ExactDesign
from robust_mlp.explanation.contributions._sampling import (
    MOST_BACKGROUND,
    PAIRS_WITH_LEARNED_WEIGHTS,
    choose_background,
    sampled_values,
)
from robust_mlp.explanation.contributions._shapley import shapley_values
from tests.explanation.contributions.toy_games import ToyGame, curved, pairwise, table


def game(n_rows, n_background=20, function=curved, n_columns=4):
    return ToyGame(function, table(n_rows, n_columns), table(n_background, n_columns, seed=1), largest_tile=10_000)


@pytest.mark.parametrize(
    "n_rows, n_coalitions, expected",
    [
        (1, "auto", 20 * 6),  # an order from each background row
        (25, "auto", 20 * 6),
        (500, "auto", PAIRS_WITH_LEARNED_WEIGHTS * 6),
        (5, 30, 5 * 6),
        (500, 30, 5 * 6),
        (5, 1, 6),  # a pair of walks is the least
    ],
)
def test_the_number_of_coalitions(n_rows, n_coalitions, expected):
    played = game(n_rows)
    values, base, n_used = sampled_values(played, n_coalitions, np.random.RandomState(0))
    assert n_used == expected
    assert played.n_played == n_rows * expected
    assert_allclose(values.sum(axis=1), curved(played.rows) - base, atol=1e-12)


@pytest.mark.parametrize("n_rows, tolerance", [(5, 0.05), (30, 0.05), (300, 0.15)])
def test_values_are_near_the_exact_ones(n_rows, tolerance):
    played = game(n_rows)
    exact, base = shapley_values(played, ExactDesign(4, 20))
    values, found, _ = sampled_values(played, "auto", np.random.RandomState(0))
    error = np.sqrt(np.mean((values - exact) ** 2) / np.mean(exact**2))
    assert error < tolerance
    assert_allclose(found, base)


def test_few_rows_are_exact_where_columns_interact_in_pairs():
    played = game(3, function=pairwise)
    exact, _ = shapley_values(played, ExactDesign(4, 20))
    assert_allclose(sampled_values(played, "auto", np.random.RandomState(0))[0], exact, atol=1e-12)


@pytest.mark.parametrize("n_columns", [1, 2])
def test_one_or_two_columns_are_exact(n_columns):
    played = game(5, function=lambda x: np.tanh(x.prod(axis=1, keepdims=True)), n_columns=n_columns)
    exact, _ = shapley_values(played, ExactDesign(n_columns, 20))
    assert_allclose(sampled_values(played, "auto", np.random.RandomState(0))[0], exact, atol=1e-12)


def test_the_same_seed_gives_the_same_values():
    first, second, other = (sampled_values(game(60), 12, np.random.RandomState(seed))[0] for seed in (0, 0, 1))
    assert (first == second).all() and (first != other).any()


def test_a_large_background_is_reduced():
    rng = np.random.RandomState(0)
    assert (choose_background(MOST_BACKGROUND, rng) == np.arange(MOST_BACKGROUND)).all()
    chosen = choose_background(1000, rng)
    assert len(np.unique(chosen)) == MOST_BACKGROUND and chosen.max() < 1000 and (np.diff(chosen) > 0).all()
