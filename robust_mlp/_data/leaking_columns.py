"""Columns that tell the label by themselves, as they do where they were made from it or written down after it.

Looks at a sample of rows: each half is judged by a rule that is learned from the other."""

import numpy as np

# Rows of a first look at all columns at once, by which nearly all are ruled out: sorted by such a column, the labels
# lie in as many runs as there are classes, and in two more for each error.
FIRST_LOOK_ROWS = 256
FIRST_LOOK_CELLS = 500_000
FIRST_LOOK_ERRORS = 0.03
# A column tells the label if its rule leaves at most this share of the errors of "always the commonest class": the best
# single measurement of a classical table (petal width in iris) leaves a twentieth. Two in a hundred are typing errors.
ERRORS_LEFT = 0.02
# Errors of the commonest class. Fewer are put right by chance somewhere among many columns.
FEWEST_ERRORS = 10
# Pieces of a column that a rule may have for each class.
PIECES_PER_CLASS = 4
# What stands for a missing cell of a column that is scaled to -1 to 1: far from all others.
MISSING_VALUE = 3.0


def label_tellers(cells, codes, is_number, seed):
    """Columns by which alone nearly every row's class is known.

    Parameters
    ----------
    cells : ndarray of shape (n_rows, n_columns), dtype float
        Some rows of a table as read; NaN is missing. That a cell is missing may tell the label, too.
    codes : ndarray of shape (n_rows,), dtype int
    is_number : ndarray of shape (n_columns,), dtype bool
    seed : int
        Of the halves.

    Returns
    -------
    tellers : tuple of (int, float)
        Column, and the share of the rows that its rule gets right.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.arange(200) % 2
    >>> cells = np.random.default_rng(0).normal(size=(200, 3))
    >>> cells[:, 1] += 50 * codes
    >>> label_tellers(cells, codes, np.ones(3, dtype=bool), seed=0)
    ((1, 1.0),)
    """
    order = np.random.default_rng(seed).permutation(len(codes))
    cells, codes = cells[order], codes[order]
    counts = np.bincount(codes)
    n_errors = int(counts.sum() - counts.max())
    if n_errors < FEWEST_ERRORS:
        return ()
    halves = np.array_split(np.arange(len(codes)), 2)
    found = []
    for j in _candidates(cells, codes, is_number):
        guesses = _by_pieces if is_number[j] else _by_level
        wrong = sum(
            np.count_nonzero(guesses(cells[:, j], codes, learning, judged) != codes[judged])
            for learning, judged in (halves, halves[::-1])
        )
        if wrong <= ERRORS_LEFT * n_errors:
            found.append((int(j), float(1 - wrong / len(codes))))
    return tuple(found)


def _candidates(cells, codes, is_number):
    """Columns that a first look does not rule out, ascending."""
    n_rows = min(len(codes), FIRST_LOOK_ROWS, max(FIRST_LOOK_CELLS // max(cells.shape[1], 1), 64))
    numbers = np.flatnonzero(is_number)
    first = cells[:n_rows][:, numbers]
    labels = codes[:n_rows][np.argsort(first, axis=0, kind="stable")]
    n_changes = np.count_nonzero(labels[1:] != labels[:-1], axis=0)
    shares = np.bincount(codes[:n_rows]) / n_rows
    expected = (n_rows - 1) * (1 - float(np.sum(shares**2)))  # of labels in random order
    allowed = min(PIECES_PER_CLASS * np.count_nonzero(shares) - 1 + 2 * FIRST_LOOK_ERRORS * n_rows, expected / 2)
    return np.union1d(numbers[n_changes <= allowed], np.flatnonzero(~is_number))


def _by_pieces(column, codes, learning, judged):
    """Codes of the rows `judged`, guessed from pieces of the column's range that the rows `learning` choose."""
    from sklearn.tree import DecisionTreeClassifier

    n_pieces = max(2, PIECES_PER_CLASS * len(np.unique(codes[learning])))
    column = column.astype(np.float64)
    largest = np.nanmax(np.abs(column), initial=0.0)
    values = column / largest if largest > 0 else column  # a tree takes them as float32, which ends at 1e38
    values = np.where(np.isnan(values), MISSING_VALUE, values)[:, np.newaxis]
    tree = DecisionTreeClassifier(max_leaf_nodes=n_pieces, random_state=0)
    return tree.fit(values[learning], codes[learning]).predict(values[judged])


def _by_level(column, codes, learning, judged):
    """The same, guessed from the commonest class of each level; of a level that is new, from that of all rows."""
    levels = np.unique(column, return_inverse=True)[1]  # missing is a level, too
    counts = np.zeros((int(levels.max()) + 1, int(codes.max()) + 1), dtype=np.int64)
    np.add.at(counts, (levels[learning], codes[learning]), 1)
    overall = int(counts.sum(axis=0).argmax())
    return np.where(counts.any(axis=1), counts.argmax(axis=1), overall)[levels[judged]]
