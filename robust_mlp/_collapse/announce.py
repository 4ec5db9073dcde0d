"""From a guard's outcome to what the caller of `fit` sees: nothing, a warning, or an error."""

import warnings

import numpy as np

from robust_mlp._collapse.advice_sentences import column_text
from robust_mlp._collapse.explanations import one_class_text, warning_text
from robust_mlp._collapse.overridden import overridden_text
from robust_mlp._collapse.symptoms.rules import is_nonfinite
from robust_mlp._core.records import Verdict
from robust_mlp.exceptions import (
    CollapseError,
    CollapseWarning,
    DataQualityWarning,
    NoSignalWarning,
    OneClassWarning,
    RepairWarning,
    UnderfitWarning,
)

# What nobody can want, the guard off or not: `predict` takes the argmax of NaN, which is the first class.
NOT_A_NUMBER = (
    "The network predicts NaN or infinity, so predict gives rows to the first class whatever they hold. Nobody looked "
    "for the cause, because the guard is off. Pass collapse_guard='repair', scaled columns or a smaller learning rate."
)
# From warnings.warn up to the line that called fit: announce, fit, scikit-learn's callback decorator, the caller.
STACK_LEVEL = 4


def announce(outcome, policy, predicted=None, overridden=None, keep="collapse_guard='warn'"):
    """Warn or raise as the verdict and `collapse_guard` say.

    Parameters
    ----------
    outcome : GuardOutcome
    policy : str
    predicted : ndarray of shape (n_held_out,), dtype int, default=None
        Codes that `predict` gives to the rows of `outcome.attempt.held_out`. None: it takes the most probable class.
    overridden : dict of str to tuple, default=None
        Typed settings that the network which is kept was not trained with.
    keep : str, default="collapse_guard='warn'"
        What the user can type to keep them.

    Raises
    ------
    CollapseError
        If the network collapsed, or a setting held it back, and `policy` is 'raise'.
    """
    report = outcome.report
    if outcome.attempt.stop_reason == "interrupted":
        warnings.warn(
            f"Training was interrupted after epoch {len(outcome.attempt.records)}; the best weights so far are kept.",
            UserWarning,
            stacklevel=STACK_LEVEL,
        )
    for advisory in report.advisories:
        if advisory.severity == "warning" and report.verdict is not Verdict.NO_SIGNAL:  # whose warning says the same
            warnings.warn(column_text(advisory), DataQualityWarning, stacklevel=STACK_LEVEL)
    if overridden:
        warnings.warn(overridden_text(overridden, report, keep=keep), RepairWarning, stacklevel=STACK_LEVEL)
    if report.verdict in (Verdict.COLLAPSED, Verdict.UNDERFIT):
        if policy == "raise":
            raise CollapseError(warning_text(report), report)
        category = CollapseWarning if report.verdict is Verdict.COLLAPSED else UnderfitWarning
        warnings.warn(warning_text(report), category, stacklevel=STACK_LEVEL)
    elif report.verdict is Verdict.NO_SIGNAL:
        warnings.warn(warning_text(report), NoSignalWarning, stacklevel=STACK_LEVEL)
    elif policy == "off" and is_nonfinite(outcome.attempt, report.comparison):
        warnings.warn(NOT_A_NUMBER, CollapseWarning, stacklevel=STACK_LEVEL)
    elif policy != "off" and (code := _only_class(outcome.attempt.held_out, predicted)) is not None:
        held_out = outcome.attempt.held_out
        share = float(np.average(held_out.codes == code, weights=held_out.weights))
        text = one_class_text(report, code, len(held_out.codes), share)
        warnings.warn(text, OneClassWarning, stacklevel=STACK_LEVEL)


def _only_class(held_out, predicted):
    """The class that all held-out rows are given to though they are of several; or None."""
    if held_out is None or len(np.unique(held_out.codes)) < 2:
        return None
    given = np.unique(held_out.probabilities.argmax(axis=1) if predicted is None else predicted)
    return int(given[0]) if len(given) == 1 else None
