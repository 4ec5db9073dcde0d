"""Compares the first training with the best of the repaired ones: was the first the better one, or healthy all along?

Reads JudgedAttempts. Trains nothing."""

from robust_mlp._collapse.simple_models.comparison import is_far_behind, is_outdone
from robust_mlp._collapse.symptoms.rules import is_behind_simple_models, is_constant, is_skilled, is_telling


def repair_did_harm(first, best):
    """Whether the first network, which learned something, is better on the held-out rows than the repaired one.

    By its loss and by its decisions: a network that gives one class to every row may have the better loss.

    Parameters
    ----------
    first, best : JudgedAttempt
        Of the typed settings, and of repaired ones.

    Returns
    -------
    did_harm : bool
        False where class weights differ: the losses are then of different problems.
    """
    a, b = first.comparison, best.comparison
    if a is None or b is None or a.in_sample or not a.is_finite or not is_telling(a):
        return False
    if is_constant(a) or not is_skilled(a):
        return False
    if best.attempt.plan.use_class_weight != first.attempt.plan.use_class_weight:
        return False
    return not b.is_finite or (a.loss < b.loss and a.balanced_accuracy >= b.balanced_accuracy)


def was_healthy_all_along(first, best):
    """Whether the first attempt had some skill, and a healthy repair found hardly more; parameters as above."""
    if not first.is_doubtful or first.is_proved or "no_skill" in first.codes:
        return False
    # What no simple model speaks for must be found to be far behind; else clearly is enough.
    is_worse = is_outdone if is_behind_simple_models(first) else is_far_behind
    return not is_worse(first, best.attempt.held_out.rows, best.attempt.held_out.probabilities)
