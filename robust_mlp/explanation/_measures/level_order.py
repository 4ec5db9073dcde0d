"""The order in which levels are shown: levels whose rows are alike in the other columns stand beside each other.

Accumulated local effects of levels add up steps between neighbours, so neighbours must be alike (Apley and Zhu 2020,
"Visualizing the effects of predictor variables in black box supervised learning models", JRSS B 82, appendix E)."""

import numpy as np

from robust_mlp.explanation._measures.columns import LEVELS

# Values at which distributions of numbers are compared: their difference is known to a twentieth of the rows.
N_CUTS = 20
# Rows that the order is found on. It decides which levels stand beside each other, and no value.
MOST_ROWS = 2000


def alike_order(view, others, levels, rows):
    """The levels of one column in an order in which neighbours are alike.

    The distance of two levels is the sum over the other columns of half the absolute differences of level shares, and
    for numbers of the mean absolute difference of the distribution functions. (The paper takes the largest difference,
    which is 1 for any two levels that are far apart, however far.) The order is that of the first coordinate of
    classical multidimensional scaling (Torgerson 1952).

    Parameters
    ----------
    view : ColumnView
        Of levels.
    others : list of ColumnView
    levels : ndarray of int
        Level numbers, each of which some of the rows have.
    rows : ndarray of int
        In random order.

    Returns
    -------
    order : ndarray of int
        Positions in `levels`.
    """
    rows = rows[:MOST_ROWS]
    own = view.axis[rows]
    members = (own[:, np.newaxis] == levels).astype(np.float64)
    members /= np.maximum(members.sum(axis=0), 1)
    distances = np.zeros((len(levels), len(levels)))
    for other in others:
        axis = other.axis[rows]
        known = ~np.isnan(axis)
        if not known.any():
            continue
        if other.kind == LEVELS:
            shares = members[known].T @ (axis[known, np.newaxis] == np.unique(axis[known]))
            distances += np.abs(shares[:, np.newaxis] - shares[np.newaxis]).sum(axis=2) / 2
        else:
            cuts = np.unique(np.quantile(axis[known], np.arange(1, N_CUTS) / N_CUTS))
            shares = members[known].T @ (axis[known, np.newaxis] <= cuts)
            distances += np.abs(shares[:, np.newaxis] - shares[np.newaxis]).mean(axis=2)
    squared = np.square(distances)
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, np.newaxis] + squared.mean()
    sizes, directions = np.linalg.eigh(-centred / 2)
    first = directions[:, -1] * (1 if directions[np.argmax(np.abs(directions[:, -1])), -1] > 0 else -1)
    return np.arange(len(levels)) if sizes[-1] <= 0 else np.argsort(first, kind="stable")
