"""Notes in the report about parameters that the user typed and the fit does not use. Changes no parameter."""

import math
from dataclasses import replace

from robust_mlp._collapse.explanations import ABOUT_DECISIONS
from robust_mlp._core.records import Finding

# The classifier's default. A user who leaves it has not asked for a fraction, so no note is needed.
DEFAULT_VALIDATION_FRACTION = 0.1


def with_own_decision(report, decision):
    """The report without the advice to choose classes otherwise than by the largest probability, where the user does.

    Parameters
    ----------
    report : TrainingReport
    decision : str, callable or array-like
        The user's `decision`.

    Returns
    -------
    report : TrainingReport
    """
    if isinstance(decision, str) and decision == "argmax":
        return report
    left = tuple(advisory for advisory in report.advisories if advisory.code not in ABOUT_DECISIONS)
    return replace(report, advisories=left)


def with_useless_scoring(report, scoring, records):
    """The report, with a warning if the scorer returned NaN in every epoch and so chose none.

    Parameters
    ----------
    report : TrainingReport
    scoring : str or callable
    records : sequence of EpochRecord
        Of the training that is kept.

    Returns
    -------
    report : TrainingReport
    """
    scores = [record.validation_score for record in records]
    is_loss = isinstance(scoring, str) and scoring == "loss"  # the network has diverged, which the verdict says
    if is_loss or not scores or None in scores or not all(map(math.isnan, scores)):
        return report
    name = scoring if isinstance(scoring, str) else getattr(scoring, "__name__", repr(scoring))
    note = Finding(
        symptom="",
        cause="The scorer returned NaN in every epoch and chose none, so that the weights of the last epoch are kept.",
        evidence=f"scoring={name}",
        fix="Pass a scorer that returns a number for held-out rows, or scoring='loss'.",
        code="scores_are_nan",
    )
    return replace(report, advisories=(*report.advisories, note))


def with_unused_parameters(report, estimator, plan, has_own_held_out):
    """The report, with a note if the user typed `validation_fraction` and it has no effect.

    Parameters
    ----------
    report : TrainingReport
    estimator : RobustMLPClassifier
    plan : TrainingPlan
        Of the first training.
    has_own_held_out : bool
        Whether the user passed `X_val`.

    Returns
    -------
    report : TrainingReport
    """
    given = estimator.validation_fraction
    if given == DEFAULT_VALIDATION_FRACTION or (plan.n_members == 1 and not has_own_held_out):
        return report
    if has_own_held_out:
        cause, fix = "The rows of X_val are held out instead.", "Leave X_val and y_val out to hold out a part of X."
    else:
        cause = f"Each of the {plan.n_members} members holds out a different part of the rows, one in {plan.n_members}."
        fix = f"Pass n_members=1 to hold out validation_fraction={given!r}, or X_val and y_val."
    note = Finding(
        symptom="validation_fraction has no effect.",
        cause=cause,
        evidence=f"validation_fraction={given!r}",
        fix=fix,
        code="validation_fraction_unused",
        severity="info",
    )
    return replace(report, advisories=(*report.advisories, note))
