"""Usual settings in place of ones that hold most networks back: did they hold this one back?

Simple models tell where they do better than the network. Where they do worse than a good network, only another training
tells. Trains nothing itself."""

from dataclasses import replace

from robust_mlp._collapse.causes import NEARLY_ALL, find_causes, holding_back
from robust_mlp._collapse.give_up import is_unusual
from robust_mlp._collapse.simple_models.comparison import is_outdone
from robust_mlp._collapse.symptoms.rules import OUTDONE, Symptom


def to_try_without(inputs):
    """What to take out for another training of a network that is healthy, or not proved to be anything else.

    Parameters
    ----------
    inputs : CauseInputs
        Of the first attempt.

    Returns
    -------
    causes : tuple of Cause
        What is certain to be a cause if another training does better. Empty where no setting holds most networks back,
        or the network was not judged by held-out rows, or found nearly all there is.
    """
    judged, c = inputs.judged, inputs.judged.comparison
    if not judged.can_be_judged or c is None or not c.is_finite or "no_skill" in judged.codes:
        return ()
    if c.in_sample or c.relative_gain >= NEARLY_ALL or not _has_reason(inputs):
        return ()
    if_outdone = replace(inputs, judged=replace(judged, symptoms=(Symptom(code=OUTDONE),)))
    return tuple(cause for cause in find_causes(if_outdone) if cause.is_certain)


def _has_reason(inputs):
    """Whether a setting holds most networks back. Raw columns do not if the network normalizes batches."""
    reasons = {cause.code for cause in holding_back(inputs)}
    return bool(reasons - ({"unscaled_columns"} if inputs.plan.batch_norm else set())) or is_unusual(inputs.plan)


def outdone(first, other):
    """The first attempt with the symptom that the other one does better; None if it does not, or not clearly.

    Paired tests on the rows that both held out.

    Parameters
    ----------
    first, other : JudgedAttempt

    Returns
    -------
    judged : JudgedAttempt or None
    """
    held_out, c = other.attempt.held_out, other.comparison
    if held_out is None or c is None or not c.is_finite or c.in_sample:
        return None
    if not is_outdone(first, held_out.rows, held_out.probabilities):
        return None
    numbers = {"loss": first.comparison.loss, "other": c.loss}
    return replace(first, symptoms=(Symptom(code=OUTDONE, numbers=numbers), *first.symptoms))
