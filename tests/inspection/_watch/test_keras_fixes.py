"""Every cause that the guard can name in a user's own network comes with the line of Keras that removes it."""

import re
from dataclasses import replace

import keras
import pytest

from robust_mlp._collapse.explanations import CAUSES
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import TrainingReport
from robust_mlp.inspection._watch.keras_fixes import KERAS_LINES, with_keras_lines

# What no line of the user's program changes: the table itself, or who ended the training.
WITHOUT_LINE = {"misaligned_rows", "no_signal", "out_of_time", "interrupted", "stopped_by_callback", "cluster_lost"}


def finding(code, fix="as it was"):
    return Finding(code=code, symptom="s", cause="c", evidence="e", fix=fix)


def report_of(findings, advisories=()):
    return TrainingReport(
        verdict=Verdict.COLLAPSED,
        headline="h",
        findings=tuple(findings),
        advisories=tuple(advisories),
        attempts=(),
        comparison=None,
        signal=None,
        class_names=("a", "b"),
        seconds=1.0,
    )


@pytest.mark.parametrize("code", sorted(set(CAUSES) - WITHOUT_LINE))
def test_every_cause_has_a_line(code):
    assert KERAS_LINES[code].strip()


@pytest.mark.parametrize("line", KERAS_LINES.values())
def test_what_a_line_names_in_keras_is_there(line):
    for path in re.findall(r"keras\.([\w.]+)\(", line):
        found = keras
        for name in path.split("."):
            found = getattr(found, name)
    for call in re.findall(r"keras\.[\w.]+\([^()]*(?:\([^()]*\)[^()]*)*\)", line):
        if "..." not in call:
            eval(call, {"keras": keras})  # with arguments that Keras takes


def test_findings_and_advice_get_their_lines_and_the_rest_stays():
    known, unknown = finding("dead_units"), finding("no_code_of_ours")
    report = report_of([known, unknown], [finding("overfitting")])
    found = with_keras_lines(report)
    assert found.findings == (replace(known, fix=KERAS_LINES["dead_units"]), unknown)
    assert found.advisories == (finding("overfitting", fix=KERAS_LINES["overfitting"]),)
    assert replace(found, findings=report.findings, advisories=report.advisories) == report
    assert report.findings[0].fix == "as it was"
