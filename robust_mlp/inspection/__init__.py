"""`inspect_model` checks a Keras network before training, `diagnose` checks the predictions of a fitted classifier."""

from robust_mlp.inspection._diagnose import diagnose
from robust_mlp.inspection._diagnosis.record import (
    CalibrationSummary,
    ClassRow,
    Diagnosis,
    DiagnosisVerdict,
    PriorSummary,
)
from robust_mlp.inspection._inspect_model import inspect_model
from robust_mlp.inspection._rules.findings import Findings

__all__ = [
    "inspect_model",
    "diagnose",
    "Findings",
    "Diagnosis",
    "DiagnosisVerdict",
    "ClassRow",
    "CalibrationSummary",
    "PriorSummary",
]
