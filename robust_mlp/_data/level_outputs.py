"""What becomes of the levels of a category: an output each, or a code each, by their weights.

Reads the column of a category from a matrix. Encodes nothing."""

import numpy as np

from robust_mlp._data.column_statistics import row_chunks

# Most levels of one column that get an output each. A column with more becomes one code per level, for a network that
# learns a vector for each; without such a network the rest share one output, "infrequent".
MAX_LEVELS = 100
# A level of less weight shares code 0 with levels never seen: a vector learnt from one row memorizes its label.
LEAST_WEIGHT_OF_LEVEL = 2.0
# Most levels of one column with a code of their own, the commonest: a table of vectors this long is still small beside
# the rows that it takes to learn it.
MAX_EMBEDDED_LEVELS = 50_000


def level_masses(matrix, rows, weights, j, n_levels):
    """Total weight of each level of category column `j`, then of missing: ndarray of shape (n_levels + 1,)."""
    counts = np.zeros(n_levels + 1)
    for part in row_chunks(rows.shape[0], 1):
        codes = matrix[rows[part], j]
        places = np.where(np.isnan(codes), n_levels, codes).astype(np.intp)
        known = places >= 0
        counts += np.bincount(places[known], weights=weights[part][known], minlength=n_levels + 1)
    return counts


def learn_level_codes(masses):
    """The code of each level, of missing and of unknown: ndarray of shape (n_levels + 2,)."""
    level_codes = np.zeros(masses.size + 1, dtype=np.intp)
    common = np.flatnonzero(masses >= LEAST_WEIGHT_OF_LEVEL)
    kept = np.sort(common[np.argsort(-masses[common], kind="stable")][:MAX_EMBEDDED_LEVELS])
    level_codes[kept] = 1 + np.arange(kept.size)
    return level_codes


def learn_slots(counts, start):
    """The output of each level, of missing and of unknown, by their weights: ndarray of shape (n_levels + 2,)."""
    n_levels = counts.size - 1
    slots = np.full(n_levels + 2, -1, dtype=np.intp)
    seen = np.flatnonzero(counts[:n_levels] > 0)
    by_weight = seen[np.argsort(-counts[seen], kind="stable")]
    kept = np.sort(by_weight[:MAX_LEVELS])
    slots[kept] = start + np.arange(kept.size)
    end = start + kept.size
    if by_weight.size > MAX_LEVELS:
        slots[by_weight[MAX_LEVELS:]] = end
        slots[-1] = end
        end += 1
    if counts[n_levels] > 0:
        slots[n_levels] = end
    return slots
