"""Why there is nothing to find in a table: columns that were not read, rows out of step, features that say nothing."""

from robust_mlp._collapse.advice import unread_columns
from robust_mlp._collapse.causes import Cause
from robust_mlp._core.losses import LARGEST_UNSEEN_AUC_AFTER_TRAINING, LARGEST_UNSEEN_AUC_WITHOUT_TRAINING

# Seconds that a search for rows out of step takes, about; and how the report calls it where there is no time.
TIME_OF_SEARCH, SEARCH = 1.0, "a search for rows out of step"
# Where only strong signals would be found for certain, a p-value below this is a hint, and "nothing" is not said. It
# costs 3 % of the tables without signal that are so small, or whose positives are so few.
HINT = 0.05


def can_rule_out_signal(summary):
    """Whether simple models, which found nothing, would have found any signal worth the name.

    Parameters
    ----------
    summary : SignalSummary

    Returns
    -------
    can_rule_out : bool
    """
    if summary.smallest_auc > LARGEST_UNSEEN_AUC_AFTER_TRAINING:
        return False
    return summary.smallest_auc <= LARGEST_UNSEEN_AUC_WITHOUT_TRAINING or summary.p_value > HINT


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
