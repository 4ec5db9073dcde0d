"""Few walks for many rows: what each walk counts is learned on the background rows, whose values are known better.

A pair of walks from one background row says much about the values against all background rows, but not all walks say
equally much, and all rows share the same walks. So a regression on the background rows, walked from all of them, finds
the weights once, and all rows to be explained need few walks.

Knows games and designs. It never looks at a table."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._system.threads import for_each
from robust_mlp.explanation.contributions._designs import Block, WalkDesign
from robust_mlp.explanation.contributions._shapley import ROWS_AT_ONCE, row_tiles, spread_rest
from robust_mlp.explanation.contributions._tournament import choose_starts, play_tournament
from robust_mlp.explanation.contributions._walk_regression import learn

# Weights of one block: 32 MB. With many classes a block has fewer coalitions.
MOST_WEIGHTS = 2**22


@dataclass(frozen=True, eq=False)
class LearnedDesign:
    """The walks of a `WalkDesign`, with learned weights.

    Attributes
    ----------
    walks : WalkDesign
    factors : ndarray of shape (n_scores, n_columns, n_pairs)
        What each pair of walks counts in a column's value. All 1 is the plain mean.
    mixing : ndarray of shape (n_scores, n_columns, n_columns)
        What the plain means of all columns add to a column's value.
    shift : ndarray of shape (n_columns, n_scores)
        What is added to the value of each column.
    slopes : ndarray of shape (n_features, n_columns, n_scores)
        What is added for each of the game's features of a row.
    """

    walks: WalkDesign
    factors: np.ndarray
    mixing: np.ndarray
    shift: np.ndarray
    slopes: np.ndarray

    @property
    def n_coalitions(self):
        """Coalitions of each row, without the row itself and the background rows."""
        return self.walks.n_coalitions

    def whole_rows(self, of_rows, of_background):
        """What the scores of whole rows add to the values: ndarray of shape (n_rows, n_columns, n_scores)."""
        of_row, of_start = self._end_weights()
        base = np.einsum("odi,io->do", of_start, of_background[self.walks.rows]) + self.shift
        return of_rows[:, np.newaxis] * of_row.T + base

    def corrections(self, game):
        """What features of rows add to the values: yields (slice, ndarray of shape (n_rows, n_columns, n_scores))."""
        features = game.features_of_rows()
        for start in range(0, len(features), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            yield part, np.tensordot(features[part], self.slopes, axes=1)

    def _end_weights(self):
        """What the row itself counts, (n_scores, n_columns), and the start of each pair: that by n_pairs."""
        pairs = self.walks.places.reshape(self.walks.n_pairs, 2, -1)
        n_walks = 2 * self.walks.n_pairs
        last = (pairs == self.walks.n_columns - 1).sum(axis=1).T / n_walks
        first = -(pairs == 0).sum(axis=1).T / n_walks
        at_row, at_start = (self.factors * part + self.mixing @ part for part in (last, first))
        return at_row.sum(axis=2), at_start

    def blocks(self, size):
        """The coalitions in blocks of about `size`, with weights for each score."""
        n_scores, n_columns, _ = self.factors.shape
        pair_of, start = self.walks.pair_of_coalitions, 0
        for block in self.walks.blocks(min(size, max(1, MOST_WEIGHTS // (n_scores * n_columns)))):
            pairs = pair_of[start : start + len(block.masks)]
            start += len(block.masks)
            weights = self.factors[:, :, pairs] * block.weights + self.mixing @ block.weights
            yield Block(block.masks, block.background, weights)


def learn_design(game, n_pairs, rng):
    """Choose walks and learn what each counts.

    Parameters
    ----------
    game : NetworkGame or TableGame
        Its background rows are learned from.
    n_pairs : int
        Pairs of walks for each row to be explained, fewer than background rows.
    rng : RandomState

    Returns
    -------
    design : LearnedDesign
    """
    of_background = game.of_background()
    tournament = play_tournament(of_background, rng)
    known = tournament.known
    spread_rest(known, of_background.scores_of_rows() - of_background.scores_of_background().mean(axis=0))
    starts = choose_starts(tournament.mixtures, n_pairs)
    walks = WalkDesign(game.n_columns, game.n_background, n_pairs, rng, starts)
    found = _values_by_pair(of_background, walks)  # (n_background, n_pairs, n_columns, n_scores)
    learned = learn(found, tournament.known, of_background.features_of_rows())
    of_pairs = learned.of_walks
    factors = 1.0 + n_pairs * (of_pairs - of_pairs.mean(axis=2, keepdims=True))
    slopes = np.ascontiguousarray(learned.of_features.transpose(2, 1, 0))
    return LearnedDesign(walks, factors, learned.of_means, learned.shift, slopes)


def _values_by_pair(game, walks):
    """The values of each pair of walks for the game's rows: ndarray (n_rows, n_pairs, n_columns, n_scores)."""
    of_rows, of_background = game.scores_of_rows(), game.scores_of_background()
    places = walks.places.reshape(walks.n_pairs, 2, -1)
    last, first = (places == walks.n_columns - 1).mean(axis=1), (places == 0).mean(axis=1)
    values = of_rows[:, np.newaxis, np.newaxis] * last[:, :, np.newaxis]
    values -= first[:, :, np.newaxis] * of_background[walks.rows][:, np.newaxis]
    start = 0
    for block in walks.blocks(game.largest_tile):
        pairs = slice(start, start + len(block.masks) // (2 * (walks.n_columns - 1)))
        start = pairs.stop
        coalitions = game.prepare(block.masks, block.background)
        weights = block.weights.reshape(walks.n_columns, pairs.stop - pairs.start, -1) * walks.n_pairs

        def play(rows, pairs=pairs, coalitions=coalitions, weights=weights):
            scores = game.scores(rows, coalitions)
            scores = scores.reshape(len(scores), weights.shape[1], weights.shape[2], -1)
            values[rows, pairs] += np.einsum("dpc,rpco->rpdo", weights, scores, optimize=True)

        for_each(play, row_tiles(game, len(coalitions)), game.n_threads)
    return values
