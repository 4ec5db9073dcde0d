"""Games whose scores are a function of the mixed row, so that nothing needs to be trained; and slow Shapley values."""

from itertools import permutations

import numpy as np


class ToyGame:
    """A game on arrays: `function` takes rows of shape (n, n_columns) and returns scores of shape (n, n_scores)."""

    n_threads = 1

    def __init__(self, function, rows, background, largest_tile=64):
        self.function, self.rows, self.background, self.largest_tile = function, rows, background, largest_tile
        self.n_rows, self.n_columns = rows.shape
        self.n_background, self.n_scores = len(background), function(rows[:1]).shape[1]
        self.n_played = 0

    def of_background(self):
        """The same game for the background rows."""
        return ToyGame(self.function, self.background, self.background, self.largest_tile)

    def scores_of_rows(self):
        """Scores of the rows."""
        return self.function(self.rows)

    def scores_of_background(self):
        """Scores of the background rows."""
        return self.function(self.background)

    def features_of_rows(self):
        """The rows' own numbers."""
        return self.rows

    def scores_of_pairs(self, rounds):
        """Scores of rows mixed from two background rows."""
        found = []
        for masks, first, second in rounds:
            mixed = np.where(masks, self.background[first][:, np.newaxis], self.background[second][:, np.newaxis])
            self.n_played += mixed.shape[0] * mixed.shape[1]
            scores = self.function(mixed.reshape(-1, self.n_columns))
            found.append(scores.reshape(*mixed.shape[:2], self.n_scores))
        return found

    def prepare(self, masks, background):
        """Coalitions as they are."""
        return masks, background

    def scores(self, rows, coalitions):
        """Scores of mixed rows."""
        masks, background = coalitions
        mixed = np.where(masks, self.rows[rows][:, np.newaxis], self.background[background])
        self.n_played += mixed.shape[0] * mixed.shape[1]
        scores = self.function(mixed.reshape(-1, self.n_columns))
        return scores.reshape(*mixed.shape[:2], self.n_scores)


def slow_shapley_values(game):
    """The mean over all orders and background rows, by the definition: ndarray (n_rows, n_columns, n_scores)."""
    values, n_orders = np.zeros((game.n_rows, game.n_columns, game.n_scores)), 0
    for order in permutations(range(game.n_columns)):
        n_orders += 1
        for other in game.background:
            mixed = np.tile(other, (game.n_rows, 1))
            before = game.function(mixed)
            for j in order:
                mixed[:, j] = game.rows[:, j]
                after = game.function(mixed)
                values[:, j] += after - before
                before = after
    return values / n_orders / game.n_background


def curved(x):
    """Two scores with interactions of all orders."""
    return np.column_stack(
        [np.tanh(x[:, 0] * x[:, 1] + x[:, 2] + x[:, -1] ** 2), np.exp(0.3 * x.sum(axis=1)) + x[:, 0]]
    )


def pairwise(x):
    """A score whose columns interact in pairs only."""
    return (x[:, 0] * x[:, 1] + np.sin(x[:, 2]) + x[:, 1] * np.abs(x[:, 3]))[:, np.newaxis]


def additive(x):
    """A score without interactions."""
    return (np.sin(x[:, 0]) + x[:, 1] ** 3 - np.abs(x[:, 2]) + 2 * x[:, 3])[:, np.newaxis]


def table(n_rows, n_columns=4, seed=0):
    """Random rows."""
    return np.random.default_rng(seed).normal(size=(n_rows, n_columns))
