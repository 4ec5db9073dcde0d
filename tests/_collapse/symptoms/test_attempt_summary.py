"""The summary of an attempt: its own numbers, and curves no longer than a report can hold."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._collapse.symptoms.attempt_summary import MAX_POINTS, MAX_SHARES, summary_of, thinned
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, constant, curve

LONG = tuple(0.7 - 1e-4 * i for i in range(1000))


def summarized(case, number=1, plan=None):
    return summary_of(look(case, EVEN), number, TrainingPlan() if plan is None else plan)


def test_the_numbers_are_those_of_the_attempt():
    case = attempt(losses=(0.6, 0.4, 0.5), stop="early_stopping", seconds=2.5, rate=0.01)
    found = summarized(case, number=3)
    assert (found.number, found.stop_reason, found.n_epochs, found.best_epoch) == (3, "early_stopping", 3, 2)
    assert found.epochs == (1, 2, 3)
    assert found.loss == found.validation_loss == (0.6, 0.4, 0.5)
    assert found.learning_rate == (0.01,) * 3
    assert found.predicted_share == ((0.5, 0.5),) * 3
    assert found.seconds == 2.5
    comparison = look(case, EVEN).comparison
    assert (found.held_out_loss, found.held_out_accuracy) == (comparison.loss, comparison.accuracy)
    assert found.symptoms == () and found.changes == {}


def test_changes_are_told_against_the_first_plan():
    calmer = TrainingPlan(learning_rate=1e-4, clip_norm=1.0)
    assert summarized(attempt(plan=calmer)).changes == {"learning_rate": (1e-3, 1e-4), "clip_norm": (None, 1.0)}
    assert summarized(attempt(plan=calmer), plan=calmer).changes == {}


def test_symptoms_are_told_by_their_codes():
    assert summarized(attempt(constant(), FLAT)).symptoms == ("constant_output",)


def test_without_held_out_rows_there_is_no_figure_of_them():
    records = tuple(replace(r, validation_loss=None, predicted_share=()) for r in curve(FALLING))
    found = summarized(replace(attempt(), held_out=None, records=records))
    assert math.isnan(found.held_out_loss) and math.isnan(found.held_out_accuracy)
    assert found.validation_loss == found.predicted_share == ()
    assert len(found.loss) == len(FALLING)


def test_an_epoch_without_a_held_out_loss_leaves_a_gap():
    records = curve((0.6, 0.5, 0.4))
    case = replace(attempt(), records=(records[0], replace(records[1], validation_loss=None), records[2]))
    found = summarized(case).validation_loss
    assert found[::2] == (0.6, 0.4) and math.isnan(found[1])


def test_a_training_that_was_never_begun_has_no_curve():
    found = summarized(replace(attempt(), records=()))
    assert (found.n_epochs, found.epochs, found.loss, found.predicted_share) == (0, (), (), ())


def test_shares_are_rounded_to_what_a_figure_can_show():
    found = summarized(attempt(losses=(0.6,), shares=[(1 / 3, 2 / 3)]))
    assert found.predicted_share == ((0.333333, 0.666667),)


def test_a_long_curve_is_thinned_and_its_length_still_told():
    found = summarized(attempt(losses=LONG))
    assert found.n_epochs == 1000 and found.best_epoch == 1000
    assert len(found.epochs) == len(found.loss) == len(found.validation_loss) == MAX_POINTS
    assert [found.loss[0], found.loss[-1]] == [LONG[0], LONG[-1]]
    assert [LONG[epoch - 1] for epoch in found.epochs] == list(found.loss)


@pytest.mark.parametrize("n_classes, is_kept", [(MAX_SHARES // 100, True), (MAX_SHARES // 100 + 1, False)])
def test_shares_of_too_many_classes_are_not_kept(n_classes, is_kept):
    shares = [(1 / n_classes,) * n_classes] * 100
    found = summarized(attempt(losses=FLAT[:1] * 100, shares=shares))
    assert len(found.predicted_share) == (100 if is_kept else 0)


def test_a_report_of_a_long_training_stays_small():
    shares = [(0.123456, 0.876544)] * 1000
    assert len(json.dumps(summarized(attempt(losses=LONG, shares=shares)).to_dict())) < 25_000


@pytest.mark.parametrize("n_records, n", [(0, 5), (1, 5), (5, 5), (6, 5), (1000, 200), (201, 200), (10, 2)])
def test_thinning_keeps_both_ends_and_spreads_the_rest_evenly(n_records, n):
    kept = thinned(range(n_records), n)
    assert isinstance(kept, tuple)
    assert len(kept) == min(n_records, n)
    if n_records:
        assert (kept[0], kept[-1]) == (0, n_records - 1)
    steps = np.diff(kept)
    assert len(steps) == 0 or (steps.min() >= 1 and np.ptp(steps) <= 1)
