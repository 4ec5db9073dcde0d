"""Why the first attempt went wrong, and what was done about it or can be typed. Trains nothing."""

from robust_mlp._collapse import explanations
from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.repairs import repaired

# Somebody or something other than the network ended these trainings: another one is not what they asked for.
FINAL_STOPS = {
    "interrupted": "interrupted",
    "max_time": "out_of_time",
    "callback": "stopped_by_callback",
    "cluster_lost": "cluster_lost",
}
# What only the user can change.
TO_TYPE = {
    "stopped_by_callback": "Let the callback wait longer, or leave it out.",
    "pairs_alone": (
        "Pass the two columns as one category, numbers cut into ranges. From 200 rows on, "
        "RobustMLPClassifier(collapse_guard='repair') with its other defaults adds members that learn such pairs."
    ),
    "too_many_held_out": "Pass a smaller validation_fraction, such as 0.1, or leave n_members at 'auto'.",
}


def first_causes(judged, causes):
    """Causes of the first attempt, if it went wrong: the certain ones, or else all.

    Parameters
    ----------
    judged : JudgedAttempt
        The first attempt.
    causes : tuple of Cause
        What was found about it.

    Returns
    -------
    causes : tuple of Cause
    """
    stop = FINAL_STOPS.get(judged.attempt.stop_reason)
    if stop is not None and not judged.is_healthy:
        return (Cause(code=stop, numbers={"n_epochs": len(judged.attempt.records)}, can_repair=False),)
    certain = tuple(cause for cause in causes if cause.is_certain)
    return certain or causes


def fix_of(cause, causes, plan, facts, kept_plan):
    """What was done about a cause, or what the user can type.

    Parameters
    ----------
    cause : Cause
    causes : tuple of Cause
        All of the first attempt.
    plan : TrainingPlan
        Of the first attempt.
    facts : DataFacts or None
    kept_plan : TrainingPlan or None
        Of the attempt that is kept. None if there was only one.

    Returns
    -------
    fix : str
    """
    if cause.code in TO_TYPE:
        return TO_TYPE[cause.code]
    changes = repaired(plan, [cause], facts).changes_from(plan)
    if kept_plan is None:
        # Where several causes change a setting, one value for all of them is advised.
        together = repaired(plan, causes, facts).changes_from(plan)
        return explanations.advised_fix({name: together.get(name, pair) for name, pair in changes.items()})
    kept_changes = kept_plan.changes_from(plan)
    if cause.code == "unknown":
        changes = kept_changes
    is_kept = changes.keys() <= kept_changes.keys()
    if is_kept:  # where several causes change a setting, the last one decides
        changes = {name: kept_changes[name] for name in changes}
    return explanations.tried_fix(changes, is_kept)
