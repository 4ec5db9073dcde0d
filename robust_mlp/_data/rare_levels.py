"""Levels that a member of an ensemble has met too rarely to know, by the member's own training rows.

A level that two rows have, one of them held out by a member, is a level of one row to that member. So it gets no vector
of its own there, as it gets none in a table that lacks the held-out row. Reads encoded rows; learns no vector."""

import numpy as np

from robust_mlp._data.level_outputs import LEAST_WEIGHT_OF_LEVEL
from robust_mlp._system.aligned_arrays import empty_aligned


def rare_codes(codes, sizes, train, weights):
    """Which codes stand for a rare level, for each member.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_embedded), dtype int
        Codes of the levels of each embedded category; 0 is the code of all rare levels.
    sizes : sequence of int
        How many codes each category has.
    train : sequence of ndarray of int
        Training rows of each member.
    weights : ndarray of shape (n_rows,), dtype float64

    Returns
    -------
    is_rare : tuple of ndarray of shape (n_members, size), dtype bool, or None
        One for each category. None if no member differs from the rule for all rows.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([[1], [1], [1], [2], [2]])
    >>> train = [np.array([0, 1, 3]), np.array([0, 1, 2, 3, 4])]
    >>> rare_codes(codes, (3,), train, np.ones(5))[0].tolist()
    [[False, False, True], [False, False, False]]
    """
    found = []
    for column, size in zip(codes.T, sizes, strict=True):
        masses = np.array([np.bincount(column[rows], weights=weights[rows], minlength=size) for rows in train])
        is_rare = masses < LEAST_WEIGHT_OF_LEVEL
        is_rare[:, 0] = False
        found.append(is_rare)
    return tuple(found) if any(is_rare.any() for is_rare in found) else None


def forget(rows, is_rare, member):
    """Put code 0 in place of what is rare for a member. Changes `rows`, (n, n_inputs), whose last inputs are codes."""
    for output, rare in zip(range(rows.shape[1] - len(is_rare), rows.shape[1]), is_rare, strict=True):
        rows[rare[member][rows[:, output].astype(np.intp)], output] = 0


def with_forgotten(rows, is_rare, *lists):
    """Add copies of rows in which what is rare for a member has code 0, and point to them where the member has such.

    Members share one table. A row whose level one member knows and another does not is then there twice.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_inputs), dtype float32
        Encoded; the last inputs are codes.
    is_rare : tuple of ndarray
        As `rare_codes` returns it.
    *lists : sequence of ndarray of int
        Row numbers of each member: of its training rows, say.

    Returns
    -------
    rows : ndarray of shape (n_rows + n_copies, n_inputs), dtype float32
    origin : ndarray of shape (n_rows + n_copies,), dtype int
        The row that each was made from.
    lists : list of list of ndarray of int
        As given, with the numbers of the copies.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[0.5, 1], [0.7, 1]], dtype=np.float32)
    >>> rows, origin, [train] = with_forgotten(rows, (np.array([[False, True]]),), [np.array([1])])
    >>> rows.tolist(), origin.tolist(), train[0].tolist()
    ([[0.5, 1.0], [0.699999988079071, 1.0], [0.699999988079071, 0.0]], [0, 1, 1], [2])
    """
    n_rows, first = len(rows), rows.shape[1] - len(is_rare)
    codes = rows[:, first:].astype(np.intp)
    keys, places = [], []
    for of_members in lists:
        for member, where in enumerate(of_members):
            hits = np.column_stack([rare[member][codes[where, j]] for j, rare in enumerate(is_rare)])
            here = np.flatnonzero(hits.any(axis=1))
            places.append(here)
            keys.append(np.column_stack([where[here], hits[here]]).astype(np.int64))
    copies, number = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    numbers = iter(np.split(n_rows + number.reshape(-1), np.cumsum([len(here) for here in places])[:-1]))
    hit = iter(places)
    pointed = [[_put(where, next(hit), next(numbers)) for where in of_members] for of_members in lists]
    extended = empty_aligned((n_rows + len(copies), rows.shape[1]), np.float32)
    extended[:n_rows] = rows
    extended[n_rows:] = rows[copies[:, 0]]
    extended[n_rows:, first:][copies[:, 1:] == 1] = 0
    return extended, np.concatenate([np.arange(n_rows), copies[:, 0]]), pointed


def _put(where, places, numbers):
    """A copy of the row numbers `where` with other numbers at some places."""
    where = where.astype(np.int64)  # a copy, wide enough for the new numbers
    where[places] = numbers
    return where
