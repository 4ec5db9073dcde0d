"""Was the first network better than the one that a repair made? Reads two judged attempts, and trains nothing."""

from robust_mlp._collapse.symptoms.rules import is_constant, is_skilled, is_telling


def did_harm(first, best):
    """Whether the first network, which learned something, is better on the held-out rows than the repaired one.

    By its loss and by its decisions: a network that gives one class to every row may have the better loss.

    Parameters
    ----------
    first, best : JudgedAttempt
        Under the user's own plan, and under the plan of the repair that would be kept.

    Returns
    -------
    did_harm : bool
        False where the repair dropped the class weights: losses of the two do not compare.
    """
    a, b = first.comparison, best.comparison
    if a is None or b is None or a.in_sample or not a.is_finite or not is_telling(a):
        return False
    if is_constant(a) or not is_skilled(a):
        return False
    if best.attempt.plan.use_class_weight != first.attempt.plan.use_class_weight:
        return False
    return not b.is_finite or (a.loss < b.loss and a.balanced_accuracy >= b.balanced_accuracy)
