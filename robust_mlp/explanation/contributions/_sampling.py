"""Shapley values from a sample of coalitions: how many walks, and whether their weights are learned."""

import numpy as np

from robust_mlp.explanation.contributions._designs import ExactDesign, WalkDesign
from robust_mlp.explanation.contributions._learned_design import learn_design
from robust_mlp.explanation.contributions._member_walks import FEWEST_MEMBERS, member_values, n_walks_of
from robust_mlp.explanation.contributions._shapley import shapley_values

# Pairs of walks for each row where weights are learned.
PAIRS_WITH_LEARNED_WEIGHTS = 7
# Background rows that are walked from. More are reduced to this number: learning weights takes its square in walks.
MOST_BACKGROUND = 200
# With two columns all coalitions are fewer than those of a pair of walks.
MOST_COLUMNS_NOT_SAMPLED = 2


def choose_background(n_background, rng):
    """Which background rows are used: ndarray of row numbers, ascending."""
    if n_background <= MOST_BACKGROUND:
        return np.arange(n_background)
    return np.sort(rng.choice(n_background, MOST_BACKGROUND, replace=False))


def sampled_values(game, n_coalitions, rng):
    """Shapley values from walks.

    Each background row has a pair of walks, or few of them have one and the weights of the walks are learned on the
    background rows: whatever needs fewer predictions in all. Where they are learned, each member of a network walks by
    itself, if members are many and alike.

    Parameters
    ----------
    game : NetworkGame or TableGame
    n_coalitions : 'auto' or int
        Predictions of mixed rows for each row to be explained.
    rng : RandomState

    Returns
    -------
    values : ndarray of shape (n_rows, n_columns, n_scores), dtype float64
    base : ndarray of shape (n_scores,), dtype float64
    n_used : int
        Predictions of mixed rows for each row.
    """
    n_rows, n_background = game.n_rows, game.n_background
    if game.n_columns <= MOST_COLUMNS_NOT_SAMPLED:
        exact = ExactDesign(game.n_columns, n_background)
        return *shapley_values(game, exact), exact.n_coalitions
    if n_coalitions == "auto":
        few = min(PAIRS_WITH_LEARNED_WEIGHTS, n_background)
        is_cheaper = n_rows * few + n_background * (n_background + few) < n_rows * n_background
        if is_cheaper and _may_walk_by_members(game):
            values, base, n_used = member_values(game, rng)
            if values is not None:
                return values, base, n_used
        n_pairs = few if is_cheaper else n_background
    else:
        n_pairs = max(1, round(n_coalitions / (2 * (game.n_columns - 1))))
    # To play the background rows too pays where they are not more than the rows.
    plays_background = n_rows >= n_background
    if plays_background and n_pairs < n_background:
        learned = learn_design(game, n_pairs, rng)
        return *shapley_values(game, learned), learned.n_coalitions
    design = WalkDesign(game.n_columns, n_background, n_pairs, rng)
    values, base = shapley_values(game, design)
    if plays_background:
        # The mean over background rows is 0; what the walks give in its place is an error that all rows share.
        values -= shapley_values(game.of_background(), design)[0].mean(axis=0)
    return values, base, design.n_coalitions


def _may_walk_by_members(game):
    """Whether a game has members enough, and background rows for their walks to start at."""
    n_members = len(getattr(game, "members", ()))
    return n_members >= FEWEST_MEMBERS and n_walks_of(n_members) < game.n_background
