"""What a fit leaves beside the network: plan, decision and report as values of a model file."""

from dataclasses import dataclass

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._decision.decision import Decision
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
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    Array,
    Flag,
    Mapping,
    Maybe,
    Number,
    Pair,
    Record,
    Several,
    Text,
    Vector,
    Whole,
)
from robust_mlp.persistence.file_format.optimizer import Optimizer
from robust_mlp.persistence.file_format.values import UnwritableError, Value, write_value

_REAL, _ANY = Number(), Number(is_finite=False)
_SHARES = Several(_ANY)

PLAN = Record(
    TrainingPlan,
    {
        "hidden_layer_sizes": Several(Whole(1)),
        "activation": Text(),
        "dropout": _REAL,
        "input_dropout": _REAL,
        "batch_norm": Flag(),
        "max_norm": Maybe(_REAL),
        "linear_path": Flag(),
        "n_members": Whole(1),
        "optimizer": Optimizer(),
        "learning_rate": _REAL,
        "learning_rate_schedule": Value(),
        "weight_decay": _REAL,
        "label_smoothing": _REAL,
        "batch_size": Whole(1),
        "max_iter": Whole(1),
        "shuffle": Flag(),
        "early_stopping": Flag(),
        "n_iter_no_change": Whole(1),
        "tol": _REAL,
        "scale": Maybe(Text()),
        "numerical_embedding": Maybe(Text()),
        "embedding_once_scaled": Maybe(Text()),
        "has_auto_schedule": Flag(),
        "epochs_of_schedule": Maybe(Whole()),
        "longest_schedule": Maybe(Whole()),
        "kernel_initializer": Text(),
        "clip_norm": Maybe(_REAL),
        "use_class_weight": Flag(),
    },
)

DECISION = Record(
    Decision,
    {
        "kind": Text(),
        "offsets": Vector(),
        "costs": Maybe(Array(FLOATS, 2)),
        "honest_offsets": Maybe(Vector()),
        "score": Maybe(_ANY),
        "argmax_score": Maybe(_ANY),
        "note": Text(),
    },
)


@dataclass(frozen=True)
class ShownValue:
    """Codec of a setting in a report. One that cannot be written, such as an optimizer, becomes its text."""

    def write(self, value, place, arrays):
        try:
            return write_value(value)
        except UnwritableError:
            return str(value)

    def read(self, data, place, arrays):
        return Value().read(data, place, arrays)


CHANGES = Mapping(Pair(ShownValue()))

FINDING = Record(
    Finding,
    {
        "symptom": Text(),
        "cause": Text(),
        "evidence": Text(),
        "fix": Text(),
        "code": Text(),
        "severity": Text(("error", "warning", "info")),
    },
)
_ATTEMPT = Record(
    AttemptSummary,
    {
        "number": Whole(),
        "changes": CHANGES,
        "stop_reason": Text(),
        "n_epochs": Whole(),
        "best_epoch": Whole(),
        "epochs": Several(Whole()),
        "loss": _SHARES,
        "validation_loss": _SHARES,
        "learning_rate": _SHARES,
        "predicted_share": Several(_SHARES),
        "held_out_loss": _ANY,
        "held_out_accuracy": _ANY,
        "symptoms": Several(Text()),
        "seconds": _REAL,
        "added": Text(),
    },
)
_COMPARISON = Record(
    Comparison,
    {
        "n_rows": Whole(),
        "in_sample": Flag(),
        "support": Several(_REAL),
        "true_share": _SHARES,
        "prior": _SHARES,
        "prior_loss": _ANY,
        "prior_accuracy": _ANY,
        "is_finite": Flag(),
        "loss": _ANY,
        "gain_error": _ANY,
        "accuracy": _ANY,
        "recalls": _SHARES,
        "predicted_share": _SHARES,
        "spread": _ANY,
        "auc": _SHARES,
        "association": _ANY,
        "confusion": Several(_SHARES),
        "calibration": Several(_SHARES),
        "averaging_gain": _ANY,
        "averaging_accuracy_gain": _ANY,
    },
)
_TABLE = Record(
    TableSummary,
    {
        "n_rows": Whole(),
        "n_held_out": Whole(),
        "n_columns": Whole(),
        "n_numbers": Whole(),
        "n_categories": Whole(),
        "n_times": Whole(),
        "n_missing": Maybe(Whole()),
    },
)
_COLUMN_RISE = Record(ColumnRise, {"name": Text(), "rise": _ANY, "low": _ANY, "high": _ANY})
_PROBE = Record(ProbeResult, {"name": Text(), "association": _ANY, "p_value": _ANY, "loss": _ANY, "auc": _ANY})
_SIGNAL = Record(
    SignalSummary,
    {"found": Flag(), "p_value": _ANY, "probes": Several(_PROBE), "n_rows": Whole(), "smallest_auc": _ANY},
)
_FEATURE_SIGNAL = Record(
    FeatureSignal,
    {
        "name": Text(),
        "test": Text(),
        "statistic": _ANY,
        "p_value": _ANY,
        "adjusted_p_value": _ANY,
        "mutual_information": _ANY,
    },
)


@dataclass(frozen=True)
class _VerdictName:
    """Codec of a `Verdict`."""

    def write(self, value, place, arrays):
        return Verdict(value).value

    def read(self, data, place, arrays):
        return Verdict(Text(tuple(verdict.value for verdict in Verdict)).read(data, place, arrays))


REPORT = Record(
    TrainingReport,
    {
        "verdict": _VerdictName(),
        "headline": Text(),
        "findings": Several(FINDING),
        "advisories": Several(FINDING),
        "attempts": Several(_ATTEMPT),
        "kept": Whole(1),
        "comparison": Maybe(_COMPARISON),
        "signal": Maybe(_SIGNAL),
        "feature_signal": Several(_FEATURE_SIGNAL),
        "class_names": Several(Value()),
        "seconds": _REAL,
        "guard_seconds": _REAL,
        "table": Maybe(_TABLE),
        "settings": CHANGES,
        "created": Text(),
        "version": Text(),
        "column_rises": Several(_COLUMN_RISE),
    },
)
