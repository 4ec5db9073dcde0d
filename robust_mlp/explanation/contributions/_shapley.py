"""Shapley values of rows: a game played through a design, in tiles that bound the memory."""

import numpy as np

from robust_mlp._system.threads import for_each

# Scores of one tile: 4 MB. And rows of one tile: what is read of a row once is then little beside its mixed rows.
MOST_SCORES, MOST_ROWS = 2**19, 64
# Rows whose values are corrected at once: beside the values of many rows there is then little else.
ROWS_AT_ONCE = 4096
# Tiles for each thread, so that no thread waits long for another.
TILES_PER_THREAD = 4


def shapley_values(game, design):
    """Shapley values of the game's rows.

    Parameters
    ----------
    game : NetworkGame or TableGame
    design : ExactDesign, WalkDesign or LearnedDesign

    Returns
    -------
    values : ndarray of shape (n_rows, n_columns, n_scores), dtype float64
        For each row and score they sum to the row's score less the mean score of the background rows.
    base : ndarray of shape (n_scores,), dtype float64
        The mean score of the background rows.
    """
    of_rows, of_background = game.scores_of_rows(), game.scores_of_background()
    n_at_once = max(1, min(game.largest_tile, design.n_coalitions))
    values = linear_sums(game, design.blocks(n_at_once))
    for start in range(0, game.n_rows, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        values[part] += design.whole_rows(of_rows[part], of_background)
    for part, correction in design.corrections(game):
        values[part] += correction
    base = of_background.mean(axis=0)
    spread_rest(values, of_rows - base)
    return values, base


def row_tiles(game, n_coalitions):
    """Slices of the game's rows whose scores are computed at once, so that each thread has several."""
    most = max(1, MOST_SCORES // (n_coalitions * game.n_scores))
    size = min(most, MOST_ROWS, -(-game.n_rows // (TILES_PER_THREAD * game.n_threads)))
    return [slice(start, min(start + size, game.n_rows)) for start in range(0, game.n_rows, size)]


def linear_sums(game, blocks):
    """The scores of a design's coalitions times their weights.

    Parameters
    ----------
    game : NetworkGame or TableGame
    blocks : iterable of Block

    Returns
    -------
    sums : ndarray of shape (n_rows, n_columns, n_scores), dtype float64
    """
    sums = np.zeros((game.n_rows, game.n_columns, game.n_scores))
    for block in blocks:
        coalitions = game.prepare(block.masks, block.background)

        def play(rows, weights=block.weights, coalitions=coalitions):
            scores = game.scores(rows, coalitions)
            if weights.ndim == 2:
                sums[rows] += weights @ scores
            else:
                sums[rows] += (weights @ scores.transpose(2, 1, 0)).transpose(2, 1, 0)

        for_each(play, row_tiles(game, len(block.masks)), game.n_threads)
    return sums


def spread_rest(values, wholes):
    """Change values so that they sum to `wholes`, each column by the same amount.

    These are the nearest values with the right sum: the projection that Covert and Lee (2021), "Improving KernelSHAP",
    https://arxiv.org/abs/2012.01536, section 3.2, impose as a constraint.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns, n_scores), dtype float64
        Changed in place.
    wholes : ndarray of shape (n_rows, n_scores)
    """
    values += (wholes - values.sum(axis=1))[:, np.newaxis] / values.shape[1]
