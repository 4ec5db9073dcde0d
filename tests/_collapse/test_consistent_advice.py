"""No piece of advice contradicts the verdict, a finding or a more urgent piece of advice."""

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
