"""The report: its figures as plain values, and that it is small and frozen."""

import copy
import dataclasses
import json
import pickle

import pytest

from robust_mlp._core.records import Verdict
from robust_mlp._report import TrainingReport
from robust_mlp._report.text import MAX_LINES
from robust_mlp.inspection import DiagnosisVerdict
from tests._report.example_reports import ADVICE, FINDING, NOTHING, REPAIRED, report


@pytest.mark.parametrize("case", [report(), REPAIRED, NOTHING, report(comparison=None)])
def test_dict_and_json_hold_the_same_plain_values(case):
    values = case.to_dict()
    assert json.loads(case.to_json()) == values == json.loads(json.dumps(values, allow_nan=False))
    assert list(values) == [
        "schema_version",
        "verdict",
        "headline",
        "findings",
        "advisories",
        "attempts",
        "kept",
        "comparison",
        "signal",
        "feature_signal",
        "class_names",
        "seconds",
        "guard_seconds",
        "table",
        "settings",
        "created",
        "version",
        "column_rises",
    ]
    assert "\n" in case.to_json(indent=2)


def test_the_dict_holds_every_figure_that_is_printed():
    values = REPAIRED.to_dict()
    assert values["verdict"] == "REPAIRED"
    assert values["attempts"][1]["changes"] == {"learning_rate": [10.0, 0.002], "clip_norm": [None, 1.0]}
    assert values["attempts"][0]["held_out_loss"] is None
    assert values["findings"][0]["code"] == "learning_rate_too_high"
    comparison = values["comparison"]
    assert comparison["balanced_accuracy"] == pytest.approx(REPAIRED.comparison.balanced_accuracy)
    assert comparison["auc_interval"] == pytest.approx(REPAIRED.comparison.auc_interval())
    assert NOTHING.to_dict()["signal"]["probes"][0]["name"] == "linear model"
    assert NOTHING.to_dict()["feature_signal"][0]["adjusted_p_value"] == 0.4


def test_it_is_frozen_and_survives_copies():
    with pytest.raises(dataclasses.FrozenInstanceError):
        REPAIRED.verdict = Verdict.HEALTHY
    for again in (copy.deepcopy(REPAIRED), pickle.loads(pickle.dumps(REPAIRED))):
        assert again.to_dict() == REPAIRED.to_dict()
    assert len(pickle.dumps(REPAIRED)) < 5000


def test_restarts_are_the_attempts_after_the_first():
    assert (report().n_restarts, REPAIRED.n_restarts, report(attempts=()).n_restarts) == (0, 1, 0)


@pytest.mark.parametrize("kind", [Verdict, DiagnosisVerdict])
def test_a_verdict_is_a_string_and_stays_itself_through_pickle_copy_and_json(kind):
    for verdict in kind:
        assert verdict == verdict.name == str(verdict)
        assert f"{verdict}" == verdict.name
        assert {verdict.name: 1}[verdict] == 1
        for again in (pickle.loads(pickle.dumps(verdict)), copy.copy(verdict), copy.deepcopy(verdict)):
            assert again is verdict
        assert kind(json.loads(json.dumps(verdict))) is verdict


def test_a_copied_report_still_says_its_verdict_by_identity():
    whole = report(Verdict.NO_SIGNAL)
    for again in (pickle.loads(pickle.dumps(whole)), copy.deepcopy(whole)):
        assert again.verdict is Verdict.NO_SIGNAL
        assert again.verdict == "NO_SIGNAL"
    assert json.loads(json.dumps(dataclasses.asdict(whole)))["verdict"] == "NO_SIGNAL"


def test_a_report_kept_in_a_format_that_knows_strings_only_has_its_verdict_back():
    whole = report(Verdict.REPAIRED, findings=(FINDING,))
    state = [str(value) if isinstance(value, Verdict) else value for value in whole.__getstate__()]
    assert type(state[0]) is str
    again = TrainingReport.__new__(TrainingReport)
    again.__setstate__(state)
    assert again.verdict is Verdict.REPAIRED
    assert again == whole
    assert str(again) == str(whole)


def test_names_that_steer_the_terminal_are_written_out_when_the_report_is_shown():
    steering = dataclasses.replace(ADVICE, evidence="'\x1b[31mb' repeats 'a\x9bb'")
    shown = report(class_names=("\x1b[2J", "two\nlines"), headline="\x1b]0;title\x07", advisories=(steering,))
    text = str(shown)
    assert not any(ord(character) < 32 and character != "\n" for character in text) and "\x9b" not in text
    for part in (r"\x1b[2J ", r"two\nlines ", r"\x1b]0;title\x07", r"'\x1b[31mb' repeats 'a\x9bb'"):
        assert part in text
    assert shown.to_dict()["class_names"] == ["\x1b[2J", "two\nlines"]


def test_a_prompt_shows_the_readable_form():
    assert repr(REPAIRED) == str(REPAIRED)
    assert len(repr(REPAIRED).splitlines()) <= MAX_LINES
