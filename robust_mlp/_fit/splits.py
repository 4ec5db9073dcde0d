"""Splits of a fit: which rows each member trains on, which it holds out, and which rows judge what held-out rows teach.

Every split of `RobustMLPClassifier.fit` is made here. Rows that belong together, equal rows or rows of one group, never
lie on both sides. Never encodes a row."""

from dataclasses import dataclass, field
from math import ceil
from numbers import Integral

import numpy as np
from scipy import sparse

from robust_mlp._data import distinct_rows, splitting
from robust_mlp._data.columns import is_missing
from robust_mlp._data.sparse_rows import with_column
from robust_mlp._fit.resolve_plan import resolve_early_stopping

# Parts of the held-out rows, where one member holds them out: what is fitted to them is judged on the fifth that it was
# not fitted to, the usual number in cross-validation.
N_FOLDS = 5
# A number of rows this close to a whole number is that number: .07 * 100 is 7.000000000000001.
WHOLE = 1e-9


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of a table, by number.

    Attributes
    ----------
    train, held_out : list of ndarray of int
        One array per member; `held_out` is empty if nothing is held out.
    early_stopping : bool
        What the parameter resolves to.
    folds : list of ndarray of int
        For each held-out row of each member a fold. Empty if the user passed the held-out rows.
    rest : ndarray of int
        Rows that no member holds out.
    """

    train: list
    held_out: list
    early_stopping: bool
    folds: list = field(default_factory=list)
    rest: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))


def merge_and_group(table):
    """Merge equal rows of a table, and find which of the rows belong together.

    Parameters
    ----------
    table : LabelledTable

    Returns
    -------
    pairs : Rows or DistinctRows
        The distinct pairs of row and label; of row, label and group if the table has groups.
    merged : Rows or DistinctRows
        What is split: the same, or every row if the table repeats few distinct rows and has no groups.
    groups : ndarray of shape (n_merged,), dtype int
        Rows with the same number stay on one side.
    """
    if table.groups is None:
        pairs = distinct_rows.merge_rows(table.X, table.codes, table.weights)
        merged = distinct_rows.rows_to_split(table.X, pairs, table.weights)
        return pairs, merged, merged.groups
    # Equal rows of different groups stay apart: a new group will hold such rows, too.
    stack = with_column(table.X, table.groups) if sparse.issparse(table.X) else np.column_stack([table.X, table.groups])
    pairs = distinct_rows.merge_rows(stack, table.codes, table.weights)
    return pairs, pairs, table.groups[pairs.index]


def split_rows(estimator, n_members, merged, groups, validation, seed):
    """Split merged rows for as many members as the rows allow.

    Parameters
    ----------
    estimator : RobustMLPClassifier
        Its `early_stopping` and `validation_fraction` are used.
    n_members : int
        >= 1.
    merged : Rows or DistinctRows
    groups : ndarray of shape (n_merged,), dtype int
        Rows with the same number stay on one side.
    validation : LabelledTable or None
        Held-out rows of another table.
    seed : int

    Returns
    -------
    split : Split
        It numbers the rows of the table; `held_out` those of `validation` if there is one.
    """
    everything, is_auto = merged.index, estimator.early_stopping == "auto"
    if validation is not None:
        # All rows train, even if they are few, because there are other rows to hold out.
        held_out = [np.arange(len(validation.codes))] * n_members
        return Split([everything] * n_members, held_out, is_auto or bool(estimator.early_stopping))
    codes = merged.codes
    if n_members > 1:
        parts = splitting.cross_fit(codes, groups, n_members, seed)
        if len(parts) > 1:
            places = np.arange(len(everything))
            return Split(
                [everything[np.setdiff1d(places, part)] for part in parts],
                [everything[part] for part in parts],
                resolve_early_stopping(estimator, len(everything), 2),
                [_folds(codes[part], groups[part], seed) for part in parts],
                everything[np.setdiff1d(places, np.concatenate(parts))],
            )
    is_impossible = splitting.n_spare(codes, groups) == 0
    if not resolve_early_stopping(estimator, len(everything), 1) or (is_auto and is_impossible):
        return Split([everything], [], False)
    train, part = splitting.hold_out(codes, groups, estimator.validation_fraction, seed)
    return Split([everything[train]], [everything[part]], True, [_folds(codes[part], groups[part], seed)])


def _folds(codes, groups, seed):
    """A fold for each row; rows of one group are in one. Rows of a class within one group are all in fold 0."""
    folds = np.zeros(len(codes), dtype=np.intp)
    for number, part in enumerate(splitting.cross_fit(codes, groups, N_FOLDS, seed)):
        folds[part] = number
    return folds


def last_rows(is_used, fraction):
    """The rows to hold out if the last ones are: ndarray of shape (n_rows,), dtype bool.

    Parameters
    ----------
    is_used : ndarray of shape (n_rows,), dtype bool
        Rows of positive weight, in the order of the table.
    fraction : float in (0, 1) or int >= 1
        Share of these, rounded up; or number of rows.

    Raises
    ------
    ValueError
        If no row would be left to train on.

    Examples
    --------
    >>> import numpy as np
    >>> last_rows(np.array([True, True, True, False, True]), 0.5).tolist()
    [False, False, True, False, True]
    """
    used = np.flatnonzero(is_used)
    wanted = int(fraction) if isinstance(fraction, Integral) else ceil(fraction * len(used) - WHOLE)
    if wanted >= len(used):
        raise ValueError(
            f"validation='last' with validation_fraction={fraction!r} holds out {wanted} of {len(used)} rows, which "
            "leaves none to train on. Pass a smaller validation_fraction, or more rows."
        )
    is_last = np.zeros(len(is_used), dtype=bool)
    is_last[used[len(used) - wanted :]] = True
    return is_last


def check_groups(groups, n_rows, *, is_used=None):
    """Read the groups that a user passed.

    Parameters
    ----------
    groups : array-like of shape (n_rows,) or None
        Numbers or texts.
    n_rows : int
    is_used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows of positive weight; None for all.

    Returns
    -------
    numbers : ndarray of shape (n_rows,), dtype int64, or None
        From 0, in the order of the sorted groups.

    Raises
    ------
    ValueError
        Another shape, a missing group, or one group for all rows.
    """
    if groups is None:
        return None
    given = np.asarray(groups)
    if given.ndim != 1 or len(given) != n_rows:
        raise ValueError(f"groups has shape {given.shape}, but X has {n_rows} rows. Pass one group for each row.")
    lacks = _missing(given)
    if lacks.any():
        raise ValueError(
            f"groups is missing in {np.count_nonzero(lacks)} rows, first in row {int(lacks.argmax())}. Give "
            "each row a group; a row that belongs to no other has a group of its own."
        )
    try:
        found, numbers = np.unique(given, return_inverse=True)
    except TypeError:
        raise ValueError(
            "groups mixes types that cannot be sorted. Pass numbers or texts: groups.astype(str)."
        ) from None
    numbers = numbers.reshape(-1).astype(np.int64)
    n_groups = len(found) if is_used is None else len(np.unique(numbers[is_used]))
    if n_groups < 2:
        raise ValueError(
            "groups holds one group for all rows, so no row can be held out. Leave groups out, or pass rows of several "
            "groups."
        )
    return numbers


def _missing(groups):
    """Which of the groups are missing, ndarray of shape (n_rows,), dtype bool."""
    if groups.dtype.kind == "O":
        return np.array([is_missing(value) for value in groups.tolist()], dtype=bool)
    if groups.dtype.kind in "mM":
        return np.isnat(groups)
    return groups != groups
