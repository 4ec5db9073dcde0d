"""No piece of advice contradicts the verdict, a finding or a more urgent piece of advice."""

from pathlib import Path

import pytest

from robust_mlp._collapse.advice_sentences import ADVICE
from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.consistent_advice import (
    _SILENCED_BY,
    _SILENCED_BY_FINDING,
    _SILENCED_BY_VERDICT,
    ABOUT_DECISIONS,
    ABOUT_TRAINING,
    consistent,
)
from robust_mlp._collapse.explanations import CAUSES
from robust_mlp._core.records import Verdict
from tests._collapse.thirty_cases import CASES


def left(codes, verdict=Verdict.HEALTHY, findings=()):
    """Codes that remain of some advice."""
    return [piece.code for piece in consistent([Cause(code=code) for code in codes], verdict, findings)]


def test_the_table_of_contradictions_names_advice_and_causes_that_exist():
    silent = {code for codes in (*_SILENCED_BY.values(), *_SILENCED_BY_VERDICT.values()) for code in codes}
    assert silent | set(_SILENCED_BY) <= set(ADVICE)
    assert set(_SILENCED_BY_FINDING) <= set(CAUSES)


def test_advice_without_a_contradiction_stays_in_its_order():
    codes = ["in_sample", "rare_classes_never_predicted", "still_improving", "prior_shift", "constant_columns"]
    assert left(codes) == codes


@pytest.mark.parametrize("code", ABOUT_TRAINING)
def test_where_the_decision_is_to_blame_no_other_training_is_advised(code):
    assert left(["decision_collapse", code]) == ["decision_collapse"]
    assert left([code, "decision_collapse"]) == ["decision_collapse"]


@pytest.mark.parametrize("code", [*ABOUT_TRAINING, *ABOUT_DECISIONS, "retrained_members"])
def test_where_nothing_is_to_be_found_only_the_table_is_talked_about(code):
    assert left([code, "constant_columns", "numbers_in_text"], Verdict.NO_SIGNAL) == [
        "constant_columns",
        "numbers_in_text",
    ]


@pytest.mark.parametrize("code", [*ABOUT_TRAINING, *ABOUT_DECISIONS])
def test_a_network_that_did_not_learn_gets_the_advice_of_its_findings_alone(code):
    assert left(["cut_short", code, "prior_shift"], Verdict.COLLAPSED) == ["cut_short", "prior_shift"]


def test_settings_that_may_explain_it_come_before_other_models():
    assert left(["still_improving", "simple_models_do_better"]) == ["still_improving"]
    assert left(["simple_models_do_better", "extreme_settings"]) == ["extreme_settings"]
    assert left(["simple_models_do_better"]) == ["simple_models_do_better"]


def test_a_learning_rate_that_was_too_low_is_not_to_be_lowered():
    assert left(["late_collapse"], Verdict.REPAIRED, ["learning_rate_too_low"]) == []
    assert left(["late_collapse"], Verdict.REPAIRED, ["learning_rate_too_high"]) == ["late_collapse"]


# --- thirty reports, read as whole texts -----------------------------------------------------------------------------

READ = Path(__file__).with_name("thirty_reports.txt").read_text(encoding="utf-8")
TEXTS = dict(part.split("\n", 1) for part in READ.split("=== ")[1:])
# Pairs of phrases of which a report holds one at most.
CONTRADICTIONS = (
    ("another training would not help", "max_iter="),
    ("another training would not help", "learning_rate"),
    ("another training would not help", "weight_decay"),
    ("another training would not help", "Usual values may do better"),
    ("No setting can change that", "Pass "),
    ("No setting can change that", "decision="),
    ("did not learn", "decision="),
    ("did not learn", "Usual values may do better"),
    ("no setting explains it", "max_iter="),
    ("no setting explains it", "Usual values may do better"),
    ("no setting explains it", "Pass a larger max_time"),
    ("raise learning_rate", "A lower learning_rate"),
    ("learning rate is too low", "A lower learning_rate"),
    ("learning rate is too high", "raise learning_rate"),
    ("The weights of the best epoch are kept", "The weights of a later epoch are kept"),
    ("of this cut network", "which was not cut"),
    ("beats the class shares", "did not learn"),
)


def test_there_are_thirty_reports():
    assert len(CASES) == 30
    assert list(TEXTS) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_report_reads_as_a_whole_and_contradicts_itself_nowhere(name):
    text = str(CASES[name]())
    assert text == TEXTS[name].rstrip("\n")
    flat = " ".join(text.split())
    assert [pair for pair in CONTRADICTIONS if all(phrase in flat for phrase in pair)] == []


def test_every_verdict_is_among_the_reports():
    assert {text.split(":")[0] for text in TEXTS.values()} == {verdict.value for verdict in Verdict}
