"""Trainings that something outside the network ended, and what was left out for lack of time: a line for each.

Reads attempts and the notes of a `Deadline`. Never changes a verdict."""

import os
from dataclasses import replace

from robust_mlp._collapse.advice_sentences import advice_finding
from robust_mlp._collapse.causes import Cause
from robust_mlp._core.records import Verdict

# Stop reasons of trainings that somebody or something other than the network ended.
CUT = ("max_time", "interrupted", "callback", "cluster_lost")


def cut_short(judged_attempts, kept, verdict):
    """Whether a training was cut, and which figure is of a cut network.

    Parameters
    ----------
    judged_attempts : sequence of JudgedAttempt
    kept : int
        Place of the attempt whose network is used.
    verdict : Verdict

    Returns
    -------
    advice : tuple of Cause
        With `can_repair` False: "cut_short", or none.
    """
    attempt = judged_attempts[-1].attempt  # a cut training is the last one: no other follows it
    if attempt.stop_reason not in CUT:
        return ()
    numbers = {
        "by": attempt.stop_reason,
        "n_epochs": len(attempt.records),
        "max_iter": attempt.plan.max_iter,
        "number": len(judged_attempts),
        "kept": kept + 1,
        "best_epoch": judged_attempts[kept].attempt.best_epoch,
        "is_hopeless": verdict is Verdict.NO_SIGNAL,
    }
    return (Cause(code="cut_short", numbers=numbers, can_repair=False),)


def with_stop_reason(report, stop_reason, max_iter):
    """The report on a single training that ended for another reason than the guard was told.

    Parameters
    ----------
    report : TrainingReport
        Of one attempt.
    stop_reason : str
    max_iter : int
        Epochs that were asked for.

    Returns
    -------
    report : TrainingReport
        Unchanged if the reason is the same. With a line if the training was cut.
    """
    (summary,) = report.attempts
    if summary.stop_reason == stop_reason:
        return report
    report = replace(report, attempts=(replace(summary, stop_reason=stop_reason),))
    if stop_reason not in CUT:
        return report
    numbers = {
        "by": stop_reason,
        "n_epochs": summary.n_epochs,
        "max_iter": max_iter,
        "number": 1,
        "kept": 1,
        "best_epoch": summary.n_epochs,  # the last weights are judged
        "is_hopeless": report.verdict is Verdict.NO_SIGNAL,
    }
    line = advice_finding(Cause(code="cut_short", numbers=numbers, can_repair=False), report.class_names)
    return replace(report, advisories=(line, *report.advisories))


def with_left_out(report, left_out):
    """The report with a line about what `max_time` left no time for, first of all advice but that of a cut training.

    Parameters
    ----------
    report : TrainingReport
    left_out : tuple of str
        What a `Deadline` noted.

    Returns
    -------
    report : TrainingReport
        Unchanged if nothing was left out.
    """
    if not left_out:
        return report
    line = advice_finding(Cause(code="left_out", numbers={"stages": left_out}, can_repair=False), report.class_names)
    n_before = sum(advisory.code == "cut_short" for advisory in report.advisories)
    advisories = (*report.advisories[:n_before], line, *report.advisories[n_before:])
    return replace(report, advisories=advisories)


def with_checkpoint(report, path):
    """The report with a line that says that the fit can go on.

    Parameters
    ----------
    report : TrainingReport
        Of a fit that was cut off.
    path : str or path-like
        The checkpoint file.

    Returns
    -------
    report : TrainingReport
    """
    cause = Cause(code="can_go_on", numbers={"path": os.fspath(path)}, can_repair=False)
    n_before = sum(advisory.code in ("cut_short", "left_out") for advisory in report.advisories)
    line = advice_finding(cause, report.class_names)
    return replace(report, advisories=(*report.advisories[:n_before], line, *report.advisories[n_before:]))
