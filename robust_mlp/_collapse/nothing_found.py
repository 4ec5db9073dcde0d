"""Why there is nothing to find in a table: columns that were not read, rows out of step, features that say nothing."""

from robust_mlp._collapse.advice import unread_columns
from robust_mlp._collapse.causes import Cause

# Seconds that a search for rows out of step takes, about; and how the report calls it where there is no time.
TIME_OF_SEARCH, SEARCH = 1.0, "a search for rows out of step"


def cause_of_nothing(facts, summary, *, seed, deadline):
    """The cause of the verdict NO_SIGNAL.

    Parameters
    ----------
    facts : DataFacts or None
    summary : SignalSummary
    seed : int
    deadline : Deadline

    Returns
    -------
    cause : Cause
        With `can_repair` False.
    """
    if facts is not None and (unread := unread_columns(facts)):
        return Cause(code="unread_columns", numbers=unread, can_repair=False)
    if facts is not None and facts.probe_source is not None and deadline.allows(SEARCH, TIME_OF_SEARCH):
        from robust_mlp._collapse.simple_models.misaligned_rows import find_shift

        shift, auc = find_shift(facts.probe_source(), seed=seed)
        if shift is not None:
            return Cause(code="misaligned_rows", numbers={"shift": shift, "auc": auc}, can_repair=False)
    can_ask = facts is not None and facts.neighbour_agreement and not deadline.is_over
    numbers = {"n_rows": summary.n_rows, "p_value": summary.p_value, "smallest_auc": summary.smallest_auc}
    return Cause(
        code="no_signal",
        numbers=numbers | {"neighbours": facts.neighbour_agreement() if can_ask else None},
        can_repair=False,
    )
