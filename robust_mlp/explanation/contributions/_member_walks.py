"""Walks of single members: for many rows, each member of a network walks orders of its own.

The log-odds of the mean probability are nearly the mean of the members' log-odds, and members answer alike. So what one
member says of one order is worth nearly as much as what all of them say, and takes a fraction of the time. What each
walk counts, and what the mean of log-odds is wrong about, is learned on the background rows, as in `_learned_design`.

Knows networks by their game. It never looks at a table."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from robust_mlp._system.threads import for_each
from robust_mlp.explanation.contributions._class_scores import class_scores
from robust_mlp.explanation.contributions._designs import WalkDesign
from robust_mlp.explanation.contributions._shapley import row_tiles, spread_rest
from robust_mlp.explanation.contributions._tournament import Mixtures, Tournament, choose_starts, played, rounds_of
from robust_mlp.explanation.contributions._walk_regression import learn

# Pairs of walks of all members together, at least. Each member has as many. With 16 and 32 the error was .081 and .073
# of the values on three tables of 10 columns (`benchmarks/explanation_contributions.py`, those for choosing).
FEWEST_WALKS = 32
# With fewer members, as many walks take about as long as those of all members together.
FEWEST_MEMBERS = 8
# In the tournament of the background rows so many members play each pair, and all of them in one of so many rounds.
PLAYERS, ROUNDS_FOR_ALL = 3, 4
# What a few members say leaves so much of what all say unexplained, at most, in shares of its size. It was .17 to .35
# on seven tables. With members of random weights it was .4 to .6, and the error four times that of walks of all.
MOST_UNEXPLAINED = 0.4


@dataclass(frozen=True, eq=False)
class MemberWalk:
    """A pair of walks of one member, made ready.

    Attributes
    ----------
    game : NetworkGame
        Of the member alone.
    coalitions : Coalitions
        The last one is the whole row.
    weights : ndarray of shape (n_columns, n_coalitions)
    of_start : ndarray of shape (n_columns, n_scores)
        What the background row at which the walks start adds to the values.
    """

    game: Any
    coalitions: Any
    weights: np.ndarray
    of_start: np.ndarray

    @classmethod
    def of(cls, game, walks):
        """Those of a `WalkDesign` with one pair, for the game of one member."""
        (block,) = walks.blocks(1)
        whole, start = np.ones((1, walks.n_columns), bool), walks.rows[:1]
        at_start = game.scores_of_encoded(game.encode_background(start), game.prepare(whole, start))[0, 0]
        return cls(
            game,
            game.prepare(np.concatenate([block.masks, whole]), np.append(block.background, start)),
            np.column_stack([block.weights, walks.row_weights]),
            walks.background_weights[:, start] * at_start,
        )

    def values(self, encoded):
        """Values of encoded rows, ndarray of shape (n_rows, n_columns, n_scores)."""
        return self.weights @ self.game.scores_of_encoded(encoded, self.coalitions) + self.of_start


def n_walks_of(n_members):
    """Pairs of walks of all members together: as many for each of them."""
    return n_members * -(-FEWEST_WALKS // n_members)


def member_values(game, rng):
    """Shapley values of a game's rows, from walks of single members.

    Parameters
    ----------
    game : NetworkGame
        With `FEWEST_MEMBERS` members or more, and more background rows than walks.
    rng : RandomState

    Returns
    -------
    values : ndarray of shape (n_rows, n_columns, n_scores), dtype float64
    base : ndarray of shape (n_scores,), dtype float64
    n_used : int
        Predictions of mixed rows for each row, by single members, as so many predictions of all of them.

    All three are None where members answer too differently for that.
    """
    n_members, n_walks = len(game.members), n_walks_of(len(game.members))
    of_background = game.of_background()
    base = of_background.scores_of_background().mean(axis=0)
    tournament, unexplained = play_by_turns(of_background, rng)
    if unexplained > MOST_UNEXPLAINED:
        return None, None, None
    spread_rest(tournament.known, of_background.scores_of_background() - base)
    starts = rng.permutation(choose_starts(tournament.mixtures, n_walks))
    walks = []
    for number in range(n_walks):
        design = WalkDesign(game.n_columns, game.n_background, 1, rng, starts[number : number + 1])
        walks.append(MemberWalk.of(game.of_members([number % n_members]), design))
    learned = learn(_values_of(of_background, walks), tournament.known, of_background.features_of_rows())
    values, features = np.empty((game.n_rows, game.n_columns, game.n_scores)), game.features_of_rows()

    def play(rows):
        values[rows] = learned.values(_values_of(game, walks, rows), features[rows])

    for_each(play, row_tiles(game, n_walks * game.n_columns), game.n_threads)
    spread_rest(values, game.scores_of_rows() - base)
    return values, base, -(-n_walks * 2 * (game.n_columns - 1) // n_members)


def _values_of(game, walks, rows=slice(None)):
    """Values of each walk for some rows: ndarray of shape (n_rows, n_walks, n_columns, n_scores)."""
    encoded = game.encode(rows)
    return np.stack([walk.values(encoded) for walk in walks], axis=1)


class _Sums:
    """Sums over what background rows are worth against each other, for some members and for all of them."""

    def __init__(self, n, n_columns, n_scores):
        shape = (n, n_columns, n_scores)
        self.by_some, self.by_some_beside_all, self.by_all = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.n_beside = np.zeros(n)
        self.products, self.squares, self.squares_by_all = np.zeros((3, n_scores))

    def add(self, one, by_some, by_all):
        """Add the values of a round; `by_all` is None where not all members played."""
        for rows, sign in ((one.first, 1), (one.second, -1)):
            self.by_some[rows] += sign * by_some
            if by_all is not None:
                self.by_some_beside_all[rows] += sign * by_some
                self.by_all[rows] += sign * by_all
                self.n_beside[rows] += 1
        if by_all is not None:
            self.products += (by_some * by_all).sum(axis=(0, 1))
            self.squares += np.square(by_some).sum(axis=(0, 1))
            self.squares_by_all += np.square(by_all).sum(axis=(0, 1))

    @property
    def _slopes(self):
        return np.divide(self.products, self.squares, out=np.ones(len(self.squares)), where=self.squares > 0)

    @property
    def unexplained(self):
        """What the values by some members leave unexplained of those by all, in shares of their size: the largest."""
        explained = self._slopes * self.products
        rest = np.maximum(self.squares_by_all - explained, 0.0)
        shares = np.divide(rest, self.squares_by_all, out=np.zeros(len(rest)), where=self.squares_by_all > 0)
        return float(np.sqrt(shares.max()))

    @property
    def known(self):
        """Values of each row against all: those by some members, as control variates of those by all.

        The regression estimator with a known mean of the control (Cochran 1977, "Sampling techniques", section 7.1).
        """
        slopes = self._slopes
        gaps = (self.by_all - slopes * self.by_some_beside_all) / np.maximum(self.n_beside, 1)[:, None, None]
        n = len(self.by_some)
        return slopes * self.by_some / n + gaps * (n - 1) / n


def play_by_turns(game, rng):
    """Let each two background rows play once, from a walk there and back, by a few members each; and some pairs by all.

    Parameters
    ----------
    game : NetworkGame
    rng : RandomState

    Returns
    -------
    tournament : Tournament
        As of `play_tournament`.
    unexplained : float
        Of what all members say, in shares of its size.
    """
    everybody, of_members = np.arange(len(game.members)), game.probabilities_of_background()
    rounds = rounds_of(game, rng)
    players = [rng.permutation(len(game.members))[:PLAYERS] for _ in rounds]
    mixtures = Mixtures(game, rng)

    def worth(one, probabilities, numbers):
        return one.values(class_scores(probabilities), class_scores(of_members[numbers].sum(axis=0)))

    def play(chosen):
        for_all = [i for i in chosen if i % ROUNDS_FOR_ALL == 0]
        others = [np.setdiff1d(everybody, players[i]) for i in for_all]
        sides = [(rounds[i].block.masks, rounds[i].first, rounds[i].second) for i in (*chosen, *for_all)]
        probabilities = game.probabilities_of_pairs(sides, [*(players[i] for i in chosen), *others])
        rests = dict(zip(for_all, probabilities[len(chosen) :], strict=True))
        results = []
        for i, some in zip(chosen, probabilities[: len(chosen)], strict=True):
            by_all = worth(rounds[i], some + rests[i], everybody) if i in rests else None
            results.append((rounds[i], worth(rounds[i], some, players[i]), by_all))
        return results

    sums = _Sums(game.n_background, game.n_columns, game.n_scores)
    for one, by_some, by_all in played(play, rounds, game):
        sums.add(one, by_some, by_all)
        mixtures.note(one, by_some)
    return Tournament(sums.known, mixtures.found), sums.unexplained
