"""The tournament: each two rows meet once, values are those of walks, and starts that stand for all are chosen."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._designs import ExactDesign
from robust_mlp.explanation.contributions._shapley import shapley_values
from robust_mlp.explanation.contributions._tournament import choose_starts, pairings, play_tournament
from tests.explanation.contributions.toy_games import ToyGame, curved, table


def pairs_only(x):
    """Columns interact in pairs at most, so that a walk there and back is exact."""
    return np.column_stack([np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + x[:, 0] * x[:, 3], x[:, 1] ** 2 - x[:, 3]])


@pytest.mark.parametrize("n", [2, 3, 4, 7, 10])
def test_each_two_meet_once_and_nobody_plays_twice_in_a_round(n):
    met = []
    for first, second in pairings(n):
        players = [*first.tolist(), *second.tolist()]
        assert len(players) == len(set(players))
        met += [frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    assert len(met) == n * (n - 1) // 2 == len(set(met))
    assert set().union(*met) == set(range(n))


@pytest.mark.parametrize("n_rows", [6, 9])
def test_values_are_exact_where_columns_interact_in_pairs(n_rows):
    rows = table(n_rows, 4, 0)
    game = ToyGame(pairs_only, rows, rows)
    exact, _ = shapley_values(game, ExactDesign(4, n_rows))
    found = play_tournament(game, np.random.RandomState(0))
    assert_allclose(found.known, exact, atol=1e-12)
    one_by_one = [shapley_values(ToyGame(pairs_only, rows, rows[[k]]), ExactDesign(4, 1))[0] for k in range(n_rows)]
    assert_allclose(found.mixtures, np.stack(one_by_one, axis=1), atol=1e-5)


def test_it_takes_half_of_the_predictions():
    game = ToyGame(pairs_only, table(10, 4, 0), table(10, 4, 1))
    play_tournament(game, np.random.RandomState(0))
    assert game.n_played == 45 * 2 * 3


def test_the_sum_over_all_rows_is_zero_and_threads_change_nothing(monkeypatch):
    game = ToyGame(curved, table(12, 4, 0), table(12, 4, 1))
    found = play_tournament(game, np.random.RandomState(3))
    assert_allclose(found.known.sum(axis=0), 0, atol=1e-12)
    game.n_threads = 4
    again = play_tournament(game, np.random.RandomState(3))
    np.testing.assert_array_equal(found.known, again.known)
    np.testing.assert_array_equal(found.mixtures, again.mixtures)


def test_of_many_scores_a_few_mixtures_are_kept():
    def five(x):
        return np.column_stack([np.sin(k * x[:, 0]) + x[:, 1] for k in range(5)])

    found = play_tournament(ToyGame(five, table(6, 3, 0), table(6, 3, 0)), np.random.RandomState(0))
    assert found.known.shape == (6, 3, 5)
    assert found.mixtures.shape == (6, 6, 3, 2)


def test_chosen_starts_stand_for_all_better_than_any_others_drawn():
    rng = np.random.default_rng(0)
    mixtures = rng.normal(size=(20, 20, 3, 1)).astype(np.float32)
    starts = choose_starts(mixtures, 4)
    assert len(set(starts.tolist())) == 4 and (np.diff(starts) > 0).all()

    def gap(chosen):
        gaps = mixtures[:, chosen].mean(axis=1) - mixtures.mean(axis=1)
        return np.square(gaps - gaps.mean(axis=0)).sum()

    others = [gap(rng.choice(20, 4, replace=False)) for _ in range(300)]
    assert gap(starts) < np.quantile(others, 0.02)


def test_a_constant_gap_is_no_gap():
    # Row 2 is 5 off from all others alike; the others are off at random.
    mixtures = np.random.default_rng(1).normal(size=(6, 6, 2, 1)).astype(np.float32)
    mixtures[:, 2] = mixtures.mean(axis=1) + 5
    assert choose_starts(mixtures - mixtures.mean(axis=1, keepdims=True), 1).tolist() == [2]
