"""Walks of single members: near the exact values, the same for any number of threads, and only where they pay."""

import functools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp import contributions
from robust_mlp.explanation.contributions import _member_walks
from robust_mlp.explanation.contributions._class_scores import class_scores
from robust_mlp.explanation.contributions._designs import ExactDesign, WalkDesign
from robust_mlp.explanation.contributions._member_walks import (
    FEWEST_WALKS,
    MOST_UNEXPLAINED,
    MemberWalk,
    member_values,
    n_walks_of,
    play_by_turns,
)
from robust_mlp.explanation.contributions._network_game import NetworkGame
from robust_mlp.explanation.contributions._sampling import PAIRS_WITH_LEARNED_WEIGHTS
from robust_mlp.explanation.contributions._shapley import shapley_values
from tests.explanation.contributions.mixed_fits import mixed_classifier, mixed_table
from tests.tiny_fits import tiny

N_BACKGROUND = 50


@functools.cache  # nobody changes what it returns
def classifier_of(n_classes=2):
    """A small fitted classifier whose members are alike, and its table: (clf, X)."""
    X, y = mixed_table(n_classes=n_classes)
    clf = tiny(n_members=8, hidden_layer_sizes=8, max_iter=25, numerical_embedding=None, early_stopping=True)
    return clf.fit(X, y), X


def game_of(n_rows=60, n_background=N_BACKGROUND, n_classes=2):
    """Its game."""
    clf, X = classifier_of(n_classes)
    rows = clf._read(X)
    return NetworkGame(clf._fitted, rows[-n_rows:], rows[:n_background])


def error_of(values, exact):
    return np.sqrt(np.mean((values - exact) ** 2) / np.mean(exact**2))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_values_are_near_the_exact_ones_and_sum_to_the_score_less_the_base(n_classes):
    game = game_of(n_classes=n_classes)
    exact, exact_base = shapley_values(game, ExactDesign(game.n_columns, game.n_background))
    values, base, n_used = member_values(game, np.random.RandomState(0))
    assert error_of(values, exact) < 0.15
    assert_allclose(values.sum(axis=1), game.scores_of_rows() - base, atol=1e-9)
    assert_allclose(base, exact_base)
    n_members = len(game.members)
    assert n_used == -(-n_walks_of(n_members) * 2 * (game.n_columns - 1) // n_members)


def test_learned_walks_are_nearer_than_their_plain_mean():
    game = game_of(n_classes=2)
    exact, _ = shapley_values(game, ExactDesign(game.n_columns, game.n_background))
    rng = np.random.RandomState(1)
    n_walks = n_walks_of(len(game.members))
    designs = [WalkDesign(game.n_columns, game.n_background, 1, rng) for _ in range(n_walks)]
    walks = [MemberWalk.of(game.of_members([i % len(game.members)]), one) for i, one in enumerate(designs)]
    plain = np.mean([walk.values(game.encode(slice(None))) for walk in walks], axis=0)
    assert error_of(member_values(game, np.random.RandomState(1))[0], exact) < error_of(plain, exact) / 2


def test_a_walk_of_a_member_is_that_of_the_network_where_it_has_no_other():
    clf, X = mixed_classifier(n_classes=2)
    rows = clf._read(X)
    game = NetworkGame(clf._fitted, rows[-20:], rows[:N_BACKGROUND], is_float64=True).of_members([1])
    design = WalkDesign(game.n_columns, N_BACKGROUND, 1, np.random.RandomState(0))
    walk = MemberWalk.of(game, design)
    (block,) = design.blocks(1)
    found = walk.values(game.encode(slice(None)))
    whole = np.ones((1, game.n_columns), bool)
    ends = [game.scores(slice(None), game.prepare(mask, design.rows[:1]))[:, 0] for mask in (whole, ~whole)]
    expected = block.weights @ game.scores(slice(None), game.prepare(block.masks, block.background))
    expected += ends[0][:, np.newaxis] * design.row_weights[:, np.newaxis]
    expected += ends[1][:, np.newaxis] * design.background_weights.sum(axis=1)[:, np.newaxis]
    assert_allclose(found, expected, atol=1e-12)
    assert_allclose(found.sum(axis=1), ends[0] - ends[1], atol=1e-12)


def test_what_members_add_is_what_all_of_them_say():
    game = game_of(n_classes=3)
    rng = np.random.default_rng(0)
    rounds = [(rng.uniform(size=(5, game.n_columns)) < 0.5, np.array([0, 3]), np.array([7, 1]))]
    n_members = len(game.members)
    some, others = (game.probabilities_of_pairs(rounds, [part])[0] for part in ([0, 2], [1, *range(3, n_members)]))
    assert_allclose(class_scores(some + others), game.scores_of_pairs(rounds)[0])
    whole = game.probabilities_of_background().sum(axis=0)
    assert_allclose(class_scores(whole), game.scores_of_background(), atol=1e-4)


@pytest.mark.parametrize("n_background", [40, 41])
def test_the_tournament_by_turns_is_near_the_exact_values_of_the_background(n_background):
    game = game_of(n_background=n_background, n_classes=2).of_background()
    exact, _ = shapley_values(game, ExactDesign(game.n_columns, n_background))
    known = play_by_turns(game, np.random.RandomState(0))[0].known
    assert error_of(known, exact) < 0.15
    if n_background % 2 == 0:  # all have as many rounds
        assert_allclose(known.sum(axis=0), 0, atol=1e-9)


def test_known_values_come_from_all_members_where_a_few_say_nothing(monkeypatch):
    game = game_of(n_background=40, n_classes=2).of_background()
    exact, _ = shapley_values(game, ExactDesign(game.n_columns, 40))
    errors = []
    for players in (1, 4, len(game.members)):
        monkeypatch.setattr(_member_walks, "PLAYERS", players)
        found = [play_by_turns(game, np.random.RandomState(seed))[0].known for seed in range(3)]
        errors.append(np.mean([error_of(known, exact) for known in found]))
    assert errors[0] > errors[1] > errors[2]


def test_threads_change_no_bit(monkeypatch):
    game = game_of(n_classes=2)
    found = []
    for n_threads in (1, 4):
        monkeypatch.setattr(NetworkGame, "n_threads", n_threads)
        found.append(play_by_turns(game.of_background(), np.random.RandomState(2))[0].known)
    assert_array_equal(*found)


def test_each_member_has_as_many_walks():
    for n_members in range(1, 40):
        n_walks = n_walks_of(n_members)
        assert n_walks >= FEWEST_WALKS and n_walks % n_members == 0 and n_walks - n_members < FEWEST_WALKS


def used(clf, X, n_rows, n_background):
    """How many predictions of mixed rows 'auto' takes for each row."""
    settings = {"method": "sampled", "random_state": 0}
    return contributions(clf, X[:n_rows], X[-n_background:], **settings).n_coalitions


def test_they_are_taken_for_many_rows_of_a_network_whose_members_are_alike():
    clf, X = classifier_of()
    n_steps, n_members = 2 * (X.shape[1] - 1), 8
    of_members = n_walks_of(n_members) * n_steps // n_members
    assert used(clf, X, 110, 50) == of_members
    assert used(clf, X, 10, 50) == used(clf, X, 60, 50) == 50 * n_steps  # few rows
    assert used(clf, X, 100, 30) == PAIRS_WITH_LEARNED_WEIGHTS * n_steps  # more walks than background rows


def test_members_that_answer_differently_walk_together():
    clf, X = mixed_classifier(n_classes=2)  # some of its members have random weights
    game = NetworkGame(clf._fitted, clf._read(X), clf._read(X)[:50])
    assert play_by_turns(game.of_background(), np.random.RandomState(0))[1] > MOST_UNEXPLAINED
    assert member_values(game, np.random.RandomState(0)) == (None, None, None)
    assert used(clf, X, 110, 50) == PAIRS_WITH_LEARNED_WEIGHTS * 2 * (X.shape[1] - 1)
    alike = game_of().of_background()
    assert play_by_turns(alike, np.random.RandomState(0))[1] < MOST_UNEXPLAINED
