"""From columns that drifted to one warning of `predict`."""

import os
import sys
import warnings
from types import FrameType

from robust_mlp._data.drift import find_drift
from robust_mlp.exceptions import DriftWarning

MAX_COLUMNS = 3  # that a warning describes; of the others it says how many they are

# Frames from here up that belong to this package: the warning is about the line that called it.
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def warn_of_drift(ranges, matrix, reader, X):
    """Warn once where columns of `X` are unlike those of the training.

    Parameters
    ----------
    ranges : Ranges or None
        None where nothing is known of the training.
    matrix : ndarray of shape (n_rows, n_columns), dtype float
        `X` as read.
    reader : TableReader
    X : table
    """
    drifts = () if ranges is None else find_drift(ranges, matrix, reader, X)
    if drifts:
        warnings.warn(drift_text(drifts), DriftWarning, stacklevel=_level_of_caller())


def drift_text(drifts):
    """The warning: what is unlike the training, and what that means.

    Parameters
    ----------
    drifts : sequence of Drift

    Returns
    -------
    text : str
    """
    said = "; ".join(_SAID[drift.kind](drift) for drift in drifts[:MAX_COLUMNS])
    n_more = len(drifts) - MAX_COLUMNS
    more = f"; and {n_more} more {'column' if n_more == 1 else 'columns'}" if n_more > 0 else ""
    return (
        f"These rows are unlike those of the training: {said}{more}. Predictions for them are guesses. Check units, "
        "spelling and order of the columns, or train on rows like these."
    )


_SAID = {
    "far": lambda d: (
        f"{d.share:.1%} of the values of {d.name!r} lie outside {d.low:g} to {d.high:g}, such as "
        f"{', '.join(d.examples)}"
    ),
    "unknown": lambda d: (
        f"{d.share:.1%} of the cells of {d.name!r} hold levels that were never seen, such as {', '.join(d.examples)}"
    ),
    "missing": lambda d: f"{d.name!r} is missing in all rows",
}


def _level_of_caller():
    """`stacklevel` of the first frame that is not of this package."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and os.path.abspath(frame.f_code.co_filename).startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
