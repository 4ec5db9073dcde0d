"""Integrated gradients of the NumPy network, along straight lines from background rows.

The derivatives are exact: they come from the way back through the members' layers, and not from differences."""

import numpy as np

from robust_mlp._system.threads import for_each
from robust_mlp.explanation.contributions._class_scores import probability_slopes
from robust_mlp.explanation.contributions._lines import Ends
from robust_mlp.explanation.contributions._sparse_game import SparseGame

# Points of the Gauss-Legendre rule along each line. Rows whose sum is not exact yet get the next number of points.
# 8 points integrate polynomials of degree 15 exactly; rectifiers, whose derivatives jump, need the most.
POINTS = (8, 16, 32, 64, 128)
# How exact the sum of a row must be, in nats, before the rest is spread.
LARGEST_GAP = 1e-6


def integrated_gradients(game):
    """Integrated gradients of the game's rows, averaged over the background rows.

    The line runs through encoded rows, where a number has a place in each of its pieces and a level is a column of
    zeros and ones. Where members look up effects of levels, their levels change as such columns would. A column's value
    is the integral along the line of the score's derivative by its encoded cells, times how far these move [1]_. The
    mean over background rows are the expected gradients of [2]_.

    Parameters
    ----------
    game : NetworkGame or SparseGame
        In float64.

    Returns
    -------
    values : ndarray of shape (n_rows, n_columns, n_scores), dtype float64
        For each row and score they sum to the row's score less the mean score of the background rows.
    base : ndarray of shape (n_scores,), dtype float64
        The mean score of the background rows.

    References
    ----------
    .. [1] Sundararajan, Taly, Yan (2017), "Axiomatic Attribution for Deep Networks",
       https://arxiv.org/abs/1703.01365, eq. 1.
    .. [2] Erion et al. (2021), "Improving performance of deep learning models with axiomatic attribution priors and
       expected gradients", Nature Machine Intelligence 3, eq. 2.
    """
    of_rows, of_background = game.scores_of_rows(), game.scores_of_background()
    base = of_background.mean(axis=0)
    background = None if isinstance(game, SparseGame) else _background(game)
    values = np.empty((game.n_rows, game.n_columns, game.n_scores))

    def integrate(row):
        whole = of_rows[row] - base
        lines = game.lines(row) if background is None else _lines(game, row, background)
        for n_points in POINTS:
            found = _integrate(game, lines, n_points)
            gap = whole - found.sum(axis=0)
            if np.abs(gap).max() <= LARGEST_GAP:
                break
        values[row] = found + _spread(gap, found)

    for_each(integrate, range(game.n_rows), game.n_threads)
    return values, base


def _background(game):
    """The background rows as each member takes them, which does not change from row to row: list of Ends."""
    encoded = game.encode_background()
    return [Ends.of(member, encoded) for member in game.members]


def _spread(gap, values):
    """The rest of the sum, shared out in proportion to the size of the values: of the shape of `values`."""
    sizes = np.abs(values)
    total = sizes.sum(axis=0)
    even = np.full_like(sizes, 1.0 / len(sizes))
    return gap * np.divide(sizes, total, out=even, where=total > 0)


def _lines(game, row, background):
    """The lines to one row, of each member."""
    encoded = game.encode(slice(row, row + 1))
    return [member.lines(Ends.of(member, encoded), ends) for member, ends in zip(game.members, background, strict=True)]


def _integrate(game, lines, n_points):
    """Values of one row by a rule of `n_points` points: ndarray of shape (n_columns, n_scores)."""
    nodes, weights = np.polynomial.legendre.leggauss(n_points)
    times, weights = 0.5 * (nodes + 1.0), 0.5 * weights  # from [-1, 1] to [0, 1]
    values = np.zeros((game.n_columns, game.n_scores))
    for t, weight in zip(times, weights, strict=True):
        total, ways_back = 0.0, []
        for line in lines:
            probabilities, backward = line.member.forward(line.sums_at(t))
            total += line.member.vote * probabilities
            ways_back.append(backward)
        slopes, factors = probability_slopes(total)
        for line, backward in zip(lines, ways_back, strict=True):
            for k, by_probability in enumerate(slopes):
                by_sums = backward(line.member.vote * by_probability)
                if factors is None:
                    values[:, 0] += weight * line.moved(by_sums, t)
                else:
                    n_classes = len(slopes)
                    values[:, n_classes + k] += weight * line.moved(by_sums, t)
                    scaled = tuple(by_sum * factors[k][:, np.newaxis] for by_sum in by_sums)
                    values[:, k] += weight * line.moved(scaled, t)
    return values
