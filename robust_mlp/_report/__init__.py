"""What a fit leaves behind: `TrainingReport` and its parts, and how they are shown."""

from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report.records import (
    AttemptSummary,
    Comparison,
    FeatureSignal,
    ProbeResult,
    SignalSummary,
)
from robust_mlp._report.report import TrainingReport

__all__ = [
    "AttemptSummary",
    "Comparison",
    "FeatureSignal",
    "Finding",
    "ProbeResult",
    "SignalSummary",
    "TrainingReport",
    "Verdict",
]
