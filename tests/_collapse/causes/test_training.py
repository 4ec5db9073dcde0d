"""Causes in the loss, the learning rate and the length of the training."""

import math
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._collapse.causes import find_causes, training
from robust_mlp._collapse.causes.inputs import CauseInputs
from robust_mlp._collapse.causes.training import FEW_STEPS_PER_EPOCH, FEW_UPDATES, is_short, usual_batch_size
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.plan import TrainingPlan
from tests._collapse.causes.found_causes import RISING, broken, found, inputs, numbers
from tests.invented_attempts import FALLING, FLAT, attempt, constant, facts, from_scores


@pytest.mark.parametrize(
    "losses, rate, ratio, optimizer, expected",
    [
        (RISING, 10.0, 1.5, "adam", {"learning_rate_too_high": True}),
        (RISING, 0.05, 0.3, "adam", {"learning_rate_too_high": False}),
        (FLAT, 0.05, 3.0, "adam", {"learning_rate_too_high": True}),  # the weights jump about
        (FLAT, 0.05, 0.3, "adam", {}),
        (FLAT, 0.5, 0.3, "sgd", {}),  # plain gradient steps may be large
        (FLAT, 5.0, 0.3, "sgd", {"learning_rate_too_high": True}),
        ((0.7, math.nan), 0.05, 0.3, "adam", {"learning_rate_too_high": False}),
        (FLAT, 1e-7, 1e-6, "adam", {"learning_rate_too_low": True}),
        (FLAT, 1e-4, 1e-3, "adam", {"learning_rate_too_low": True}),  # 30 epochs moved the weights by 3 %
        (FLAT, 1e-4, 1e-2, "adam", {}),
        (RISING, 1e-7, 1e-6, "adam", {}),  # what diverges is not too slow
    ],
)
def test_the_learning_rate_is_judged_by_what_it_did(losses, rate, ratio, optimizer, expected):
    case = broken(losses, rate=rate, update_ratio=ratio, plan={"learning_rate": rate, "optimizer": optimizer})
    assert found(case) == expected


@pytest.mark.parametrize(
    "plan, expected",
    [
        ({"batch_size": 1, "batch_norm": True}, {"batch_of_one": True}),
        ({"batch_size": 2, "batch_norm": True}, {}),
        ({"batch_size": 1}, {}),
    ],
)
def test_batch_normalization_of_single_rows_is_a_certain_cause(plan, expected):
    assert found(broken(FLAT, plan=plan)) == expected


def test_the_learning_rate_in_use_counts_and_not_the_one_in_the_plan():
    case = broken(RISING, rate=10.0, plan={"learning_rate": 1e-3})  # a callback raised it
    assert numbers("learning_rate_too_high", case)["rate"] == 10.0


@pytest.mark.parametrize(
    "plan, n_epochs, stop, expected",
    [
        ({"batch_size": 1800, "max_iter": 5}, 5, "max_iter", ["batch_too_large", "too_few_epochs"]),
        ({"batch_size": 1800, "max_iter": 500}, 40, "early_stopping", ["batch_too_large", "stopped_too_early"]),
        ({"batch_size": 64, "max_iter": 2}, 2, "max_iter", ["too_few_epochs"]),
        ({"batch_size": 64, "n_iter_no_change": 1}, 3, "early_stopping", ["stopped_too_early"]),
        ({"batch_size": 64, "max_iter": 30}, 30, "max_iter", []),  # 870 updates are enough to leave the start
    ],
)
def test_too_few_updates_have_the_cause_that_made_them_few(plan, n_epochs, stop, expected):
    case = broken(FLAT[:1] * n_epochs, stop=stop, plan=plan)
    assert [code for code, certain in found(case).items() if certain] == expected


def test_early_stopping_after_many_updates_is_only_suspected():
    case = broken(FLAT, stop="early_stopping", plan={"batch_size": 64})
    assert found(case) == {"stopped_too_early": False}


def test_a_schedule_that_ends_before_learning_began_is_named():
    records = attempt(constant(), (0.69,) * 2, rate=1e-3).records + attempt(constant(), FLAT, rate=1e-7).records
    case = broken(plan={"learning_rate_schedule": "exponential", "batch_size": 64})
    object.__setattr__(case, "records", records)
    assert found(case)["schedule_too_short"] is True
    assert numbers("schedule_too_short", case) == {"n_useful": 2, "n_epochs": 32}


def test_a_training_that_fits_its_rows_after_few_updates_was_not_too_short():
    case = broken(FLAT[:1] * 27, stop="early_stopping", plan={"batch_size": 900})
    assert found(case)["stopped_too_early"] is True
    object.__setattr__(case, "records", attempt(constant(), (0.69, 0.4, 0.2) * 9).records)
    assert found(case) == {"stopped_too_early": False}


def test_class_weights_that_push_all_rows_to_a_rare_class_are_named():
    y = np.repeat([0, 1], [950, 50])
    rng = np.random.default_rng(0)
    prior, loss_prior = np.array([0.95, 0.05]), np.array([0.05, 0.95])
    case = attempt(from_scores(rng.normal(size=(1000, 2)) * 0.1 + [0, 3], y), FLAT)
    weighted = CauseInputs(judged=look(case, prior, loss_prior), facts=facts(), prior=prior, loss_prior=loss_prior)
    (cause,) = find_causes(weighted)
    assert cause.code == "class_weight_too_strong"
    assert cause.numbers["code"] == 1
    assert cause.numbers["ratio"] == pytest.approx(361)
    assert not cause.is_certain
    unweighted = CauseInputs(judged=look(case, prior), facts=facts(), prior=prior, loss_prior=prior)
    assert find_causes(unweighted) == ()


@pytest.mark.parametrize(
    "prior, loss_prior, is_named",
    [
        ((0.98, 0.02), (5e-5, 1 - 5e-5), True),  # a million for the rare class: the other is lost
        ((0.98, 0.02), (0.5, 0.5), False),  # balanced
        ((0.9999, 0.0001), (0.5, 0.5), False),  # balanced, however rare
        ((0.5, 0.5), (0.01, 0.99), False),  # strong, but both classes count
        ((0.5, 0.49, 0.01), (0.5, 0.5, 1e-5), False),  # hardly any row is of the class that is lost
    ],
)
def test_class_weights_that_leave_a_common_class_out_are_certainly_at_fault(prior, loss_prior, is_named):
    prior, loss_prior = np.array(prior), np.array(loss_prior)
    case = attempt(constant(1000, prior=prior), FLAT)
    inputs = CauseInputs(judged=look(case, prior, loss_prior), facts=facts(), prior=prior, loss_prior=loss_prior)
    causes = [cause for cause in find_causes(inputs) if cause.code == "class_weight_too_strong" and cause.is_certain]
    assert bool(causes) is is_named


@pytest.mark.parametrize(
    "smoothing, expected",
    [
        (0.99, {"label_smoothing_too_strong": True}),
        (0.9, {"label_smoothing_too_strong": True}),
        (0.6, {"label_smoothing_too_strong": False}),
        (0.5, {"label_smoothing_too_strong": False}),
        (0.49, {}),
        (0.1, {}),
    ],
)
def test_label_smoothing_is_suspected_from_a_half_on_and_certain_from_nine_tenths_on(smoothing, expected):
    assert found(label_smoothing=smoothing) == expected


def test_class_weights_that_a_plan_leaves_out_are_not_at_fault():
    prior, loss_prior = np.array([0.98, 0.02]), np.array([5e-5, 1 - 5e-5])
    for is_used in (True, False):
        case = broken(plan={"use_class_weight": is_used})
        both = CauseInputs(judged=look(case, prior, loss_prior), facts=facts(), prior=prior, loss_prior=loss_prior)
        assert (training.class_weights(both) is not None) is is_used


def test_the_learning_rate_is_told_with_the_one_that_is_usual_and_what_it_led_to():
    case = broken(RISING, rate=10.0, plan={"optimizer": "sgd"})
    told = numbers("learning_rate_too_high", case)
    assert told == {"rate": 10.0, "usual": 0.05, "last_loss": 90.0, "prior_loss": pytest.approx(math.log(2), abs=0.01)}


def test_a_rate_between_the_usual_and_the_highest_needs_more_than_suspicion():
    assert found(broken(FLAT, rate=0.05)) == {}
    assert found(broken(FLAT, rate=0.1)) == {}
    assert found(broken(FLAT, rate=0.1001)) == {"learning_rate_too_high": True}


def test_weights_that_settle_in_the_end_did_not_jump_about():
    calm = attempt(constant(), FLAT[:15], rate=0.05, update_ratio=3.0).records
    records = calm + attempt(constant(), FLAT[:15], rate=0.05, update_ratio=0.1).records
    case = broken()
    object.__setattr__(case, "records", records)
    assert "learning_rate_too_high" not in found(case)


@pytest.mark.parametrize("n_updates, expected", [(FEW_UPDATES - 1, True), (FEW_UPDATES, False)])
def test_a_training_is_short_below_a_hundred_updates(n_updates, expected):
    case = broken(FLAT[:1] * n_updates, plan={"batch_size": 1800})
    assert inputs(case).n_updates == n_updates
    assert is_short(inputs(case)) is expected


def test_a_training_that_diverged_or_learned_or_whose_table_nobody_knows_is_not_called_short():
    few = {"plan": {"batch_size": 1800}}
    assert is_short(inputs(broken(FLAT[:5], **few)))
    assert not is_short(inputs(broken(RISING, **few)))
    assert not is_short(inputs(broken((0.6, 0.3, 0.1), **few)))
    case = broken(FLAT[:5], **few)
    nobody = CauseInputs(
        judged=look(case, np.full(2, 0.5)), facts=None, prior=np.full(2, 0.5), loss_prior=np.full(2, 0.5)
    )
    assert not is_short(nobody)


@pytest.mark.parametrize(
    "n_train, expected", [(1, 16), (127, 16), (128, 16), (256, 32), (1800, 128), (2047, 128), (2048, 256), (10**6, 256)]
)
def test_the_usual_batch_is_a_power_of_two_that_leaves_eight_steps(n_train, expected):
    assert usual_batch_size(n_train) == expected
    assert expected in (16, 256) or n_train / expected >= FEW_STEPS_PER_EPOCH


def test_a_batch_is_too_large_where_it_leaves_fewer_than_eight_steps():
    few = {"max_iter": 5}  # of 1,800 rows, for which 128 is usual
    assert list(found(broken(FLAT[:5], plan={"batch_size": 257, **few}))) == ["too_few_epochs"]
    told = numbers("batch_too_large", broken(FLAT[:5], plan={"batch_size": 258, **few}))
    assert told == {"batch_size": 258, "n_train": 1800, "n_updates": 35, "usual": 128}


def test_a_batch_of_few_rows_is_not_too_large_up_to_twice_the_usual_one():
    for batch_size, is_named in ((32, False), (33, True)):  # of 100 rows, for which 16 is usual
        case = broken(FLAT[:5], plan={"batch_size": batch_size, "max_iter": 5})
        assert ("batch_too_large" in found(case, table=facts(n_train=100))) is is_named


def test_a_schedule_that_lasts_long_enough_is_not_at_fault():
    rates = attempt(constant(), FLAT[:20], rate=1e-3).records + attempt(constant(), FLAT[:10], rate=1e-9).records
    case = broken(plan={"learning_rate_schedule": "exponential", "batch_size": 64})
    object.__setattr__(case, "records", rates)
    assert "schedule_too_short" not in found(case)


def test_an_early_stop_is_told_with_its_patience():
    case = broken(FLAT, stop="early_stopping", plan={"batch_size": 64, "n_iter_no_change": 3, "tol": 0.01})
    assert numbers("stopped_too_early", case) == {"n_epochs": 30, "n_iter_no_change": 3, "tol": 0.01, "n_updates": 870}


def test_a_training_that_fell_all_the_way_has_no_cause_here():
    case = attempt(constant(), FALLING, stop="early_stopping")
    assert {code for code, is_certain in found(case).items() if is_certain} == set()


def given_to_the_rare_class(share, rare=0.05, ratio_of=(0.95, 0.05)):
    """Whether class weights are at fault where so many of 1,000 rows are given to a class of so few."""
    codes = (np.arange(1000) < 1000 * rare).astype(int)
    given = (np.arange(1000)[::-1] < 1000 * share).astype(int)
    scores = 0.1 * np.random.default_rng(0).normal(size=(1000, 2)) + np.eye(2)[given]
    prior = np.array([1 - rare, rare])
    case = attempt(from_scores(scores, codes), FLAT)
    judged = look(case, prior)  # by the data's shares: whether the decisions collapsed is the symptoms' affair
    inputs = CauseInputs(judged=judged, facts=facts(), prior=prior, loss_prior=np.array(ratio_of))
    return training.class_weights(inputs) is not None


def test_class_weights_are_at_fault_where_nearly_all_rows_go_to_a_class_of_few():
    pushed = {"ratio_of": (0.5, 0.5)}  # 19 times for the rare class
    assert given_to_the_rare_class(0.96, **pushed)
    assert not given_to_the_rare_class(0.94, **pushed)
    assert not given_to_the_rare_class(0.96, rare=0.6, ratio_of=(0.8, 0.2))  # most rows are of that class


def test_weights_of_less_than_three_times_push_nobody():
    # The odds of the rare class, 1 to 19, times the weights' ratio.
    for ratio, expected in ((2.9, False), (3.1, True)):
        odds = ratio / 19
        assert given_to_the_rare_class(0.96, ratio_of=(1 / (1 + odds), odds / (1 + odds))) is expected


# ---- steps that a setting of the optimizer bounds, callbacks, rows to train on


def adam(**config):
    return {"class_name": "Adam", "config": config}


def sgd(**config):
    return {"class_name": "SGD", "config": config}


@pytest.mark.parametrize(
    "plan, name",
    [
        ({"optimizer": adam(epsilon=100.0)}, "epsilon"),
        ({"optimizer": sgd(clipnorm=1e-6)}, "clipnorm"),
        ({"optimizer": sgd(clipvalue=1e-5, clipnorm=None)}, "clipvalue"),
        ({"optimizer": sgd(global_clipnorm=1e-3)}, "global_clipnorm"),
        ({"optimizer": "sgd", "clip_norm": 1e-5}, "clip_norm"),  # as of a user's own network
    ],
)
def test_a_setting_that_bounds_the_steps_is_named_and_not_the_learning_rate(plan, name):
    case = broken(FLAT, update_ratio=1e-4, plan={"learning_rate": 0.01, **plan}, rate=0.01)
    assert found(case) == {"steps_bounded": True}
    assert numbers("steps_bounded", case)["name"] == name


@pytest.mark.parametrize(
    "plan",
    [
        {"optimizer": adam(epsilon=1e-7)},
        {"optimizer": adam(epsilon=0.1)},  # as some advise for Adam
        {"optimizer": adam(clipnorm=1e-6)},  # Adam divides by the size of the gradient
        {"optimizer": sgd(clipnorm=1.0)},
        {"optimizer": sgd(clipnorm=None)},
    ],
)
def test_usual_settings_of_an_optimizer_bound_no_steps(plan):
    assert "steps_bounded" not in found(broken(FLAT, update_ratio=1e-4, plan=plan))


@pytest.mark.parametrize("rate, is_named", [(1e-3, False), (6e-4, False), (4e-4, True), (1e-4, True)])
def test_a_rate_near_the_usual_one_is_not_why_weights_stay_where_they_are(rate, is_named):
    case = broken(FLAT, update_ratio=1e-5, rate=rate, plan={"learning_rate": rate})
    assert ("learning_rate_too_low" in found(case)) is is_named


@pytest.mark.parametrize(
    "stop, losses, is_named",
    [("callback", (0.69,), True), ("callback", FLAT, False), ("max_time", (0.69,), False), ("max_iter", FLAT, False)],
)
def test_a_callback_is_at_fault_where_it_left_few_updates(stop, losses, is_named):
    assert ("stopped_by_callback" in found(broken(losses, stop=stop))) is is_named


@pytest.mark.parametrize("n_train, is_named", [(1800, False), (1000, False), (999, True), (200, True)])
def test_rows_to_train_on_are_few_below_half_of_the_table(n_train, is_named):
    table = facts(n_train=n_train)
    assert ("too_many_held_out" in found(broken(FLAT), table=table)) is is_named
    assert training.holds_out_most(inputs(table=table)) is is_named


def test_several_members_learn_from_all_rows_whatever_each_of_them_holds_out():
    table = facts(n_train=999)
    assert not training.holds_out_most(inputs(attempt(plan=TrainingPlan(n_members=2)), table=table))


def falling(rates, **plan):
    """A constant network whose epochs had these learning rates."""
    case = broken((0.693,) * len(rates), plan={"batch_size": 64, **plan})
    records = tuple(replace(r, learning_rate=rate) for r, rate in zip(case.records, rates, strict=True))
    return replace(case, records=records)


DECAYED = (1e-3, 1e-4, *(1e-9,) * 20)


@pytest.mark.parametrize(
    "plan, can_repair",
    [
        ({"learning_rate_schedule": "cosine"}, True),
        ({"optimizer": {"class_name": "Adam", "config": {"learning_rate": object()}}}, True),  # a schedule object
        ({"optimizer": {"class_name": "Adam", "config": {"learning_rate": 1e-3}}}, False),
        ({}, False),  # a callback, which stays in every training
    ],
)
def test_a_rate_that_falls_at_once_is_named_whoever_lowers_it(plan, can_repair):
    (cause,) = [c for c in find_causes(inputs(falling(DECAYED, **plan))) if c.code == "schedule_too_short"]
    assert cause.is_certain and cause.can_repair is can_repair


def test_a_constant_rate_is_no_schedule():
    assert "schedule_too_short" not in found(falling((1e-3,) * 20))
    assert "schedule_too_short" not in found(falling((1e-9,) * 20))
