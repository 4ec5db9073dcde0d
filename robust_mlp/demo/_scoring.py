"""One line of the demonstration's tables: fits a model, predicts, scores, and says which classes it predicts.

Prints nothing."""

import time
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss

from robust_mlp._core.losses import SMALLEST_PROBABILITY


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Scores of one fitted model on the test rows."""

    name: str
    accuracy: float
    balanced_accuracy: float
    log_loss: float  # nats
    rows_per_class: tuple[int, ...]  # predicted, in the order of `classes`
    verdict: str
    seconds: float  # of `fit` alone


def measure(name, model, train, test):
    """Fit `model` on `train` and score it on `test`; both are pairs (X, y). Returns (Outcome, fitted model)."""
    start = time.perf_counter()
    model.fit(*train)
    seconds = time.perf_counter() - start
    X, y = test
    classes = model.classes_
    probabilities = np.clip(model.predict_proba(X), SMALLEST_PROBABILITY, 1)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = model.predict(X)
    outcome = Outcome(
        name=name,
        accuracy=accuracy_score(y, predicted),
        balanced_accuracy=balanced_accuracy_score(y, predicted),
        log_loss=log_loss(y, probabilities, labels=classes),
        rows_per_class=tuple(int(np.sum(predicted == label)) for label in classes),
        verdict=_verdict(model, predicted, np.unique(y)),
        seconds=seconds,
    )
    return outcome, model


def report_of(model):
    """The TrainingReport of a model in a pipeline or a grid search, or None if it has none."""
    model = getattr(model, "best_estimator_", model)
    steps = getattr(model, "steps", None)
    return getattr(steps[-1][1] if steps else model, "report_", None)


def _verdict(model, predicted, classes):
    """The verdict of the report if there is one. Else a text about the classes that are predicted."""
    report = report_of(model)
    if report is not None:
        return report.verdict.value
    named = [label for label in classes if np.any(predicted == label)]
    if len(named) == 1:
        return f"always {named[0]}"
    if len(named) < len(classes):
        return f"{len(named)} of {len(classes)} classes"
    return "-"
