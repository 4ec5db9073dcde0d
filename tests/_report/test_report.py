"""The report: its figures as plain values, and that it is small and frozen."""

import copy
import dataclasses
import json
import pickle

import pytest

from robust_mlp._core.records import Verdict
from tests._report.example_reports import NOTHING, REPAIRED, report


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
