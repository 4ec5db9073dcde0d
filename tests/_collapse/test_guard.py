"""The guard's way through invented attempts: what it trains again, what it keeps, what it says."""

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp import datasets
from robust_mlp._collapse.guard import guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import HeldOut, Verdict
from tests._collapse.guard_trials import COLUMN, DEAD, GOOD, HIGH, LOW, LUCKLESS, Probe, Trainer, run, signal, verdict
from tests._collapse.simple_models.probe_sources import source as source_of
from tests._collapse.simple_models.probe_sources import source as table_source
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, constant, facts, from_scores, held_out


def test_a_healthy_training_is_left_alone():
    trainer, probe = Trainer(GOOD), Probe(signal(True))
    outcome = run(trainer, probe=probe)
    assert outcome.report.verdict is Verdict.HEALTHY
    assert outcome.attempt.network == "network"
    assert (len(trainer.plans), probe.n_calls) == (1, 0)
    assert outcome.report.findings == () == outcome.report.advisories
    assert outcome.report.n_restarts == 0


def test_a_collapsed_training_is_repaired_by_its_cause():
    trainer = Trainer(DEAD, GOOD)
    report = run(trainer, HIGH).report
    assert report.verdict is Verdict.REPAIRED
    assert [plan.learning_rate for plan in trainer.plans] == [50.0, 0.002]
    assert [f.code for f in report.findings] == ["learning_rate_too_high"]
    assert (report.kept, report.n_restarts) == (2, 1)
    assert report.attempts[1].changes == {"learning_rate": (50.0, 0.002)}


def test_a_training_that_its_settings_held_back_is_repaired_if_a_simple_model_finds_far_more():
    little = attempt(held_out(2000, 0.5), FALLING)
    trainer, probe = Trainer(little, attempt(held_out(2000, 2.0), FALLING)), Probe(signal(True, little.held_out))
    report = run(trainer, TrainingPlan(dropout=0.95), probe=probe).report
    assert report.verdict is Verdict.REPAIRED
    assert [plan.dropout for plan in trainer.plans] == [0.95, 0.1]
    (finding,) = report.findings
    assert finding.symptom == "The network is far behind a simple model of the same table."
    assert finding.code == "dropout_too_strong"
    assert "of linear model" in finding.evidence
    assert report.headline.startswith("The first training learned far less than a simple model. Dropout")
    warned = run(Trainer(little), TrainingPlan(dropout=0.95), probe=probe, policy="warn").report
    assert warned.verdict is Verdict.COLLAPSED


@pytest.mark.parametrize(
    "plan, skill, n_calls, n_trainings",
    [
        (TrainingPlan(), 2.0, 0, 1),  # usual settings: nobody asks
        (TrainingPlan(max_iter=1), 2.0, 0, 1),  # few epochs are the user's wish
        (TrainingPlan(dropout=0.95), 0.6, 1, 2),  # simple models find hardly more, nor does another training
    ],
)
def test_a_training_with_skill_is_left_alone_unless_settings_held_it_back(plan, skill, n_calls, n_trainings):
    little = attempt(held_out(2000, 0.5), FALLING)
    trainer, probe = Trainer(little), Probe(signal(True, little.held_out, skill=skill))
    outcome = run(trainer, plan, probe=probe)
    assert (outcome.report.verdict, outcome.attempt.plan) == (Verdict.HEALTHY, plan)
    assert (len(trainer.plans), probe.n_calls) == (n_trainings, n_calls)


def test_if_the_repair_is_as_far_behind_there_is_no_other_word_for_it():
    little = attempt(held_out(2000, 0.5), FALLING)
    trainer, probe = Trainer(little, little), Probe(signal(True, little.held_out))
    report = run(trainer, TrainingPlan(dropout=0.95), probe=probe).report
    assert report.verdict is Verdict.COLLAPSED
    assert report.headline.startswith("The network learned far less than a simple model in any of")


def test_all_certain_causes_are_repaired_at_once():
    trainer = Trainer(DEAD, GOOD)
    run(trainer, TrainingPlan(learning_rate=50.0, dropout=0.95, label_smoothing=0.95))
    repaired = trainer.plans[1]
    assert (repaired.learning_rate, repaired.dropout, repaired.label_smoothing) == (0.002, 0.1, 0.0)


def test_suspected_causes_wait_until_no_certain_one_is_left():
    trainer = Trainer(DEAD, DEAD, GOOD)
    run(trainer, TrainingPlan(learning_rate=50.0, dropout=0.6))
    assert [plan.dropout for plan in trainer.plans] == [0.6, 0.6, 0.1]


def test_a_symptom_that_went_without_skill_is_no_repair():
    # The repaired network's output varies, and still it is no better than the prior.
    lost = Probe(signal(False))
    report = run(Trainer(DEAD, LUCKLESS), HIGH, probe=lost).report
    assert report.verdict is Verdict.NO_SIGNAL
    assert lost.n_calls == 1


def test_restarts_are_bounded_and_the_last_plan_is_the_plain_one():
    trainer = Trainer(DEAD)
    plan = TrainingPlan(learning_rate=50.0, dropout=0.6)
    report = run(trainer, plan, probe=Probe(signal(True, DEAD.held_out)), max_restarts=3).report
    assert report.verdict is Verdict.COLLAPSED
    assert len(trainer.plans) == 4 == len(report.attempts)
    assert trainer.plans[-1].batch_size == 128  # of `plain_plan`
    assert len(set(map(repr, trainer.plans))) == 4  # no plan is trained twice


def test_there_is_no_restart_without_another_plan_to_try():
    trainer = Trainer(DEAD)
    run(trainer, HIGH, probe=Probe(signal(True)), max_restarts=50)
    assert len(trainer.plans) == 3  # as asked, repaired, plain


def test_no_restart_is_allowed_with_max_restarts_0():
    trainer = Trainer(DEAD, GOOD)
    assert verdict(trainer, HIGH, max_restarts=0) is Verdict.COLLAPSED
    assert len(trainer.plans) == 1


def test_the_best_attempt_is_kept_when_none_is_good():
    worse = attempt(from_scores(np.tile([3.0, 0.0], (400, 1)), constant().codes), FLAT)
    outcome = run(Trainer(worse, DEAD, worse), HIGH, probe=Probe(signal(True)))
    assert outcome.report.verdict is Verdict.COLLAPSED
    assert outcome.report.kept == 2
    assert outcome.report.comparison.gain == pytest.approx(0, abs=0.01)


def test_numbers_that_are_lost_never_win():
    held = constant()
    nan = HeldOut(codes=held.codes, probabilities=np.full((400, 2), np.nan), weights=held.weights, rows=held.rows)
    broken = attempt(nan, (0.7, math.nan))
    assert run(Trainer(broken, DEAD), HIGH).report.kept == 2
    assert run(Trainer(DEAD, broken), HIGH).report.kept == 1


def test_an_attempt_that_ranks_but_is_worse_than_the_prior_is_no_repair():
    held = held_out(1000, 1.0)
    certain = attempt(from_scores(np.log(held.probabilities) * 20, held.codes), FALLING)
    report = run(Trainer(attempt(constant(1000), FLAT), certain), HIGH, max_restarts=1).report
    assert report.verdict is Verdict.COLLAPSED


def test_nothing_to_learn_ends_without_a_restart():
    trainer, probe = Trainer(LUCKLESS), Probe(signal(False))
    report = run(trainer, probe=probe).report
    assert report.verdict is Verdict.NO_SIGNAL
    assert len(trainer.plans) == 1
    assert report.feature_signal == (COLUMN,)
    assert [f.code for f in report.findings] == ["no_signal"]


def test_too_few_rows_to_rule_a_signal_out_are_no_alarm():
    few = attempt(held_out(12, 0.0), FLAT)
    report = run(Trainer(few), probe=Probe(signal(False, smallest_auc=0.95))).report
    assert report.verdict is Verdict.UNCHECKED
    assert report.findings == ()


def test_a_network_without_skill_beside_a_simple_model_that_has_some_is_repaired():
    probe = Probe(signal(True, LUCKLESS.held_out))
    trainer = Trainer(LUCKLESS, GOOD)
    report = run(trainer, probe=probe).report
    assert report.verdict is Verdict.REPAIRED
    assert [f.code for f in report.findings] == ["unknown"]
    assert trainer.plans[1].optimizer == "adam" and trainer.plans[1].linear_path


def test_a_weak_signal_that_the_rows_cannot_decide_on_is_no_alarm():
    held = held_out(200, 0.0)
    probe = Probe(signal(True, held, skill=0.1))
    trainer = Trainer(attempt(held, FLAT))
    report = run(trainer, probe=probe).report
    assert report.verdict is Verdict.UNCHECKED
    assert len(trainer.plans) == 1


def test_little_skill_is_a_collapse_only_beside_a_model_with_far_more():
    little = attempt(held_out(4000, 0.2), FLAT)
    assert verdict(Trainer(little), probe=Probe(signal(True, little.held_out, skill=0.2))) is Verdict.HEALTHY
    trainer = Trainer(little, GOOD)
    assert verdict(trainer, probe=Probe(signal(True, little.held_out, skill=1.5))) is Verdict.REPAIRED
    assert len(trainer.plans) == 2


def test_little_skill_without_a_probe_is_left_alone_unless_a_cause_is_certain():
    little = attempt(held_out(4000, 0.2), FLAT)
    assert verdict(Trainer(little), table=None) is Verdict.HEALTHY
    assert verdict(Trainer(little, GOOD), HIGH, table=None) is Verdict.REPAIRED


def test_little_skill_that_a_repair_cannot_add_to_was_healthy_all_along():
    little = attempt(held_out(4000, 0.2), FLAT)
    trainer, probe = Trainer(little, attempt(held_out(4000, 0.2), FALLING)), Probe(signal(True))
    report = run(trainer, TrainingPlan(dropout=0.95), probe=probe).report
    assert report.verdict is Verdict.HEALTHY
    assert (report.findings, len(trainer.plans), probe.n_calls) == ((), 2, 1)


def test_little_skill_that_a_repair_adds_much_to_was_a_collapse():
    trainer = Trainer(attempt(held_out(4000, 0.2), FLAT), attempt(held_out(4000, 2.0), FALLING))
    report = run(trainer, TrainingPlan(dropout=0.95)).report
    assert report.verdict is Verdict.REPAIRED
    assert [f.code for f in report.findings] == ["dropout_too_strong"]


def test_little_skill_is_held_against_the_probe_where_there_is_to_be_no_second_training():
    little = attempt(held_out(4000, 0.2), FLAT)
    plan = TrainingPlan(dropout=0.95)
    for skill, expected in ((0.2, Verdict.HEALTHY), (1.5, Verdict.COLLAPSED)):
        probe = Probe(signal(True, little.held_out, skill=skill))
        assert verdict(Trainer(little), plan, probe=probe, policy="warn") is expected


def test_a_constant_decision_of_a_network_that_ranks_is_advice_and_no_alarm():
    # Calibrated, 88 to 12, weak: every row gets the common class, and that is right.
    prior = np.array([0.884, 0.116])
    held = held_out(5000, 0.75, prior=prior)
    report = guard(Trainer(attempt(held, (0.33,) * 20)), TrainingPlan(), facts(), Priors(data=prior)).report
    assert report.comparison.predicted_share[1] < 0.02
    calm = from_scores(np.log(held.probabilities) * 0.3 + 0.7 * np.log(prior), held.codes)
    named = GuardSettings(class_names=["no", "yes"])
    quiet = guard(Trainer(attempt(calm, FALLING)), TrainingPlan(), facts(), Priors(data=prior), named)
    assert quiet.report.comparison.predicted_share == (1.0, 0.0)
    assert quiet.report.verdict is Verdict.HEALTHY
    (advice,) = quiet.report.advisories
    assert advice.code == "decision_collapse"
    assert "'no'" in advice.evidence


@pytest.mark.parametrize(
    "stop, code",
    [("interrupted", "interrupted"), ("max_time", "out_of_time"), ("callback", "stopped_by_callback")],
)
def test_a_training_that_somebody_ended_is_never_started_again(stop, code):
    trainer = Trainer(attempt(constant(), FLAT[:2], stop=stop), GOOD)
    report = run(trainer, HIGH).report
    assert report.verdict is Verdict.COLLAPSED
    assert len(trainer.plans) == 1
    assert [f.code for f in report.findings] == [code]


@pytest.mark.parametrize("policy", ["warn", "raise"])
def test_without_repair_there_is_one_training_and_the_same_verdict(policy):
    trainer = Trainer(DEAD, GOOD)
    report = run(trainer, HIGH, policy=policy, probe=Probe(signal(True))).report
    assert report.verdict is Verdict.COLLAPSED
    assert len(trainer.plans) == 1
    assert verdict(Trainer(DEAD), HIGH, policy=policy, probe=Probe(signal(False))) is Verdict.NO_SIGNAL
    assert verdict(Trainer(GOOD), policy=policy) is Verdict.HEALTHY


def test_off_looks_at_nothing():
    probe = Probe(signal(True))
    report = run(Trainer(DEAD), HIGH, policy="off", probe=probe).report
    assert report.verdict is Verdict.UNCHECKED
    assert (report.findings, report.advisories, probe.n_calls) == ((), (), 0)


def test_rows_of_one_class_cannot_be_judged():
    one = attempt(held_out(codes=np.zeros(40, dtype=int)), FLAT)
    report = run(Trainer(one)).report
    assert report.verdict is Verdict.UNCHECKED
    assert [a.code for a in report.advisories] == ["one_class_held_out"]


def test_rows_too_few_to_tell_do_not_hide_settings_under_which_not_even_they_are_fitted():
    few = {"codes": np.arange(8) % 2}
    unfitted, fitted = attempt(held_out(skill=0.0, **few), FLAT), attempt(held_out(skill=0.0, seed=1, **few), FALLING)
    trainer = Trainer(unfitted, fitted)
    report = run(trainer, LOW).report
    assert report.verdict is Verdict.UNCHECKED
    assert (report.kept, len(trainer.plans)) == (2, 2)
    assert [finding.code for finding in report.findings] == ["learning_rate_too_low"]
    assert report.headline.startswith(
        "The first training collapsed. The learning rate is too low. It was trained again."
    )
    assert verdict(Trainer(unfitted)) is Verdict.UNCHECKED  # under usual settings, few rows are just few


def test_a_network_that_found_little_is_compared_with_simple_models():
    little = attempt(held_out(4000, 0.16), FALLING)
    assert 0 < look(little, EVEN).comparison.relative_gain < 0.05
    assert verdict(Trainer(little), probe=Probe(signal(True, little.held_out))) is Verdict.COLLAPSED
    assert verdict(Trainer(little), probe=Probe(signal(True, little.held_out, skill=0.18))) is Verdict.HEALTHY


def test_a_network_that_few_epochs_held_back_is_repaired_and_one_that_somebody_stopped_is_as_they_wished():
    cut_short = attempt(held_out(4000, 0.16), (0.692, 0.690, 0.688))
    probe = Probe(signal(True, cut_short.held_out))
    trainer = Trainer(cut_short, attempt(held_out(4000, 2.0)))
    report = run(trainer, TrainingPlan(max_iter=3), probe=probe).report
    assert report.verdict is Verdict.REPAIRED
    assert [f.code for f in report.findings] == ["too_few_epochs"]
    assert trainer.plans[1].max_iter * 8 >= 2000  # of 8 updates an epoch
    for stop in ("max_time", "interrupted"):
        ended = attempt(held_out(4000, 0.5), (0.6, 0.5, 0.4), stop=stop)
        assert verdict(Trainer(ended), probe=probe) is Verdict.HEALTHY


@pytest.mark.parametrize("skill, expected", [(0.5, Verdict.COLLAPSED), (1.2, Verdict.UNDERFIT)])
def test_a_callback_that_stops_while_simple_models_are_ahead_is_told_and_nothing_is_trained_again(skill, expected):
    ended = attempt(held_out(4000, skill), (0.6, 0.5, 0.4), stop="callback")
    trainer = Trainer(ended)
    report = run(trainer, probe=Probe(signal(True, ended.held_out))).report
    assert report.verdict is expected and len(trainer.plans) == 1
    (finding,) = report.findings
    assert (finding.code, finding.fix) == ("stopped_by_callback", "Let the callback wait longer, or leave it out.")


def test_a_callback_that_stops_at_the_right_time_costs_no_look_at_simple_models():
    ended, probe = attempt(held_out(4000, 0.9), FALLING, stop="callback"), Probe(signal(True))
    assert verdict(Trainer(ended), probe=probe) is Verdict.HEALTHY
    assert probe.n_calls == 0


def test_where_most_rows_are_held_out_and_simple_models_of_all_rows_are_ahead_that_is_told():
    table = facts(n_train=200, n_held_out=1800)
    trainer, probe = Trainer(BEHIND), Probe(signal(True, BEHIND.held_out, skill=1.5))
    plan = TrainingPlan(batch_size=8)
    report = run(trainer, plan, probe=probe, table=table).report
    assert report.verdict is Verdict.UNDERFIT and len(trainer.plans) == 1
    assert [finding.code for finding in report.findings] == ["too_many_held_out"]
    assert "validation_fraction" in report.findings[0].fix
    as_good = Probe(signal(True, BEHIND.held_out, skill=0.9))
    assert verdict(Trainer(BEHIND), plan, probe=as_good, table=table) is Verdict.HEALTHY


def linear_table(n=600, n_held_out=300, seed=0):
    """ProbeSource and held-out codes of a table that a line divides, but for some noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n + n_held_out, 4))
    y = (X @ [1.0, 1.0, 0.5, 0.0] + rng.normal(0, 0.6, n + n_held_out) > 0).astype(int)
    return table_source(X[:n], y[:n], validation=X[n:]), y[n:]


HALF_LEARNED = (0.69, 0.66, 0.6, 0.58) + (0.57,) * 26


@pytest.mark.parametrize(
    "losses, is_own, expected",
    [
        (HALF_LEARNED, True, Verdict.REPAIRED),
        (HALF_LEARNED, False, Verdict.HEALTHY),  # of the classifier's own network all settings are known
        ((*HALF_LEARNED[:20], *(0.1,) * 10), True, Verdict.HEALTHY),  # it fits its rows: too much, and not too little
    ],
)
def test_an_own_network_that_does_not_even_fit_what_a_line_predicts_is_held_back_by_something(losses, is_own, expected):
    source, codes = linear_table()
    first, better = attempt(held_out(codes=codes, skill=0.8), losses), attempt(held_out(codes=codes, skill=2.5))
    trainer = Trainer(first, better)
    table = facts(n_train=600, n_rows=600, probe_source=lambda: source)
    report = run(trainer, TrainingPlan(batch_size=8), table=table, is_own_network=is_own).report
    assert report.verdict is expected
    if expected is Verdict.REPAIRED:
        assert [finding.code for finding in report.findings] == ["unknown"]
        stays = run(Trainer(first), TrainingPlan(batch_size=8), table=table, is_own_network=True).report
        assert stays.verdict in (Verdict.UNDERFIT, Verdict.COLLAPSED)


# A network that saves a third of the prior's loss, and rows of the same labels for a simple model that saves half.
BEHIND = attempt(held_out(2000, 0.9), FALLING)


@pytest.mark.parametrize(
    "plan",
    [
        TrainingPlan(dropout=0.95),
        TrainingPlan(hidden_layer_sizes=(4,) * 6),
        TrainingPlan(activation="linear"),
        TrainingPlan(hidden_layer_sizes=()),
    ],
)
def test_a_network_that_saves_clearly_less_than_a_simple_model_is_repaired(plan):
    trainer = Trainer(BEHIND, attempt(held_out(codes=BEHIND.held_out.codes, skill=2.0, seed=5), FALLING))
    report = run(trainer, plan, probe=Probe(signal(True, BEHIND.held_out, skill=1.5))).report
    assert report.verdict is Verdict.REPAIRED
    assert (report.kept, report.attempts[0].symptoms) == (2, ("held_back",))
    assert report.headline.startswith("The first training learned clearly less than a simple model.")


def test_a_network_that_stays_held_back_is_underfit():
    probe = Probe(signal(True, BEHIND.held_out, skill=1.5))
    report = run(Trainer(BEHIND), TrainingPlan(dropout=0.95), probe=probe, max_restarts=0).report
    assert report.verdict is Verdict.UNDERFIT
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("dropout_too_strong", "error")
    assert finding.fix == "Pass dropout=0.1, or collapse_guard='repair'."
    assert probe.n_calls == 1


@pytest.mark.parametrize("policy", ["warn", "raise"])
def test_without_repair_a_network_that_is_held_back_is_underfit(policy):
    trainer, probe = Trainer(BEHIND, GOOD), Probe(signal(True, BEHIND.held_out, skill=1.5))
    assert verdict(trainer, TrainingPlan(dropout=0.95), probe=probe, policy=policy) is Verdict.UNDERFIT
    assert len(trainer.plans) == 1


def test_a_repair_that_gains_nothing_shows_that_simple_models_just_suit_the_table():
    trainer, probe = Trainer(BEHIND, BEHIND), Probe(signal(True, BEHIND.held_out, skill=1.5))
    report = run(trainer, TrainingPlan(dropout=0.95), probe=probe).report
    assert report.verdict is Verdict.HEALTHY
    assert (len(trainer.plans), report.findings) == (3, ())  # the plain plan, too, before it is said
    assert "simple_models_do_better" in [a.code for a in report.advisories]


def test_a_repair_that_simple_models_stay_ahead_of_is_followed_by_the_plain_plan():
    trainer = Trainer(attempt(constant(), FLAT), BEHIND, GOOD)
    report = run(trainer, HIGH, probe=Probe(signal(True, BEHIND.held_out, skill=1.5))).report
    assert (report.verdict, report.kept, len(trainer.plans)) == (Verdict.REPAIRED, 3, 3)
    assert trainer.plans[2].learning_rate_schedule == "cosine"


def test_simple_models_that_do_better_where_no_setting_is_to_blame_are_advice():
    in_sample = attempt(held_out(4000, 0.9, in_sample=True), FALLING)
    trainer, probe = Trainer(in_sample), Probe(signal(True, in_sample.held_out, skill=1.3))
    report = run(trainer, probe=probe).report
    assert (report.verdict, len(trainer.plans), probe.n_calls) == (Verdict.HEALTHY, 1, 1)
    (advice,) = [a for a in report.advisories if a.code == "simple_models_do_better"]
    assert "of linear model" in advice.evidence


def test_a_network_far_behind_that_no_setting_explains_is_healthy_if_it_learned_something():
    learned = attempt(held_out(4000, 0.5, in_sample=True), FALLING)
    assert look(learned, EVEN).comparison.relative_gain > 0.05
    report = run(Trainer(learned), probe=Probe(signal(True, learned.held_out))).report
    assert report.verdict is Verdict.HEALTHY
    assert "simple_models_do_better" in [a.code for a in report.advisories]


def test_a_repair_whose_skill_may_be_luck_is_none_where_simple_models_find_nothing():
    lucky = attempt(held_out(60, 0.9, seed=1), FALLING)
    assert 3.3 < look(lucky, EVEN).comparison.association < 4.3
    dead = attempt(constant(60), FLAT)
    assert verdict(Trainer(dead, lucky), HIGH, probe=Probe(signal(False))) is Verdict.NO_SIGNAL
    assert verdict(Trainer(dead, lucky), HIGH, probe=Probe(signal(True))) is Verdict.REPAIRED


def test_rows_that_were_trained_on_are_no_reason_to_train_again_where_nothing_is_to_be_found():
    lost = attempt(held_out(40, 0.0, in_sample=True), FLAT[:3])
    for smallest_auc, expected in ((0.95, Verdict.UNCHECKED), (0.7, Verdict.NO_SIGNAL)):
        trainer = Trainer(lost, attempt(held_out(40, 4.0, in_sample=True), FALLING))
        probe = Probe(signal(False, smallest_auc=smallest_auc))
        assert verdict(trainer, TrainingPlan(max_iter=3), probe=probe) is expected
        assert len(trainer.plans) == 1
    # A constant network is trained again, but that it then fits those rows is no proof of a repair.
    dead = attempt(replace(constant(40), in_sample=True), FLAT)
    learnt_by_heart = attempt(held_out(40, 4.0, in_sample=True), FALLING)
    assert verdict(Trainer(dead, learnt_by_heart), HIGH, probe=Probe(signal(False))) is Verdict.UNCHECKED


def test_a_network_under_class_weights_is_compared_by_its_ranking():
    little = attempt(held_out(4000, 0.16), FALLING)
    weighted = {"loss_prior": np.array([0.3, 0.7])}
    without = verdict(Trainer(little), probe=Probe(signal(True, little.held_out)))
    assert without is not Verdict.HEALTHY
    assert verdict(Trainer(little), probe=Probe(signal(True, little.held_out)), **weighted) is without
    # Weights that shift every probability take nothing from the ranking.
    able = held_out(4000, 2.0)
    shifted = attempt(from_scores(np.log(able.probabilities) + np.array([0.0, 4.0]), able.codes), FALLING)
    assert shifted.held_out.probabilities.argmax(axis=1).mean() > 0.7
    assert verdict(Trainer(shifted), probe=Probe(signal(True, able)), **weighted) is Verdict.HEALTHY


def test_the_first_network_is_kept_where_every_repair_is_worse():
    first, worse = attempt(held_out(4000, 0.5), FALLING, plan=LOW), attempt(held_out(4000, 0.45, seed=0), FALLING)
    probe = Probe(signal(True, first.held_out))
    report = run(Trainer(first, worse), LOW, probe=probe).report
    assert len(report.attempts) > 1 and report.kept == 1
    assert report.verdict is not Verdict.REPAIRED
    assert "which did not help" in report.findings[0].fix


def test_a_repair_is_compared_with_simple_models_that_were_asked_already():
    lost, little = attempt(held_out(4000, 0.0), FLAT), attempt(held_out(4000, 0.16), FALLING)
    report = run(Trainer(lost, little), LOW, probe=Probe(signal(True, little.held_out))).report
    assert report.verdict is Verdict.COLLAPSED


def test_rows_that_were_trained_on_speak_for_a_network_only_where_a_simple_model_finds_something():
    learnt_by_heart = attempt(held_out(skill=3.0, in_sample=True), FALLING)
    report = run(Trainer(learnt_by_heart), probe=Probe(signal(False))).report
    assert report.verdict is Verdict.UNCHECKED
    assert report.headline.startswith("No row was held out, so how good the network is on new rows is unknown")
    assert verdict(Trainer(learnt_by_heart), probe=Probe(signal(True))) is Verdict.HEALTHY
    dead = attempt(replace(constant(), in_sample=True), FLAT)
    assert verdict(Trainer(dead, learnt_by_heart), HIGH, probe=Probe(signal(True))) is Verdict.REPAIRED


@pytest.mark.parametrize("p_value, expected", [(0.018, Verdict.UNCHECKED), (0.003, Verdict.REPAIRED)])
def test_a_signal_that_may_be_chance_is_no_witness_for_rows_that_were_trained_on(p_value, expected):
    found = signal(True)
    found = replace(found, summary=replace(found.summary, p_value=p_value))
    few = attempt(held_out(40, 0.0, in_sample=True), FLAT[:3])
    learnt_by_heart = attempt(held_out(40, 4.0, in_sample=True), FALLING)
    report = run(Trainer(few, learnt_by_heart), TrainingPlan(max_iter=3), probe=Probe(found)).report
    assert report.verdict is expected
    if expected is Verdict.UNCHECKED:
        assert "The signal is too weak for the rows at hand" in report.headline
    # Where rows were held out, they decide.
    held = attempt(held_out(4000, 2.0), FALLING)
    assert verdict(Trainer(DEAD, held), HIGH, probe=Probe(found)) is Verdict.REPAIRED


@pytest.mark.parametrize("plan, expected", [(TrainingPlan(), Verdict.UNCHECKED), (LOW, Verdict.COLLAPSED)])
def test_where_nothing_is_found_in_few_rows_only_a_certain_cause_makes_a_collapse(plan, expected):
    few = Probe(signal(False, smallest_auc=0.95))
    report = run(Trainer(LUCKLESS), plan, probe=few, max_restarts=0).report
    assert report.verdict is expected


def test_a_signal_so_clear_that_it_would_have_shown_makes_a_network_without_skill_a_collapse():
    # The best simple model is no better on the rows in question, but its area under the curve is .9 on as many.
    lost = attempt(held_out(2000, 0.0), FALLING)
    clear = Probe(signal(True, lost.held_out, skill=0.0))
    assert verdict(Trainer(lost), probe=clear) is Verdict.COLLAPSED
    fewer = attempt(held_out(400, 0.0), FALLING)
    assert verdict(Trainer(fewer), probe=Probe(signal(True, fewer.held_out, skill=0.0))) is Verdict.UNCHECKED


@pytest.mark.parametrize("has_class_weight", [True, False])  # False: a sampler moved the shares
def test_what_predict_does_under_weights_or_a_sampler_is_said_where_the_figures_are_others(has_class_weight):
    balanced = attempt(held_out(1000, 0.5))
    plan = TrainingPlan(use_class_weight=has_class_weight)
    weights = {"loss_prior": np.array([0.15, 0.85]), "serves_loss_prior": True}
    (advice,) = run(Trainer(balanced), plan, **weights).report.advisories
    assert advice.code == "weighted_predictions"
    assert advice.evidence == "class '1' has 51.2% of the predictions above, and 98.7% of predict's"
    assert run(Trainer(balanced), loss_prior=np.array([0.15, 0.85])).report.advisories == ()


def test_predictions_without_row_numbers_are_not_compared_row_by_row():
    little = attempt(replace(held_out(4000, 0.2), rows=None), FLAT)
    trainer = Trainer(little, GOOD)
    assert verdict(trainer, probe=Probe(signal(True, held_out(4000, 0.2)))) is Verdict.HEALTHY


def test_the_probe_is_asked_once_however_many_attempts_need_it():
    probe = Probe(signal(True, LUCKLESS.held_out))
    run(Trainer(LUCKLESS), probe=probe)
    assert probe.n_calls == 1


def test_extreme_settings_that_did_no_harm_are_advice():
    report = run(Trainer(GOOD), TrainingPlan(learning_rate=50.0, dropout=0.95)).report
    assert report.verdict is Verdict.HEALTHY
    (advice,) = report.advisories
    assert advice.code == "extreme_settings"
    assert "learning_rate=50" in advice.evidence and "dropout=0.95" in advice.evidence


def test_class_weights_are_only_dropped_for_a_training_that_learned():
    loss_prior = np.array([1e-5, 1 - 1e-5])
    useless = constant(400)
    object.__setattr__(useless, "probabilities", useless.probabilities * [0.6, 1.4])
    trainer = Trainer(attempt(useless, FLAT), attempt(constant(400), FLAT))
    outcome = run(trainer, loss_prior=loss_prior, serves_loss_prior=True)
    assert not trainer.plans[1].use_class_weight
    assert outcome.attempt.plan.use_class_weight
    assert outcome.report.verdict is Verdict.COLLAPSED


def test_members_that_were_trained_again_are_told_of():
    made = replace(attempt(held_out(), plan=TrainingPlan(n_members=4)), retrained=(1,))
    report = run(Trainer(made), TrainingPlan(n_members=4)).report
    assert report.verdict is Verdict.HEALTHY
    (advice,) = report.advisories
    assert (advice.code, advice.evidence) == ("retrained_members", "2 of 4")


def test_late_collapse_is_rolled_back_and_told():
    losses = (0.6, 0.4, 0.3, 0.9, 0.9, 0.9)
    report = run(Trainer(attempt(held_out(), losses, best=3))).report
    assert report.verdict is Verdict.HEALTHY
    assert [a.code for a in report.advisories] == ["late_collapse"]


def test_the_guard_fits_its_own_probes_to_the_table_behind_the_facts():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), np.arange(400) % 2
    source = source_of(X, y, names=("a", "b", "c"))
    held = held_out(codes=y, skill=0.0)
    table = facts(probe_source=lambda: source)
    report = run(Trainer(attempt(held, FLAT)), table=table).report
    assert report.verdict is Verdict.NO_SIGNAL
    assert {row.name for row in report.feature_signal} == {"a", "b", "c"}
    shifted = X + 2 * y[:, None]
    able = facts(probe_source=lambda: replace(source, encode=lambda rows: shifted[rows]))
    assert run(Trainer(attempt(held, FLAT), GOOD), table=able).report.verdict is Verdict.REPAIRED


def test_reports_are_small_and_survive_pickling_and_json():
    long = attempt(losses=tuple(0.7 * 0.999**i for i in range(5000)), shares=[(0.5, 0.5)] * 5000)
    report = run(Trainer(DEAD, long), HIGH).report
    assert len(pickle.dumps(report)) < 30_000
    again = pickle.loads(pickle.dumps(report))
    assert again.to_dict() == report.to_dict()
    assert json.loads(report.to_json()) == report.to_dict()


def test_the_guard_costs_a_healthy_fit_next_to_nothing():
    report = run(Trainer(GOOD)).report
    assert report.guard_seconds < 0.02  # about a millisecond; twenty times that on a busy machine


def test_labels_out_of_step_are_named_where_nothing_else_is_found():
    X, y = datasets.make_clusters(500, n_classes=2, random_state=0)
    moved = np.roll(y, 1)
    table = facts(probe_source=lambda: table_source(X, moved))
    report = run(Trainer(attempt(held_out(codes=moved, skill=0.0), FLAT)), table=table).report
    assert report.verdict is Verdict.NO_SIGNAL
    assert [f.code for f in report.findings] == ["misaligned_rows"]
    assert report.findings[0].evidence.startswith("with each label moved 1 row up")


def test_advice_on_the_decision_stands_alone_and_not_beside_advice_to_train_longer():
    prior = np.array([0.884, 0.116])
    held = held_out(5000, 0.75, prior=prior)
    calm = from_scores(np.log(held.probabilities) * 0.3 + 0.7 * np.log(prior), held.codes)
    falling = tuple(0.36 - 0.004 * i for i in range(40))
    report = guard(Trainer(attempt(calm, falling)), TrainingPlan(), facts(n_train=180_000), Priors(data=prior)).report
    assert [a.code for a in report.advisories] == ["decision_collapse"]
    held = held_out(5000, 0.75, prior=EVEN)
    assert "still_improving" in [
        a.code for a in run(Trainer(attempt(held, falling)), table=facts(n_train=180_000)).report.advisories
    ]


def test_few_held_out_rows_are_outvoted_by_training_rows_and_simple_models_and_it_is_said():
    few = attempt(held_out(8, 3.0, codes=np.arange(8) % 2), FALLING)
    fitted = replace(few, training_rows=lambda: replace(held_out(300, 2.0), in_sample=True))
    report = run(Trainer(fitted), probe=Probe(signal(True))).report
    assert (report.verdict, report.findings) == (Verdict.HEALTHY, ())
    assert [advisory.code for advisory in report.advisories] == ["few_held_out"]
    assert verdict(Trainer(fitted), probe=Probe(signal(False))) is Verdict.UNCHECKED
    assert verdict(Trainer(few), probe=Probe(signal(True))) is Verdict.UNCHECKED


# --- under a time budget ---------------------------------------------------------------------------------------------


def timed(seconds, *attempts, plan=HIGH, probe=None, takes=1.0, **settings):
    """(report, trainer, deadline) of a fit whose trainings take a second each of a budget."""
    clock = [0.0]
    deadline = Deadline(seconds, lambda: clock[0])
    trainer = Trainer(*attempts)

    def train(plan):
        clock[0] += takes
        return trainer(plan)

    report = run(train, plan, probe=probe, deadline=deadline, **settings).report
    return report, trainer, deadline


def test_with_time_enough_a_budget_changes_nothing():
    report, trainer, deadline = timed(60.0, DEAD, GOOD)
    assert (report.verdict, len(trainer.plans), deadline.left_out) == (Verdict.REPAIRED, 2, ())


def test_without_time_for_another_training_there_is_none_and_it_is_noted():
    report, trainer, deadline = timed(1.2, DEAD, GOOD)
    assert (report.verdict, len(trainer.plans)) == (Verdict.COLLAPSED, 1)
    assert deadline.left_out == ("another training, with repaired settings",)


def test_without_time_for_simple_models_nobody_calls_a_network_without_skill_collapsed():
    probe = Probe(signal(True))
    report, _, deadline = timed(1.5, LUCKLESS, plan=TrainingPlan(), probe=probe)
    assert report.verdict is Verdict.UNCHECKED
    assert probe.n_calls == 0
    assert deadline.left_out == ("simple models to compare with",)
    assert report.headline.startswith("max_time left no time for the simple models that tell whether")


def test_simple_models_that_run_out_of_time_count_as_not_asked():
    probe = Probe(None)
    report, _, deadline = timed(60.0, LUCKLESS, plan=TrainingPlan(), probe=probe)
    assert (report.verdict, probe.n_calls) == (Verdict.UNCHECKED, 1)  # once, and not again
    assert deadline.left_out == ("simple models to compare with",)


def test_rows_that_were_trained_on_prove_nothing_without_simple_models():
    in_sample = attempt(held_out(60, in_sample=True))
    report, _, _ = timed(1.5, in_sample, probe=Probe(signal(True)))
    assert report.verdict is Verdict.UNCHECKED


def test_a_training_that_the_budget_cut_says_so_and_looks_for_no_other_cause():
    report, _, deadline = timed(1.0, attempt(constant(), FLAT[:2], stop="max_time"))
    assert [finding.code for finding in report.findings] == ["out_of_time"]
    assert report.advisories[0].code == "cut_short"
    assert deadline.left_out == ("another training, with repaired settings",)


def test_a_whole_training_is_kept_beside_a_cut_one_and_the_line_says_which_figure_is_whose():
    poor = attempt(held_out(2000, 0.3), FALLING)
    cut = attempt(held_out(2000, 0.05), FLAT[:3], stop="max_time")
    probe = Probe(signal(True, poor.held_out, skill=3.0))
    report = run(Trainer(poor, cut), HIGH, probe=probe).report
    assert report.kept == 1
    line = next(advisory for advisory in report.advisories if advisory.code == "cut_short")
    assert line.cause == "max_time ended training 2."
    assert line.fix.startswith("The figures above are of training 1, which was not cut.")


def test_a_repaired_network_that_found_nearly_all_is_not_held_against_simple_models():
    nearly_all = attempt(held_out(2000, 4.0), FALLING)
    assert look(nearly_all, EVEN).comparison.relative_gain > 0.95
    probe = Probe(signal(True))
    report = run(Trainer(attempt(constant(), FLAT), nearly_all), HIGH, probe=probe).report
    assert (report.verdict, probe.n_calls) == (Verdict.REPAIRED, 0)
    less = Probe(signal(True))
    run(Trainer(attempt(constant(), FLAT), GOOD), HIGH, probe=less)
    assert less.n_calls == 1
