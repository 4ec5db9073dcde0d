"""From a guard's outcome to what the caller of `fit` sees: nothing, a warning, or an error."""

import warnings

from robust_mlp._collapse.explanations import warning_text
from robust_mlp._records import Verdict
from robust_mlp.exceptions import CollapseError, CollapseWarning, NoSignalWarning

# From warnings.warn up to the line that called fit: announce, fit, scikit-learn's callback decorator, the caller.
STACK_LEVEL = 4


def announce(outcome, policy):
    """Warn or raise as the verdict and `collapse_guard` say.

    Raises
    ------
    CollapseError
        If the network collapsed and `policy` is 'raise'.
    """
    report = outcome.report
    if outcome.attempt.stop_reason == "interrupted":
        warnings.warn(
            f"Training was interrupted after epoch {len(outcome.attempt.records)}; the best weights so far are kept.",
            UserWarning,
            stacklevel=STACK_LEVEL,
        )
    if report.verdict is Verdict.COLLAPSED:
        if policy == "raise":
            raise CollapseError(warning_text(report), report)
        warnings.warn(warning_text(report), CollapseWarning, stacklevel=STACK_LEVEL)
    elif report.verdict is Verdict.NO_SIGNAL:
        warnings.warn(warning_text(report), NoSignalWarning, stacklevel=STACK_LEVEL)
