"""What sample weights do to a table: a class that weighs nothing, and a few rows that weigh as much as all others.

Weights say how often a row counts, so the guard judges the table that they make. Here it is said when that is another
table than the rows. Reads weights and labels. Trains nothing."""

from dataclasses import replace

import numpy as np

from robust_mlp._collapse.symptoms.rules import COMMON_SHARE, LOST_SHARE
from robust_mlp._core.records import Finding, Verdict

# Rows that hold this share of the weight decide what is learned.
MOST_WEIGHT = 0.95
# They are few if they are a smaller share of the rows. Weights that differ as one and a hundred do not come to it.
FEW = 0.05

_TO_TYPE = "Leave sample_weight out, or drop rows that are not to count."


def with_weight_notes(report, codes, weights):
    """The report with what the sample weights do to the table.

    Parameters
    ----------
    report : TrainingReport
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        Of rows that count, each above 0.

    Returns
    -------
    report : TrainingReport
        Unchanged where the weights are ordinary. A network that was not judged on a common class is UNCHECKED.
    """
    lost = classes_without_weight(codes, weights)
    if lost:
        return _with_lost_classes(report, lost)
    n_heavy = rows_of_most_weight(weights)
    if n_heavy >= FEW * len(weights):
        return report
    cause = "A few rows have nearly all of the sample weights, so that the network is trained and judged on them."
    share = np.sort(weights)[::-1][:n_heavy].sum() / weights.sum()
    evidence = f"{n_heavy:,} of {len(weights):,} rows have {share:.2%} of the weight"
    return _with(report, cause, evidence, "weight_of_few_rows")


def classes_without_weight(codes, weights):
    """Classes that many rows belong to and that have next to none of the weight.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64

    Returns
    -------
    lost : list of tuple
        (code, share of the rows, share of the weight) of each.
    """
    rows, mass = np.bincount(codes) / len(codes), np.bincount(codes, weights=weights) / weights.sum()
    where = np.flatnonzero((rows >= COMMON_SHARE) & (mass < LOST_SHARE))
    return [(int(code), float(rows[code]), float(mass[code])) for code in where]


def rows_of_most_weight(weights):
    """How many of the heaviest rows it takes to `MOST_WEIGHT` of the weight."""
    gathered = np.cumsum(np.sort(weights)[::-1])
    return int(np.searchsorted(gathered, MOST_WEIGHT * gathered[-1])) + 1


def _with_lost_classes(report, lost):
    names = [report.class_names[code] for code, _, _ in lost]
    shown = ", ".join(repr(name) for name in names)
    cause = f"The sample weights leave next to nothing of {'class' if len(lost) == 1 else 'classes'} {shown}."
    evidence = "; ".join(
        f"{name!r} has {rows:.2%} of the rows and {mass:.2g} of the weight"
        for name, (_, rows, mass) in zip(names, lost, strict=True)
    )
    told = _with(report, cause, evidence, "class_without_weight")
    if report.verdict not in (Verdict.HEALTHY, Verdict.REPAIRED):
        return told
    headline = f"{cause} What the network does with such rows was not judged. {report.headline}"
    return replace(told, verdict=Verdict.UNCHECKED, headline=headline)


def _with(report, cause, evidence, code):
    finding = Finding(symptom="", cause=cause, evidence=evidence, fix=_TO_TYPE, code=code, severity="info")
    return replace(report, advisories=(finding, *report.advisories))
