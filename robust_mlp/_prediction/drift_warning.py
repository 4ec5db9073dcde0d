"""From columns that drifted to one warning of `predict`."""

import warnings

from robust_mlp._data.drift import find_drift
from robust_mlp._system.callers_line import level_of_caller
from robust_mlp.exceptions import DriftWarning

MAX_COLUMNS = 3  # that a warning describes; of the others it says how many they are


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
        warnings.warn(drift_text(drifts), DriftWarning, stacklevel=level_of_caller())


def drift_text(drifts):
    """The warning: what is unlike the training, and what that means.

    Parameters
    ----------
    drifts : sequence of Drift

    Returns
    -------
    text : str
    """
    zones = [drift for drift in drifts if drift.kind == "zone"]
    if len(zones) == len(drifts):
        return " ".join(map(_said_of_zone, zones[:MAX_COLUMNS]))
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
    "zone": lambda d: f"{d.name!r} {_zones(d)}",
}


def _said_of_zone(drift):
    """What is read, and what to type, where only the time zone of a column is another one."""
    before, now = drift.examples
    name = f"[{drift.name!r}]"
    if now:
        line = f"X{name}.dt.tz_localize(None) if the clocks of the training were those of {now}"
        read = "They are read as UTC"
    else:
        line = f"X{name}.dt.tz_localize(...) with the time zone of these clocks"
        read = f"They are read as clocks in {before} show them"
    return f"The dates of {drift.name!r} {_zones(drift)}. {read}. Pass {line}."


def _zones(drift):
    before, now = drift.examples
    if now:
        return f"have the time zone {now}, and those of the training had none"
    return f"have no time zone, and those of the training had {before}"
