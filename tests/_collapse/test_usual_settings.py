"""Usual settings in place of ones that hold most networks back: when they are tried, and when they did better."""

from dataclasses import replace

import pytest

from robust_mlp._collapse.causes.inputs import CauseInputs
from robust_mlp._collapse.symptoms.rules import OUTDONE, look
from robust_mlp._collapse.usual_settings import outdone, to_try_without
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Verdict
from tests._collapse.guard_trials import DEAD, LUCKLESS, Trainer, run
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, facts, held_out

STRONG = TrainingPlan(dropout=0.95)
SOME = held_out(2000, 0.8)


def judged(skill, *, n_rows=2000, plan=STRONG, seed=0):
    """A JudgedAttempt whose network has this skill, on the same rows and labels for each seed."""
    codes = held_out(n_rows, 0.8).codes
    return look(attempt(held_out(codes=codes, skill=skill, seed=seed), FALLING, plan=plan), EVEN)


def codes_of(first):
    return [c.code for c in to_try_without(CauseInputs(judged=first, facts=facts(), prior=EVEN, loss_prior=EVEN))]


@pytest.mark.parametrize(
    "plan, expected",
    [
        (TrainingPlan(), []),
        (TrainingPlan(dropout=0.5), []),  # suspicious, and no more
        (STRONG, ["dropout_too_strong"]),
        (TrainingPlan(label_smoothing=0.95, dropout=0.95), ["label_smoothing_too_strong", "dropout_too_strong"]),
        # Depth is the reason to try, and what else may be at fault goes with it.
        (
            TrainingPlan(hidden_layer_sizes=(6,) * 14, activation="sigmoid"),
            ["vanishing_gradient", "layer_too_narrow"],
        ),
        (TrainingPlan(hidden_layer_sizes=(6,)), []),  # slim by the user's wish
        (TrainingPlan(hidden_layer_sizes=(2, 64)), ["layer_too_narrow"]),
    ],
)
def test_only_settings_that_hold_most_networks_back_are_a_reason_to_try(plan, expected):
    assert codes_of(judged(0.8, plan=plan)) == expected


def test_raw_columns_are_a_reason_unless_the_network_normalizes_them_itself():
    raw = facts(scales=(1e6, 1.0, 1.0, 1.0), badly_scaled=(0,))

    def tried(**plan):
        first = judged(0.8, plan=TrainingPlan(scale=None, **plan))
        return to_try_without(CauseInputs(judged=first, facts=raw, prior=EVEN, loss_prior=EVEN))

    assert [cause.code for cause in tried()] == ["unscaled_columns"]
    assert tried(batch_norm=True) == ()


def test_nothing_is_tried_where_nothing_is_left_to_find_or_nobody_can_compare():
    assert codes_of(judged(30.0)) == []
    assert codes_of(look(attempt(held_out(200, 0.8, in_sample=True), FALLING, plan=STRONG), EVEN)) == []
    assert codes_of(look(attempt(LUCKLESS.held_out, FLAT, plan=STRONG), EVEN)) == []


def test_a_network_that_does_clearly_better_is_told_with_both_losses():
    first, other = judged(0.8), judged(2.0, seed=1)
    (symptom,) = outdone(first, other).symptoms
    assert (symptom.code, symptom.is_doubtful) == (OUTDONE, False)
    assert symptom.numbers == {"loss": first.comparison.loss, "other": other.comparison.loss}
    assert outdone(other, first) is None


def test_networks_of_the_same_skill_outdo_each_other_as_rarely_as_was_meant():
    # Harder than two trainings of one table, whose answers are much alike: these are drawn apart. Two tests of
    # p = .0005 each: .6 of 600 comparisons.
    n_alarms = 0
    for draw in range(300):
        first, other = judged(1.0, n_rows=300, seed=draw), judged(1.0, n_rows=300, seed=1000 + draw)
        n_alarms += (outdone(first, other) is not None) + (outdone(other, first) is not None)
    assert n_alarms <= 2


def test_an_attempt_without_held_out_rows_outdoes_nobody():
    first = judged(0.8)
    assert outdone(first, look(replace(first.attempt, held_out=None), EVEN)) is None


# --- in the guard ----------------------------------------------------------------------------------------------------


def test_a_healthy_network_that_usual_settings_outdo_is_repaired():
    told, first, other = [], judged(0.8), judged(2.0, seed=1)
    trainer = Trainer(first.attempt, other.attempt)
    outcome = run(trainer, STRONG, table=None, on_repair=told.append)
    report = outcome.report
    assert (report.verdict, report.kept, outcome.attempt.plan.dropout) == (Verdict.REPAIRED, 2, 0.1)
    assert report.attempts[0].symptoms == (OUTDONE,)
    assert [(f.code, f.symptom) for f in report.findings] == [
        ("dropout_too_strong", "The same network with usual settings does clearly better.")
    ]
    assert report.headline.startswith("The first training learned clearly less than another with usual settings. Drop")
    assert "to see whether it does better" in told[0]


def test_a_learning_rate_far_below_the_usual_one_is_tried_too():
    trainer = Trainer(judged(0.8).attempt, judged(2.0, seed=1).attempt)
    report = run(trainer, TrainingPlan(learning_rate=1e-4, optimizer="adam"), table=None).report
    assert report.verdict is Verdict.REPAIRED
    assert [finding.code for finding in report.findings] == ["learning_rate_too_low"]
    assert trainer.plans[1].learning_rate == 0.002


def test_a_doubtful_symptom_is_no_reason_not_to_try_and_stays_in_the_report():
    held = held_out(4000, 0.2)
    little = look(attempt(held, FLAT, plan=STRONG), EVEN)
    assert little.codes == ("little_skill",)
    assert codes_of(little) == ["dropout_too_strong"]
    other = look(attempt(held_out(codes=held.codes, skill=1.0, seed=1), FALLING), EVEN)
    assert [symptom.code for symptom in outdone(little, other).symptoms] == [OUTDONE, "little_skill"]


@pytest.mark.parametrize("second", [attempt(SOME, FALLING), DEAD], ids=["as good", "collapsed"])
def test_a_second_training_that_does_no_better_changes_nothing_but_the_advice(second):
    trainer = Trainer(attempt(SOME, FALLING), second)
    outcome = run(trainer, STRONG, table=None)
    report = outcome.report
    assert (report.verdict, report.kept, outcome.attempt.plan) == (Verdict.HEALTHY, 1, STRONG)
    assert (len(trainer.plans), report.findings) == (2, ())
    advice = next(a for a in report.advisories if a.code == "extreme_settings")
    assert advice.fix.startswith("A second training with usual values was not clearly better (log loss")


def test_nothing_is_tried_where_no_second_training_is_allowed():
    for settings in ({"policy": "warn"}, {"max_restarts": 0}):
        trainer = Trainer(attempt(SOME, FALLING))
        report = run(trainer, STRONG, table=None, **settings).report
        assert (report.verdict, len(trainer.plans)) == (Verdict.HEALTHY, 1)
