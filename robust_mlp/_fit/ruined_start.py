"""Weights from which no training with `warm_start=True` comes back: told by their size, before any training.

Adam moves a weight by about the learning rate in a step. Weights of hundreds need hundreds of thousands of steps to
come back to usual sizes, and units with such biases answer every row alike until then."""

from dataclasses import replace

import numpy as np

from robust_mlp._core.records import Finding, Verdict
from robust_mlp._core.training_data import Trained

# Root mean square of an array of weights. Those of healthy fits were at most .4; a rate of 1, which the highest usual
# rate is a tenth of, made 8 of it, and training came back from there.
LARGEST_SIZE = 20.0

_CAUSE = "The weights of the previous fit are so large that no training comes back from there."
_NEW = "The training began with new weights."
_TO_TYPE = "Pass warm_start=False, or fit once with a usual learning_rate, to begin with new weights."


def size_of(weights):
    """Largest root mean square of an array of a network; infinite where a weight is no number.

    Parameters
    ----------
    weights : NetworkWeights

    Returns
    -------
    size : float
    """
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = [float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))) for array in weights.trainable]
    largest = max(sizes, default=0.0)
    return largest if np.isfinite(sizes).all() else float("inf")


def usable_start(weights, policy):
    """What a training with ``warm_start=True`` goes on from.

    Parameters
    ----------
    weights : NetworkWeights
        Of the previous fit.
    policy : {"repair", "warn", "raise", "off"}
        Of the guard. Only "repair" drops ruined weights, and "off" looks at none.

    Returns
    -------
    start : Trained or None
        None: new weights.
    size : float or None
        That of ruined weights; None where they are not ruined.
    """
    size = 0.0 if policy == "off" else size_of(weights)
    if size <= LARGEST_SIZE:
        return Trained(weights), None
    return (None if policy == "repair" else Trained(weights)), size


def overridden_start(report):
    """The pair of `overridden_` for weights that were dropped, as a dict; {} where none were."""
    is_dropped = any(finding.code == "ruined_start" for finding in report.findings)
    return {"warm_start": (True, False)} if is_dropped else {}


def with_ruined_start(report, size, *, is_dropped):
    """The report of a fit whose previous weights were ruined.

    Parameters
    ----------
    report : TrainingReport
    size : float
        As of `size_of`.
    is_dropped : bool
        Whether the training began with new weights instead.

    Returns
    -------
    report : TrainingReport
        HEALTHY becomes REPAIRED where the weights were dropped; else the report has one line more.
    """
    finding = Finding(
        symptom="",
        cause=_CAUSE,
        evidence=f"root mean square {size:.3g}; usual are sizes below 1",
        fix=_NEW if is_dropped else _TO_TYPE,
        code="ruined_start",
        severity="warning" if is_dropped else "info",
    )
    if not is_dropped:
        return replace(report, advisories=(*report.advisories, finding))
    verdict = Verdict.REPAIRED if report.verdict is Verdict.HEALTHY else report.verdict
    headline = f"{_CAUSE} {_NEW} {report.headline}"
    return replace(report, verdict=verdict, headline=headline, findings=(finding, *report.findings))
