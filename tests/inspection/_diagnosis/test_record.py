"""A diagnosis prints itself, becomes JSON and HTML, and cannot be changed."""

import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from robust_mlp._core.records import Finding
from robust_mlp._report import SignalSummary
from robust_mlp.inspection._diagnosis.record import (
    MAX_CLASSES_SHOWN,
    CalibrationSummary,
    ClassRow,
    Diagnosis,
    DiagnosisVerdict,
    PriorSummary,
)
from robust_mlp.inspection._rules.findings import Findings
from tests.inspection._diagnosis.examples import answers_of, judged_of, labels_of, skilled

CODES = labels_of([0.6, 0.4], 400)
COMPARISON = judged_of(answers_of(skilled(CODES, 2)), CODES).attempt.comparison
NAN = float("nan")


def row(label, **changes):
    figures = {"n_rows": 200, "n_predicted": 190, "precision": 0.9, "recall": 0.8, "auc": 0.95, "mean_probability": 0.5}
    return ClassRow(label=label, **{**figures, **changes})


def diagnosis(**changes):
    usual = {
        "verdict": DiagnosisVerdict.HEALTHY,
        "headline": "it works.",
        "findings": Findings(),
        "comparison": COMPARISON,
        "classes": (row("no"), row("yes", n_predicted=0, precision=NAN)),
    }
    return Diagnosis(**usual | changes)


FINDING = Finding(code="x", severity="error", symptom="<s>", cause="c", evidence="e", fix="f")
CALIBRATION = CalibrationSummary(mean_confidence=0.9, accuracy=0.8, expected_error=0.1, slope=0.7, loss_saved=0.02)
PRIOR = PriorSummary(source="given", trained=(0.5, 0.5), here=(0.6, 0.4), p_value=0.001)


@pytest.mark.parametrize("verdict", DiagnosisVerdict)
def test_a_collapse_is_one_of_the_network_or_of_its_decision(verdict):
    assert diagnosis(verdict=verdict).is_collapsed == verdict.name.endswith("COLLAPSED")
    assert verdict.name == verdict.value


def test_it_prints_the_verdict_the_classes_and_the_figures():
    lines = str(diagnosis()).splitlines()
    assert lines[:4] == [
        "HEALTHY: it works.",
        "class    rows  predicted  precision  recall    AUC",
        "no        200        190      0.900   0.800  0.950",
        "yes       200          0         --   0.800  0.950",
    ]
    c = COMPARISON
    assert lines[4:] == [
        f"log loss {c.loss:.4g}, class shares alone {c.prior_loss:.4g}",
        f"accuracy {c.accuracy:.3f}, always the commonest class {c.prior_accuracy:.3f}; balanced accuracy "
        f"{c.balanced_accuracy:.3f}; area under the ROC curve {c.mean_auc:.3f}",
    ]
    assert repr(diagnosis()) == "<Diagnosis: HEALTHY: it works.>"


def test_what_was_looked_at_beside_is_a_line_each():
    text = str(diagnosis(calibration=CALIBRATION, prior=PRIOR, findings=Findings([FINDING])))
    assert "calibration: mean confidence 0.900 at accuracy 0.800, expected error 0.100" in text
    assert "class shares 0.500 0.500 (given), here 0.600 0.400, p-value 0.001" in text
    assert text.endswith(str(Findings([FINDING])))
    assert "calibration" not in str(diagnosis())


def test_without_probabilities_there_is_no_line_of_the_loss():
    text = str(diagnosis(comparison=replace(COMPARISON, loss=NAN)))
    assert "log loss" not in text and "accuracy" in text
    assert "accuracy" not in str(diagnosis(comparison=replace(COMPARISON, loss=NAN, is_finite=False)))


def test_of_many_classes_the_first_are_shown():
    classes = tuple(row(f"c{i}") for i in range(MAX_CLASSES_SHOWN + 3))
    text = str(diagnosis(classes=classes))
    assert f"c{MAX_CLASSES_SHOWN - 1} " in text and f"c{MAX_CLASSES_SHOWN} " not in text
    assert "... and 3 more classes" in text
    assert diagnosis(classes=classes)._repr_html_().count("<tr>") == 1 + MAX_CLASSES_SHOWN
    assert len(diagnosis(classes=classes).to_dict()["classes"]) == len(classes)  # JSON has them all


def test_it_becomes_json_with_none_for_what_is_no_number():
    signal = SignalSummary(found=True, p_value=0.01, n_rows=100, smallest_auc=0.6, probes=())
    found = diagnosis(calibration=CALIBRATION, prior=PRIOR, signal=signal, findings=Findings([FINDING]))
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert list(content) == [
        "verdict",
        "headline",
        "findings",
        "comparison",
        "classes",
        "calibration",
        "prior",
        "signal",
    ]
    assert content["classes"][1]["precision"] is None and content["classes"][0]["precision"] == 0.9
    assert content["calibration"]["slope"] == 0.7 and content["prior"]["here"] == [0.6, 0.4]
    assert content["findings"][0]["code"] == "x" and content["signal"]["found"] is True
    assert diagnosis().to_dict()["calibration"] is None


def test_the_page_is_the_fragment_in_a_document_with_a_title(tmp_path):
    shown = diagnosis(headline="a < b")
    shown.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html><html lang="en">') and "<title>Diagnosis: HEALTHY</title>" in page
    assert shown._repr_html_() in page and "<script" not in page


def test_html_is_escaped():
    html = diagnosis(headline="a < b", classes=(row("<u>"),), findings=Findings([FINDING]))._repr_html_()
    assert "a &lt; b" in html and "&lt;u&gt;" in html and "&lt;s&gt;" in html
    assert "<u>" not in html and "<s>" not in html


def test_it_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        diagnosis().verdict = DiagnosisVerdict.COLLAPSED
    assert np.isnan(diagnosis().classes[1].precision)
