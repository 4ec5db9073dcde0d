"""The report of a fit: `TrainingReport`, its parts, and their display as text, HTML and figures."""

from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report.records import (
    AttemptSummary,
    ColumnRise,
    Comparison,
    FeatureSignal,
    ProbeResult,
    SignalSummary,
    TableSummary,
)
from robust_mlp._report.report import TrainingReport

__all__ = [
    "AttemptSummary",
    "ColumnRise",
    "Comparison",
    "FeatureSignal",
    "Finding",
    "ProbeResult",
    "SignalSummary",
    "TableSummary",
    "TrainingReport",
    "Verdict",
]
