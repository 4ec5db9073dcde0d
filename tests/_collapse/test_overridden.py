"""Overridden settings: found in the report of the attempt that is kept, and told in one sentence."""

import pytest

from robust_mlp._collapse.overridden import MAX_LISTED, overridden_settings, overridden_text
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import AttemptSummary, TrainingReport

CHANGES = {"learning_rate": (1e-7, 0.002), "max_iter": (60, 200), "clip_norm": (None, 1.0)}


def report(kept=2, causes=("The learning rate is too low.",), **fields):
    """A report of two attempts, the second under `CHANGES`."""
    attempts = (AttemptSummary(number=1), AttemptSummary(number=2, changes=CHANGES))
    findings = tuple(Finding(symptom="", cause=cause, evidence="", fix="") for cause in causes)
    usual = {"verdict": Verdict.REPAIRED, "headline": "", "attempts": attempts, "findings": findings, "kept": kept}
    return TrainingReport(**(usual | fields))


def test_what_was_typed_and_changed_in_the_attempt_that_is_kept_is_overridden():
    typed = {"learning_rate": 1e-7, "dropout": 0.3}
    assert overridden_settings(report(), typed) == {"learning_rate": (1e-7, 0.002)}


@pytest.mark.parametrize("told", [report(kept=1), report(attempts=(), kept=1)])
def test_nothing_is_overridden_where_the_first_attempt_is_kept(told):
    assert overridden_settings(told, {"learning_rate": 1e-7}) == {}


def test_the_sentence_says_what_was_typed_what_was_used_why_and_what_keeps_it():
    assert overridden_text({"learning_rate": (1e-7, 0.002)}, report()) == (
        "The network that is kept was not trained as typed: learning_rate=1e-07 (used: 0.002). The learning rate is "
        "too low. Pass collapse_guard='warn' to keep what was typed. overridden_ holds every pair."
    )


def test_under_a_healthy_verdict_it_says_that_the_other_network_does_better():
    text = overridden_text({"max_iter": (5, 75)}, report(causes=(), verdict=Verdict.HEALTHY))
    assert "max_iter=5 (used: 75). A network" in text
    assert "does better on the rows that were looked at." in text


def test_many_settings_are_counted():
    many = {f"setting_{i}": (i, i + 1) for i in range(MAX_LISTED + 2)}
    assert f"setting_{MAX_LISTED - 1}={MAX_LISTED - 1} (used: {MAX_LISTED}) and 2 more." in overridden_text(
        many, report()
    )
