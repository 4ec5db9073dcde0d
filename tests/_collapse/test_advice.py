"""Advice: each piece where it is worth knowing, its numbers, and none beside an ordinary fit."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from robust_mlp._collapse.advice import SHIFT_DIFFERENCE, USUAL_DECAY, USUAL_DROPOUT, find_advice
from robust_mlp._collapse.advice_sentences import advice_finding
from robust_mlp._collapse.causes.inputs import CauseInputs
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, constant, curve, facts, from_scores, held_out

OTHER = np.array([0.05, 0.95])


def advice(case=None, *, table=None, prior=EVEN, loss_prior=None, served_prior=None):
    """{code: numbers} of all that is said of an attempt, most urgent first."""
    case = attempt() if case is None else case
    loss_prior = prior if loss_prior is None else loss_prior
    inputs = CauseInputs(judged=look(case, prior), facts=table, prior=prior, loss_prior=loss_prior)
    found = find_advice(inputs, served_prior)
    assert not any(cause.can_repair for cause in found)  # advice never starts another training
    assert all(advice_finding(cause, ["no", "yes", "may be"]).fix for cause in found)  # and always says what to do
    return {cause.code: cause.numbers for cause in found}


def ended(losses, validation, **fields):
    """An attempt with these losses on training and on held-out rows."""
    return attempt(losses=losses, validation=validation, **fields)


# --- predictions -----------------------------------------------------------------------------------------------------


def test_an_ordinary_fit_of_an_ordinary_table_needs_no_advice():
    assert advice(table=facts()) == {}


def test_without_held_out_rows_nothing_is_said_of_predictions():
    assert advice(replace(attempt(), held_out=None)) == {}


def test_probabilities_that_are_no_numbers_are_no_matter_of_advice():
    broken = held_out()
    broken.probabilities[3] = math.nan
    assert advice(attempt(broken)) == {}


def test_training_rows_in_the_place_of_held_out_ones_are_told_by_their_number():
    assert advice(attempt(held_out(60, in_sample=True))) == {"in_sample": {"n_rows": 60}}


def test_rows_of_one_class_end_what_can_be_said_of_predictions():
    one_class = held_out(codes=np.zeros(40, dtype=int), in_sample=True)
    assert advice(attempt(one_class)) == {"in_sample": {"n_rows": 40}, "one_class_held_out": {"n_rows": 40}}


def test_a_network_that_ranks_while_one_class_takes_every_decision_is_told_with_its_class():
    prior = np.array([0.9, 0.1])
    held = held_out(2000, 1.0, prior=prior)
    timid = from_scores(np.log(held.probabilities) * 0.2 + 0.8 * np.log(prior), held.codes)
    numbers = advice(attempt(timid), prior=prior)["decision_collapse"]
    assert numbers["code"] == 0
    assert numbers["share"] == pytest.approx(np.mean(held.codes == 0))
    assert numbers["auc"] > 0.7


def three_classes(lift):
    """1,000 rows, the last 50 of a class whose own probability is `lift` deviations up where it is true, and small."""
    codes = np.repeat([0, 1, 2], [500, 450, 50])
    rare = 0.2 * norm.cdf(np.random.default_rng(0).normal(size=1000) + lift * (codes == 2))
    first = (1 - rare) * np.where(codes == 1, 0.1, 0.9)
    P = np.column_stack([first, 1 - rare - first, rare])
    return attempt(replace(held_out(1000), codes=codes, probabilities=P))


@pytest.mark.parametrize("lift, is_told", [(2.0, True), (0.0, False)])
def test_a_rare_class_that_ranks_well_and_is_never_predicted_is_told(lift, is_told):
    said = advice(three_classes(lift), prior=np.array([0.5, 0.45, 0.05]))
    assert ("rare_classes_never_predicted" in said) is is_told
    if is_told:
        assert said["rare_classes_never_predicted"]["codes"] == (2,)
        assert said["rare_classes_never_predicted"]["auc"] == pytest.approx(norm.cdf(2 / np.sqrt(2)), abs=0.05)


def test_a_rare_class_of_a_row_or_two_is_not_asked_for():
    codes = np.repeat([0, 1, 2], [500, 450, 4])
    scores = 4 * np.eye(3)[codes] + np.random.default_rng(0).normal(size=(954, 3)) - [0, 0, 9]
    assert advice(attempt(from_scores(scores, codes)), prior=np.array([0.5, 0.45, 0.05])) == {}


def overconfident():
    """An attempt that ranks well and is far too sure of itself."""
    held = held_out(400, 1.0)
    return attempt(from_scores(12 * np.log(held.probabilities), held.codes))


def test_being_worse_than_the_prior_in_log_loss_while_ranking_well_is_overconfidence():
    numbers = advice(overconfident())["overconfident"]
    assert numbers["loss"] > numbers["prior_loss"] == pytest.approx(math.log(2), abs=0.01)
    assert numbers["auc"] > 0.8


def rare_and_well_ranked(level, sharpness=1.0, n_rows=2000):
    """An attempt whose 4.4 % positives rank with an area under the ROC curve of .99, at a level of its own."""
    codes = (np.arange(n_rows) < 0.044 * n_rows).astype(int)
    scores = np.random.default_rng(0).normal(size=n_rows) + 3.3 * codes
    odds = sharpness * scores + level
    return from_scores(np.column_stack([np.zeros(n_rows), odds]), codes)


def test_probabilities_at_a_wrong_level_are_told_apart_from_too_extreme_ones():
    prior = np.array([0.956, 0.044])
    numbers = advice(attempt(rare_and_well_ranked(-0.5, 0.3), FLAT), prior=prior)["wrong_level"]
    assert (numbers["code"], numbers["share"]) == (1, pytest.approx(0.044))
    assert numbers["auc"] > 0.98 and numbers["loss"] > numbers["prior_loss"]
    assert "wrong_level" not in advice(overconfident())


@pytest.mark.parametrize("level, sharpness", [(-0.5, 0.3), (0.0, 1.0), (-9.0, 1.0)])
def test_a_threshold_problem_is_never_a_failure_to_learn(level, sharpness):
    prior = np.array([0.956, 0.044])
    judged = look(attempt(rare_and_well_ranked(level, sharpness), FLAT, stop="early_stopping"), prior)
    assert judged.comparison.mean_auc > 0.98
    assert judged.is_healthy


def test_under_class_weights_the_loss_says_nothing_about_overconfidence():
    assert "overconfident" not in advice(overconfident(), loss_prior=np.array([0.2, 0.8]))


# --- predictions for other class shares ------------------------------------------------------------------------------


def test_predictions_for_other_class_shares_are_told_where_a_tenth_of_all_rows_moves():
    case = attempt(held_out(1000, 0.8))
    numbers = advice(case, served_prior=OTHER)["weighted_predictions"]
    comparison, P = look(case, EVEN).comparison, case.held_out.probabilities
    assert numbers["code"] == 1
    assert numbers["predicted"] == comparison.predicted_share[1]
    assert numbers["served"] == pytest.approx(np.mean((P * OTHER / EVEN).argmax(axis=1) == 1))
    assert numbers["served"] - numbers["predicted"] > 0.1


def test_rows_that_were_clear_do_not_move_and_nothing_is_said():
    assert "weighted_predictions" not in advice(attempt(held_out(1000, 9.0)), served_prior=OTHER)


def test_the_decisions_that_are_served_are_those_that_can_collapse():
    case = attempt(held_out(1000, 0.8))
    assert "decision_collapse" not in advice(case)
    far = advice(case, served_prior=np.array([1e-9, 1.0]))
    assert far["decision_collapse"]["code"] == 1


# --- the curve -------------------------------------------------------------------------------------------------------


def test_a_training_that_was_cut_off_while_it_learned_fast_is_told_with_its_losses():
    losses = (0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25)
    expected = {"earlier": 0.35, "earlier_epoch": 6, "last": 0.25, "last_epoch": 8, "has_auto_schedule": False}
    expected |= {"is_slow": True}
    assert advice(ended(losses, losses)) == {"still_improving": expected}
    assert advice(ended(losses, losses, stop="early_stopping")) == {}
    assert advice(ended(losses[::-1][:1] * 8, losses[::-1][:1] * 8)) == {}  # flat


def test_a_held_out_loss_that_rises_while_the_training_loss_falls_is_overfitting():
    losses, validation = (0.6, 0.4, 0.3, 0.2), (0.6, 0.4, 0.45, 0.5)
    expected = {"best": 0.4, "last": 0.5, "epoch": 2, "is_best_kept": True}
    assert advice(ended(losses, validation)) == {"overfitting": expected}
    assert advice(ended(losses, validation, best=4)) == {"overfitting": expected | {"is_best_kept": False}}
    assert advice(ended((0.6, 0.4, 0.45, 0.5), validation)) == {}  # the training loss rises too
    assert advice(ended(losses, (0.6, 0.4, 0.41, 0.42))) == {}  # hardly worse


@pytest.mark.parametrize("held", [{"dropout": USUAL_DROPOUT}, {"weight_decay": USUAL_DECAY}])
def test_overfitting_under_usual_settings_is_no_news_where_the_best_epoch_is_kept(held):
    losses, validation, plan = (0.6, 0.4, 0.3, 0.2), (0.6, 0.4, 0.45, 0.5), TrainingPlan(**held)
    assert advice(ended(losses, validation, plan=plan)) == {}
    assert "overfitting" in advice(ended(losses, validation, plan=plan, best=4))


def test_after_a_late_collapse_nothing_else_is_said_of_the_curve():
    case = ended((0.6, 0.4, 0.3, 0.9, 0.9, 0.9), (0.6, 0.4, 0.3, 0.9, 0.9, 0.9), best=3)
    assert advice(case) == {"late_collapse": {"epoch": 3, "last_epoch": 6, "kept": 3}}


def test_a_curve_of_one_epoch_says_nothing():
    assert advice(ended((0.4,), (0.4,))) == {}


def test_epochs_without_held_out_loss_say_nothing():
    records = tuple(replace(r, validation_loss=None) for r in curve((0.6, 0.5, 0.4, 0.3)))
    assert advice(replace(attempt(), records=records)) == {}


# --- members and settings --------------------------------------------------------------------------------------------


def test_members_that_were_trained_again_are_counted_from_one():
    made = replace(attempt(plan=TrainingPlan(n_members=4)), retrained=(0, 2))
    assert advice(made) == {"retrained_members": {"members": (1, 3), "n_members": 4}}


def test_extreme_settings_are_told_where_they_did_no_harm_and_not_where_they_did():
    plan = TrainingPlan(dropout=0.95)
    numbers = advice(attempt(plan=plan), table=facts())["extreme_settings"]
    assert [cause.code for cause in numbers["causes"]] == ["dropout_too_strong"]
    assert "other" not in numbers
    assert "extreme_settings" not in advice(attempt(constant(), plan=plan), table=facts())


def test_a_second_training_that_did_no_better_is_told_with_its_loss():
    first = look(attempt(plan=TrainingPlan(dropout=0.95)), EVEN)
    inputs = CauseInputs(judged=first, facts=facts(), prior=EVEN, loss_prior=EVEN)
    other = look(attempt(held_out(skill=1.0)), EVEN).comparison
    numbers = next(a.numbers for a in find_advice(inputs, tried=other) if a.code == "extreme_settings")
    assert (numbers["loss"], numbers["other"]) == (inputs.judged.comparison.loss, other.loss)


# --- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "n_held_out, share, is_told",
    [
        (1000, 0.7, True),
        (1000, 0.54, False),  # below the least difference that matters
        (20, 0.7, False),  # 20 rows stray as far by chance
        (10**6, 0.5 + 1.1 * SHIFT_DIFFERENCE, True),
    ],
)
def test_class_shares_that_moved_are_told_where_they_moved_far_and_surely(n_held_out, share, is_told):
    said = advice(table=facts(n_held_out=n_held_out, held_out_share=(1 - share, share)))
    assert ("prior_shift" in said) is is_told
    if is_told:
        assert said["prior_shift"]["codes"] == (0, 1)
        assert {said["prior_shift"]["train"], said["prior_shift"]["held_out"]} < {0.5, 1 - share, share}


def test_the_class_that_moved_most_is_named():
    table = facts(n_held_out=10_000, train_share=(0.5, 0.3, 0.2), held_out_share=(0.4, 0.52, 0.08))
    numbers = advice(table=table)["prior_shift"]
    assert (numbers["code"], numbers["codes"]) == (1, (0, 1, 2))
    assert (numbers["train"], numbers["held_out"]) == (0.3, 0.52)


@pytest.mark.parametrize("share, is_told", [(0.0, False), (0.009, False), (0.01, True), (0.5, True)])
def test_equal_rows_with_different_labels_are_told_from_one_in_a_hundred(share, is_told):
    said = advice(table=facts(conflicting_share=share, accuracy_ceiling=0.9, loss_floor=0.1))
    assert said == ({"conflicting_labels": {"share": share, "ceiling": 0.9, "floor": 0.1}} if is_told else {})


def test_columns_that_carry_nothing_are_told_by_name():
    table = facts(identifier_like=(3,), constant=(0, 1), mostly_missing=(2,), duplicate=((1, 0), (3, 2)))
    assert advice(table=table) == {
        "identifier_like_columns": {"names": ("id",), "labels": (3,), "container": "array"},
        "constant_columns": {"names": ("age", "income"), "labels": (0, 1), "container": "array"},
        "mostly_missing_columns": {"names": ("city",), "labels": (2,), "container": "array"},
        "duplicate_columns": {
            "pairs": (("income", "age"), ("id", "city")),
            "names": ("income", "id"),
            "labels": (1, 3),
            "container": "array",
        },
    }


def test_predictions_come_before_the_curve_and_the_table_comes_last():
    case = ended((0.6, 0.4, 0.3, 0.2), (0.6, 0.4, 0.45, 0.5), held=held_out(60, in_sample=True))
    assert list(advice(case, table=facts(constant=(0,)))) == ["in_sample", "overfitting", "constant_columns"]


def test_falling_losses_of_a_finished_training_are_no_news():
    assert advice(attempt(losses=FALLING, stop="early_stopping"), table=facts()) == {}
