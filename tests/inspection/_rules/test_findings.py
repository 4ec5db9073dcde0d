"""Findings: causes before consequences, and a sequence that prints itself and cannot be changed."""

import json
import pickle

import pytest

from robust_mlp._core.records import Finding
from robust_mlp.inspection._rules.findings import CAUSE_ORDER, Findings, put_in_order


def finding(code, severity, **words):
    return Finding(**{"symptom": "s", "cause": "c", "evidence": "1", "fix": "f", **words}, code=code, severity=severity)


def test_errors_come_first_and_causes_before_consequences():
    found = [
        finding("linear_hidden_layer", "warning"),
        finding("labels_scaled", "error"),
        finding("inputs_not_finite", "error"),
        finding("inputs_constant", "info"),
    ]
    assert put_in_order(found).codes == ("inputs_not_finite", "labels_scaled", "linear_hidden_layer", "inputs_constant")


def test_a_cause_takes_over_the_symptom_that_it_explains():
    found = put_in_order([finding("constant_output", "error", symptom="same"), finding("inputs_unscaled", "warning")])
    assert found.codes == ("inputs_unscaled", "constant_output")
    assert (found[0].severity, found[0].symptom, found[1].severity) == ("error", "same", "warning")


def test_every_code_has_its_place():
    assert len(CAUSE_ORDER) == len(set(CAUSE_ORDER))


def test_findings_are_an_immutable_sequence_that_prints_itself():
    found = Findings([finding("labels_scaled", "error"), finding("dead_units", "warning", cause="", symptom="dead")])
    assert len(found) == 2 and found[0].code == "labels_scaled" and list(found) == [found[0], found[1]]
    assert isinstance(found[:1], Findings) and found[:1] == Findings([found[0]])
    assert str(found) == (
        "1 error, 1 warning.\n"
        "1. ERROR: c [labels_scaled]\n   what it does: s\n   evidence: 1\n   type: f\n"
        "2. WARNING: dead [dead_units]\n   evidence: 1\n   type: f"
    )
    assert repr(found) == "<Findings: 1 error, 1 warning.>"
    assert str(Findings()) == "Nothing found."
    assert json.loads(json.dumps(found.to_dict()))["findings"][0]["code"] == "labels_scaled"
    assert pickle.loads(pickle.dumps(found)) == found and hash(found) == hash(found[:])
    with pytest.raises(AttributeError, match="cannot be changed"):
        found.extra = 1


def test_html_is_escaped():
    assert "&lt;b&gt;" in Findings([finding("dead_units", "warning", evidence="<b>")])._repr_html_()
