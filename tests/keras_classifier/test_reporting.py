"""A fit's report in the words of this classifier: what was repaired in front, and the rest as the guard has it."""

import inspect
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import TrainingReport
from robust_mlp.keras_classifier import GuardedKerasClassifier
from robust_mlp.keras_classifier.reporting import (
    _LINES,
    in_own_words,
    one_sided_report,
    scaled_labels_finding,
    unchecked_report,
    unwatched_report,
    with_repairs,
)


def finding(code="x", fix="as it was", severity="warning"):
    return Finding(code=code, severity=severity, symptom="s", cause=f"Cause of {code}.", evidence="e", fix=fix)


def report_of(verdict=Verdict.HEALTHY, **parts):
    return TrainingReport(verdict=verdict, headline="It ended.", **parts)


def choice_of(*findings, is_repaired=False):
    return SimpleNamespace(findings=findings, right=object() if is_repaired else None)


REPAIRED = finding("head", "Replaced by another.")


def test_advice_is_told_with_this_classifiers_parameters():
    known, unknown = finding("overfitting"), finding("no_such_code")
    found = in_own_words(report_of(advisories=(known, unknown)))
    assert found.advisories == (replace(known, fix=_LINES["overfitting"]), unknown)


def test_what_is_advised_can_be_typed():
    of_fit = inspect.signature(GuardedKerasClassifier.fit).parameters
    names = {*GuardedKerasClassifier().get_params(), *of_fit, "restore_best_weights"}
    for line in _LINES.values():
        assert set(re.findall(r"\b(\w+)=", line)) <= names


def test_a_healthy_fit_with_another_head_is_repaired_and_says_so_first():
    found = with_repairs(report_of(findings=(finding("later"),)), choice_of(REPAIRED, is_repaired=True), None)
    assert found.verdict is Verdict.REPAIRED
    assert found.headline == "Cause of head. Replaced by another. It ended."
    assert [f.code for f in found.findings] == ["head", "later"]


@pytest.mark.parametrize("verdict", [Verdict.COLLAPSED, Verdict.NO_SIGNAL, Verdict.UNCHECKED, Verdict.REPAIRED])
def test_a_repair_makes_no_other_verdict_better(verdict):
    found = with_repairs(report_of(verdict), choice_of(REPAIRED, is_repaired=True), None)
    assert found.verdict is verdict and found.findings == (REPAIRED,)


def test_mended_labels_come_before_the_head():
    labels = finding("labels_scaled")
    found = with_repairs(report_of(), choice_of(REPAIRED, is_repaired=True), labels)
    assert [f.code for f in found.findings] == ["labels_scaled", "head"]
    assert found.headline.startswith("Cause of labels_scaled. as it was ")


def test_what_was_not_replaced_is_no_repair():
    remark = finding("remark", severity="info")
    found = with_repairs(report_of(), choice_of(remark, REPAIRED, is_repaired=True), None)
    assert found.findings == (REPAIRED,)


@pytest.mark.parametrize(
    "verdict, is_told",
    [(Verdict.COLLAPSED, True), (Verdict.NO_SIGNAL, True), (Verdict.HEALTHY, False), (Verdict.UNCHECKED, False)],
)
def test_a_contradiction_that_was_left_alone_is_told_where_the_network_failed(verdict, is_told):
    kept = finding("head", severity="error")
    report = report_of(verdict, findings=(finding("later"),))
    found = with_repairs(report, choice_of(kept, finding("remark")), None)
    assert found == (replace(report, findings=(kept, finding("later"))) if is_told else report)


def test_scaled_labels_were_taken_as_classes():
    found = scaled_labels_finding(finding("labels_scaled", severity="error"))
    assert (found.severity, found.symptom, found.fix) == ("warning", "", "Each distinct value was taken as a class.")
    assert found.cause == "Cause of labels_scaled."


def test_reports_without_a_judgement_say_why():
    assert one_sided_report(report_of(), 0.99999).headline == (
        "The class weights give one class 100.00% of the loss: the network can only answer it."
    )
    assert one_sided_report(report_of(), 0.99999).verdict is Verdict.HEALTHY
    unwatched, several = unwatched_report(), unchecked_report(3.0)
    assert unwatched.verdict is several.verdict is Verdict.UNCHECKED
    assert unwatched.headline == (
        "The network was trained by partial_fit, or not at all; nothing was held out to judge it by."
    )
    assert several.headline == "Rows carry several labels each, and the guard judges networks with one class per row."
    assert several.seconds == 3.0
