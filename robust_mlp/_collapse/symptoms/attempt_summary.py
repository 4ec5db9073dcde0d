"""From an attempt to its summary in the report: curves thinned, so that a report stays small. Judges nothing."""

import math

from robust_mlp._report import AttemptSummary

MAX_POINTS = 200  # epochs kept of a curve
MAX_SHARES = 2000  # class shares kept in all: epochs x classes


def summary_of(judged, number, first_plan):
    """The summary of one attempt.

    Parameters
    ----------
    judged : JudgedAttempt
    number : int
        1 for the first attempt.
    first_plan : TrainingPlan
        What `changes` are told against.

    Returns
    -------
    summary : AttemptSummary
    """
    attempt, c = judged.attempt, judged.comparison
    records = thinned(attempt.records, MAX_POINTS)
    n_classes = max((len(r.predicted_share) for r in records), default=0)
    shares = tuple(tuple(round(s, 6) for s in r.predicted_share) for r in records)
    has_shares = 0 < n_classes * len(records) <= MAX_SHARES
    has_held_out = any(r.validation_loss is not None for r in records)
    return AttemptSummary(
        number=number,
        changes=attempt.plan.changes_from(first_plan),
        added=attempt.added,
        stop_reason=attempt.stop_reason,
        n_epochs=len(attempt.records),
        best_epoch=attempt.best_epoch,
        epochs=tuple(r.epoch for r in records),
        loss=tuple(r.loss for r in records),
        validation_loss=tuple(_number(r.validation_loss) for r in records) if has_held_out else (),
        learning_rate=tuple(r.learning_rate for r in records),
        predicted_share=shares if has_shares else (),
        held_out_loss=c.loss if c is not None else math.nan,
        held_out_accuracy=c.accuracy if c is not None else math.nan,
        symptoms=judged.codes,
        seconds=attempt.seconds,
    )


def thinned(records, n):
    """At most n of the records, evenly spread, the first and the last among them."""
    if len(records) <= n:
        return tuple(records)
    return tuple(records[round(i * (len(records) - 1) / (n - 1))] for i in range(n))


def _number(value):
    return math.nan if value is None else value
