"""Doubts about held-out figures: rows that are held out and are not new.

The figures themselves do not change, because nobody but the user knows which rows belong together."""

from dataclasses import replace

import numpy as np

from robust_mlp._core.records import Finding
from robust_mlp._data.distinct_rows import hash_rows
from robust_mlp._data.near_copies import near_copies_share

# Near copies in a tenth of the rows: where they are memorized, the accuracy is too good by up to half of that.
NEAR_COPIES_SHARE = 0.1
# Fewer rows tell nothing of their kinds.
FEWEST_ROWS = 20
# A twentieth more of the rows to judge by are known than rows of this table repeat by nature, and at least five.
KNOWN_SHARE, FEWEST_KNOWN = 0.05, 5
# An odd number that spreads the hashes of rows, so that adding a label gives another one (Knuth 1973, section 6.4).
_SPREAD = np.uint64(2654435761)


def doubts_about(table, validation, numbers, *, is_last=False):
    """What makes held-out figures of a fit doubtful.

    Parameters
    ----------
    table : LabelledTable
        Rows to train on.
    validation : LabelledTable or None
        Rows of the user's own that judge, or the last rows of the table.
    numbers : sequence of int
        Columns of numbers.
    is_last : bool, default=False
        Whether they are the last rows, which are no others by what the user says.

    Returns
    -------
    doubts : tuple of Finding
    """
    doubt = None
    if validation is not None:
        doubt = None if is_last else _known_rows(table, validation)
    elif table.groups is not None:
        doubt = _one_group_each(table)
    elif len(table) >= FEWEST_ROWS:
        doubt = _near_copies(table, numbers)
    return () if doubt is None else (doubt,)


def with_doubts(report, doubts):
    """The report with the doubts among its advice.

    Parameters
    ----------
    report : TrainingReport
    doubts : sequence of Finding

    Returns
    -------
    report : TrainingReport
    """
    return replace(report, advisories=(*report.advisories, *doubts)) if doubts else report


def _near_copies(table, numbers):
    """The Finding about rows that stem from one thing, or None."""
    share = near_copies_share(table.X, numbers)
    if share < NEAR_COPIES_SHARE:
        return None
    return Finding(
        symptom="",
        cause=(
            "Many rows are copies of others but for tiny differences. If copies stem from one thing, some are trained "
            "on and others held out: the figures are then too good."
        ),
        evidence=f"{share:.0%} of the rows",
        fix="Pass groups=, with one value for all rows of one thing, so that they are held out together.",
        code="near_copies",
    )


def _known_rows(table, validation):
    """The Finding about rows of `X_val` that are rows of `X`, or None. Some tables repeat few kinds of rows."""
    known, judging = (_hashes(rows) for rows in (table, validation))
    n_known = int(np.isin(judging, known).sum())
    _, inverse, times = np.unique(known, return_inverse=True, return_counts=True)
    share, by_nature = n_known / len(judging), float(np.mean(times[inverse] > 1))
    if n_known < FEWEST_KNOWN or share - by_nature <= KNOWN_SHARE:
        return None
    return Finding(
        symptom="",
        cause=(
            "Rows of X_val are among the rows of X, with the same labels. The network is trained on them, so the "
            "figures say little about new rows."
        ),
        evidence=f"{n_known} of {len(judging)} rows",
        fix="Pass rows in X_val that X does not hold, or leave X_val and y_val out.",
        code="known_validation_rows",
    )


def _hashes(rows):
    """A number for each row and its label: ndarray of shape (n_rows,), dtype uint64."""
    with np.errstate(over="ignore"):
        return hash_rows(rows.X, np.arange(len(rows))) * _SPREAD + rows.codes.astype(np.uint64)


def _one_group_each(table):
    """The Finding about classes that lie in one group each, or None."""
    pairs = np.unique(np.stack([table.codes, table.groups]), axis=1)
    n_classes = len(np.unique(table.codes))
    if pairs.shape[1] > n_classes:
        return None
    return Finding(
        symptom="",
        cause=(
            "Every class lies in one group. No group can be held out without all rows of its class, so nothing tells "
            "how new rows are predicted."
        ),
        evidence=f"{n_classes} classes in {len(np.unique(table.groups))} groups",
        fix="Pass groups that say which rows belong together, several for each class, or leave groups out.",
        code="one_group_each",
    )
