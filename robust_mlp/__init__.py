"""A neural classifier for tables that never silently predicts one class.

Holds the public names. Each is imported on first use (PEP 562), so that importing the package loads neither TensorFlow,
Keras, scikeras, pandas, matplotlib nor imbalanced-learn, and changes nothing in the process."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from robust_mlp._data.input_columns import InputColumn
    from robust_mlp._report import (
        AttemptSummary,
        ColumnRise,
        Comparison,
        FeatureSignal,
        Finding,
        ProbeResult,
        SignalSummary,
        TableSummary,
        TrainingReport,
        Verdict,
    )
    from robust_mlp._system.clear_cache import clear_cache
    from robust_mlp.classifier import RobustMLPClassifier
    from robust_mlp.compare import ImbalanceComparison, ModelComparison, compare_imbalance, compare_models
    from robust_mlp.exceptions import (
        CheckpointWarning,
        CollapseError,
        CollapseWarning,
        DataQualityWarning,
        DriftWarning,
        ModelFileError,
        NoSignalWarning,
        OneClassWarning,
        RepairWarning,
        UnderfitWarning,
    )
    from robust_mlp.explanation import (
        ClassEvidence,
        ColumnEffect,
        ColumnImportance,
        Explanation,
        PairEffect,
        explain,
    )
    from robust_mlp.explanation.contributions import ColumnContribution, Contributions, RowEvidence, contributions
    from robust_mlp.inspection import (
        CalibrationSummary,
        ClassRow,
        Diagnosis,
        DiagnosisVerdict,
        Findings,
        PriorSummary,
        diagnose,
        inspect_model,
    )
    from robust_mlp.persistence.export.onnx_model import to_onnx
    from robust_mlp.persistence.load import load_model
    from robust_mlp.persistence.pipelines.converter import register_onnx_converter
    from robust_mlp.priors import PriorShiftClassifier, ShiftTest
    from robust_mlp.search import search_space

__version__ = "0.1.0"

__all__ = [
    "RobustMLPClassifier",
    "inspect_model",
    "diagnose",
    "explain",
    "PriorShiftClassifier",
    "compare_imbalance",
    "compare_models",
    "search_space",
    "to_onnx",
    "register_onnx_converter",
    "contributions",
    "load_model",
    "clear_cache",
    "CheckpointWarning",
    "CollapseError",
    "CollapseWarning",
    "DataQualityWarning",
    "DriftWarning",
    "ModelFileError",
    "NoSignalWarning",
    "OneClassWarning",
    "RepairWarning",
    "UnderfitWarning",
    # what these hand out
    "TrainingReport",
    "Verdict",
    "Finding",
    "AttemptSummary",
    "ColumnRise",
    "Comparison",
    "SignalSummary",
    "TableSummary",
    "ProbeResult",
    "FeatureSignal",
    "Findings",
    "Diagnosis",
    "DiagnosisVerdict",
    "ClassRow",
    "CalibrationSummary",
    "PriorSummary",
    "ShiftTest",
    "ImbalanceComparison",
    "ModelComparison",
    "Contributions",
    "RowEvidence",
    "ColumnContribution",
    "Explanation",
    "ColumnImportance",
    "ColumnEffect",
    "PairEffect",
    "ClassEvidence",
    "InputColumn",
]

_MODULE_OF = {
    "RobustMLPClassifier": "classifier",
    "inspect_model": "inspection",
    "diagnose": "inspection",
    "explain": "explanation",
    "PriorShiftClassifier": "priors",
    "compare_imbalance": "compare",
    "compare_models": "compare",
    "search_space": "search",
    "to_onnx": "persistence.export.onnx_model",
    "register_onnx_converter": "persistence.pipelines.converter",
    "contributions": "explanation.contributions",
    "load_model": "persistence.load",
    "clear_cache": "_system.clear_cache",
    "CheckpointWarning": "exceptions",
    "CollapseError": "exceptions",
    "CollapseWarning": "exceptions",
    "DataQualityWarning": "exceptions",
    "DriftWarning": "exceptions",
    "ModelFileError": "exceptions",
    "NoSignalWarning": "exceptions",
    "OneClassWarning": "exceptions",
    "RepairWarning": "exceptions",
    "UnderfitWarning": "exceptions",
    "TrainingReport": "_report",
    "Verdict": "_report",
    "Finding": "_report",
    "AttemptSummary": "_report",
    "ColumnRise": "_report",
    "Comparison": "_report",
    "SignalSummary": "_report",
    "TableSummary": "_report",
    "ProbeResult": "_report",
    "FeatureSignal": "_report",
    "Findings": "inspection",
    "Diagnosis": "inspection",
    "DiagnosisVerdict": "inspection",
    "ClassRow": "inspection",
    "CalibrationSummary": "inspection",
    "PriorSummary": "inspection",
    "ShiftTest": "priors",
    "ImbalanceComparison": "compare",
    "ModelComparison": "compare",
    "Contributions": "explanation.contributions",
    "RowEvidence": "explanation.contributions",
    "ColumnContribution": "explanation.contributions",
    "Explanation": "explanation",
    "ColumnImportance": "explanation",
    "ColumnEffect": "explanation",
    "PairEffect": "explanation",
    "ClassEvidence": "explanation",
    "InputColumn": "_data.input_columns",
}
# Public too, but no part of `from robust_mlp import *`: their modules import Keras.
_WITH_KERAS = {"CollapseGuard": "callbacks", "GuardedKerasClassifier": "keras_classifier"}
_NEEDS = {"CollapseGuard": ("keras",), "GuardedKerasClassifier": ("keras", "tensorflow", "scikeras")}
_MODULES = ("datasets", "displays")  # public modules reachable as attributes of the package


def __getattr__(name: str) -> Any:
    """Import a public name, or a public module, on first use."""
    if name in _MODULES:
        return import_module(f"robust_mlp.{name}")
    module = _MODULE_OF.get(name) or _WITH_KERAS.get(name)
    if module is None:
        raise AttributeError(f"module 'robust_mlp' has no attribute {name!r}")
    if name in _NEEDS:
        from robust_mlp._system.missing_packages import check_installed

        check_installed(name, *_NEEDS[name])
    value = getattr(import_module(f"robust_mlp.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, whether or not they were used yet."""
    return sorted({*globals(), *__all__, *_WITH_KERAS, *_MODULES})
