"""The warning of `partial_fit` where a column comes in another unit than before."""

import warnings

from robust_mlp.exceptions import DriftWarning

MAX_COLUMNS = 3  # that a warning describes; of the others it says how many they are
# From warnings.warn up to the line that called partial_fit: warn_of_units, partial_fit, the caller.
STACK_LEVEL = 3


def units_text(changes, is_scaled=True):
    """What the warning says.

    Parameters
    ----------
    changes : sequence of (str, UnitChange)
        Names of columns, and how each changed.
    is_scaled : bool, default=True
        Whether the network gets scaled columns.

    Returns
    -------
    text : str or None
        None without a change.
    """
    if not changes:
        return None
    said = "; ".join(
        f"{name!r}, of which mean and standard deviation were {change.mean_before:.3g} and {change.std_before:.3g} "
        f"and are now {change.mean:.3g} and {change.std:.3g}"
        for name, change in changes[:MAX_COLUMNS]
    )
    n_more = len(changes) - MAX_COLUMNS
    more = f"; and {n_more} more {'column' if n_more == 1 else 'columns'}" if n_more > 0 else ""
    if not is_scaled:
        return (
            f"partial_fit seems to get other units than before: {said}{more}. With scale=None the network gets them as "
            "they are. Pass all rows in one unit, or scale='auto', and begin again with clone(estimator)."
        )
    return (
        f"partial_fit seems to get other units than before: {said}{more}. The scale now follows the new rows alone, "
        "and predict expects values like these. What was learned of scaled values stays. If the units are wrong, pass "
        "all rows in one unit, and begin again with clone(estimator)."
    )


def warn_of_units(text):
    """Warn the caller of `partial_fit`."""
    warnings.warn(text, DriftWarning, stacklevel=STACK_LEVEL)
