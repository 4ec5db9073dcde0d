"""Whether equal rows of a table are rows that happen to be equal, so that each counts as evidence, or copies.

In a table of yes and no, many rows are equal by nature. A fit merges them, and they stay on one side of each split. But
a label that a hundred such rows have is told by a hundred rows and not by one."""

import numpy as np

from robust_mlp._data.distinct_rows import MOST_TOLD_APART, DistinctRows

# Fewer repeats change no figure by much.
ROWS_PER_KIND = 2
# Copies come in numbers: where every row was copied, none is alone. Of rows that are equal by nature, many are.
LEAST_ALONE = 0.1
# More rows are evidence enough, merged or not, and would only take memory.
MOST_ROWS = 100_000


def are_natural_repeats(matrix, merged):
    """Whether each of the equal rows that were merged is a row by itself.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float
    merged : Rows or DistinctRows
        With whole numbers as weights where nobody passed others.

    Returns
    -------
    are_natural : bool

    Examples
    --------
    >>> import numpy as np
    >>> from robust_mlp._data.distinct_rows import merge_rows
    >>> answers = np.random.default_rng(0).random((400, 6)) < np.linspace(0.05, 0.4, 6)
    >>> labels = np.arange(400) % 2
    >>> are_natural_repeats(answers * 1.0, merge_rows(answers * 1.0, labels))
    True
    >>> measured = np.random.default_rng(0).normal(size=(100, 3))
    >>> copied = np.repeat(measured, 4, axis=0)
    >>> are_natural_repeats(copied, merge_rows(copied, labels))
    False
    """
    if isinstance(merged, DistinctRows) or not isinstance(matrix, np.ndarray):
        return False
    weights, n_kinds = merged.weights, int(merged.groups[-1]) + 1
    total = weights.sum()
    if not ROWS_PER_KIND * n_kinds <= total <= MOST_ROWS or not (weights == np.rint(weights)).all():
        return False
    if np.count_nonzero(np.bincount(merged.groups, weights) == 1) < LEAST_ALONE * n_kinds:
        return False
    kinds = matrix[merged.index]
    return all(len(np.unique(column)) <= MOST_TOLD_APART * n_kinds for column in kinds.T)


def counts_of(merged):
    """How many rows each merged row stands for, as far as it is certain that they are no copies.

    Rows with another label than equal rows are no copies of these. So where equal rows have different labels, each of
    them counts. Where all have the same label, they count once.

    Parameters
    ----------
    merged : Rows or DistinctRows
        With whole numbers as weights where nobody passed others.

    Returns
    -------
    counts : ndarray of shape (n_merged,), dtype float64, or None
        None where each stands for one.
    """
    if isinstance(merged, DistinctRows) or not (merged.weights == np.rint(merged.weights)).all():
        return None
    is_contradicted = np.bincount(merged.groups)[merged.groups] > 1
    counts = np.where(is_contradicted, merged.weights, 1.0)
    return None if (counts == 1).all() else counts
