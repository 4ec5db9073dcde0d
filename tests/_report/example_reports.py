"""Reports made up for tests: a healthy one, a repaired one, and one without a signal."""

import math

import numpy as np

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import AttemptSummary, FeatureSignal, ProbeResult, SignalSummary, TrainingReport
from tests.invented_attempts import held_out

FINDING = Finding(
    symptom="The network predicts the same probabilities for every row.",
    cause="The learning rate is too high.",
    evidence="learning_rate=10, usual 0.002; last training loss 812, prior 0.693",
    fix="Trained again with learning_rate=0.002 (was 10).",
    code="learning_rate_too_high",
)


ADVICE = Finding(
    symptom="",
    cause="Columns repeat others exactly.",
    evidence="'b' repeats 'a'",
    fix="They can be dropped.",
    code="duplicate_columns",
    severity="info",
)


def summary(number=1, **fields):
    values = {
        "number": number,
        "stop_reason": "early_stopping",
        "n_epochs": 3,
        "best_epoch": 2,
        "epochs": (1, 2, 3),
        "loss": (0.6, 0.4, 0.3),
        "validation_loss": (0.65, 0.5, 0.55),
        "learning_rate": (0.002,) * 3,
        "predicted_share": ((1.0, 0.0), (0.7, 0.3), (0.52, 0.48)),
        "held_out_loss": 0.5,
        "held_out_accuracy": 0.8,
        "seconds": 1.5,
    }
    return AttemptSummary(**(values | fields))


def report(verdict=Verdict.HEALTHY, n_classes=2, **fields):
    prior = np.full(n_classes, 1 / n_classes)
    values = {
        "headline": "The network beats the class shares.",
        "attempts": (summary(),),
        "comparison": compare(held_out(500, 1.0, prior=prior), prior),
        "class_names": tuple(f"class {k}" for k in range(n_classes)),
        "seconds": 2.0,
        "guard_seconds": 0.001,
    }
    return TrainingReport(verdict=verdict, **(values | fields))


REPAIRED = report(
    Verdict.REPAIRED,
    headline="The first training collapsed.",
    findings=(FINDING,),
    advisories=(ADVICE,),
    attempts=(
        summary(1, held_out_loss=math.nan, loss=(math.nan,) * 3),
        summary(2, changes={"learning_rate": (10.0, 0.002), "clip_norm": (None, 1.0)}),
    ),
    kept=2,
)


NOTHING = report(
    Verdict.NO_SIGNAL,
    signal=SignalSummary(
        found=False,
        p_value=0.3,
        probes=(ProbeResult(name="linear model", association=0.2, p_value=0.42, loss=0.69, auc=0.51),),
        n_rows=500,
        smallest_auc=0.6,
    ),
    feature_signal=(
        FeatureSignal(
            name="age <b>", test="F", statistic=2.0, p_value=0.1, adjusted_p_value=0.4, mutual_information=0.001
        ),
    ),
)
