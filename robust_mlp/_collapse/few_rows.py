"""Where held-out rows are too few to tell: do the rows that were trained on, and simple models, speak for a network?

Reads an attempt and a signal. Trains nothing."""

import math

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._collapse.symptoms.rules import (
    MODERATE_ASSOCIATION,
    gives_one_class,
    is_constant,
    is_skilled,
    is_telling,
)

# Share of the prior's loss that the network must save on the rows that it was trained on: a collapsed one saves none.
LEAST_FITTED = 0.1
# A network that is as good as the best simple model ranks held-out rows worse than that by more than this many standard
# errors in one of twenty tables. Rows that do not contradict so clearly leave it to the others to speak.
CONTRADICTING_ERRORS = 1.64
# They then speak alone, so the signal that simple models found must be beyond doubt.
CLEAR_SIGNAL = 1e-3


def others_speak_for_it(judged, prior, signal):
    """Whether a network counts as healthy though its held-out rows are too few to prove it.

    A network that collapsed does not fit its training rows. One that memorized noise does, but then simple models
    find nothing, and held-out rows do not favour it.

    Parameters
    ----------
    judged : JudgedAttempt
        Without skill that could be proved, or with rows too few to be judged.
    prior : ndarray of shape (n_classes,), dtype float64
    signal : Signal or None

    Returns
    -------
    speaks : bool
    """
    c, look_at_training = judged.comparison, judged.attempt.training_rows
    if c is None or not c.is_finite or c.in_sample or look_at_training is None:
        return False
    if signal is None or not signal.summary.found:
        return False
    if c.gain <= 0 or (is_telling(c) and _contradicts(c, signal.summary)):
        return False
    fitted = compare(look_at_training(), prior)
    if not fitted.is_finite or is_constant(fitted) or not is_telling(fitted):
        return False
    # Of few rows hardly any need be given to a rare class. A network that gives it none of its training rows is another
    # matter.
    if is_telling(c) and gives_one_class(c) and gives_one_class(fitted):
        return False
    return is_skilled(fitted) and fitted.relative_gain >= LEAST_FITTED


def _contradicts(comparison, summary):
    """Whether held-out rows that hardly rank speak against the network.

    They do if simple models rank clearly better, or if what these found is itself in doubt.
    """
    if comparison.association >= MODERATE_ASSOCIATION:
        return False
    if comparison.association <= 0 or summary.p_value > CLEAR_SIGNAL:
        return True
    n = comparison.n_rows
    pairs = max(k * (n - k) for k in comparison.support)
    error = math.sqrt((n + 1) / (12 * pairs))  # of the Mann-Whitney statistic, as for `smallest_detectable_auc`
    best = max((probe.auc for probe in summary.probes if math.isfinite(probe.auc)), default=1.0)
    return comparison.mean_auc < best - CONTRADICTING_ERRORS * error
