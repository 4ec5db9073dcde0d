"""Causes: each is named where it is, with its numbers, reasons before what follows from them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._collapse.causes import CAUSES, find_causes, may_be_held_back
from robust_mlp._collapse.causes.inputs import CauseInputs, usual_rates
from robust_mlp._collapse.symptoms.rules import Symptom, look
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import LabelOrder
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, constant, facts, from_scores, held_out, layer

RISING = (0.7, 0.9, 2.0, 8.0, 40.0, 90.0)


def inputs(case=None, *, table=None, loss_prior=EVEN, **of_plan):
    """A inputs of a constant network under a plan, unless an attempt is given."""
    if case is None:
        case = attempt(constant(), FLAT, plan=TrainingPlan(**of_plan))
    return CauseInputs(
        judged=look(case, EVEN), facts=facts() if table is None else table, prior=EVEN, loss_prior=loss_prior
    )


def found(*args, **kwargs):
    """{code: is_certain} of all causes, in order."""
    return {cause.code: cause.is_certain for cause in find_causes(inputs(*args, **kwargs))}


def numbers(code, *args, **kwargs):
    """The numbers of the cause with that code."""
    return next(cause.numbers for cause in find_causes(inputs(*args, **kwargs)) if cause.code == code)


def broken(losses=FLAT, **kwargs):
    plan = TrainingPlan(**kwargs.pop("plan", {}))
    return attempt(constant(), losses, plan=plan, **kwargs)


def test_an_ordinary_plan_on_an_ordinary_table_has_no_cause():
    assert found() == {}


RAW = facts(badly_scaled=(1, 3), locations=(0.0, 5e4, 0.0, 1e6), scales=(1.0, 2e4, 1.0, 3.0))
LARGE = facts(badly_scaled=(1,), locations=(0.0, 30.0, 0.0, 0.0))
TINY = facts(badly_scaled=(1,), scales=(1.0, 1e-6, 1.0, 1.0))


@pytest.mark.parametrize(
    "table, scale, expected",
    [
        (RAW, None, {"unscaled_columns": True}),
        (LARGE, None, {"unscaled_columns": False}),  # 30 is large, and ordinary networks have learned from such columns
        (TINY, None, {"unscaled_columns": True}),
        (RAW, "standard", {}),  # scaled: their size does not reach the network
        (RAW, "robust", {}),
        (facts(), None, {}),  # nothing is wrong with the columns as they are
    ],
)
def test_columns_of_unusual_size_are_a_cause_only_where_they_reach_the_network(table, scale, expected):
    assert found(table=table, scale=scale) == expected


def test_the_worst_column_is_named():
    n = numbers("unscaled_columns", table=RAW, scale=None)
    assert (n["name"], n["mean"], n["names"]) == ("id", 1e6, ("income", "id"))


def test_heavy_tails_are_a_cause_only_under_the_scale_that_they_set():
    table = facts(heavy_tailed=lambda: (0, 1))
    assert found(table=table, scale="standard") == {"heavy_tailed_columns": True}
    assert found(table=facts(heavy_tailed=lambda: (0,)), scale="standard") == {"heavy_tailed_columns": False}
    assert found(table=table, scale="robust") == {}
    assert found(table=facts(heavy_tailed=tuple), scale="standard") == {}


@pytest.mark.parametrize("n_runs, shuffle, expected", [(2, False, True), (2, True, False), (900, False, False)])
def test_sorted_rows_are_a_cause_only_where_they_are_not_shuffled(n_runs, shuffle, expected):
    table = facts(label_order=lambda: LabelOrder(n_runs=n_runs, expected_runs=1000.0, n_rows=2000))
    assert ("sorted_rows" in found(table=table, shuffle=shuffle)) is expected


def test_rows_are_not_put_in_order_for_a_plan_that_shuffles_them():
    def never():
        raise AssertionError("the order of 5,000,000 labels takes a second")

    assert found(table=facts(label_order=never)) == {}


@pytest.mark.parametrize(
    "setting, code, is_certain",
    [
        ({"label_smoothing": 0.99}, "label_smoothing_too_strong", True),
        ({"label_smoothing": 0.6}, "label_smoothing_too_strong", False),
        ({"dropout": 0.95}, "dropout_too_strong", True),
        ({"dropout": 0.6}, "dropout_too_strong", False),
        ({"dropout": 0.6, "hidden_layer_sizes": (64, 8)}, "dropout_too_strong", True),  # three units are left
        ({"input_dropout": 0.9}, "input_dropout_too_strong", True),
        ({"input_dropout": 0.5}, "input_dropout_too_strong", False),
        ({"weight_decay": 10.0}, "weight_decay_too_strong", True),
        ({"weight_decay": 0.3}, "weight_decay_too_strong", False),
        ({"max_norm": 0.01}, "max_norm_too_small", True),
        ({"max_norm": 0.5}, "max_norm_too_small", False),
        ({"hidden_layer_sizes": (1,)}, "layer_too_narrow", True),
        ({"hidden_layer_sizes": (64, 3)}, "layer_too_narrow", False),
        ({"hidden_layer_sizes": ()}, "no_hidden_layer", False),
        ({"activation": "linear"}, "linear_activation", False),
        ({"activation": "exponential"}, "exploding_activation", True),
        ({"hidden_layer_sizes": (32,) * 30, "activation": "sigmoid"}, "vanishing_gradient", True),
        ({"hidden_layer_sizes": (32,) * 30, "activation": "relu"}, "vanishing_gradient", True),
    ],
)
def test_each_extreme_setting_is_named(setting, code, is_certain):
    assert found(**setting) == {code: is_certain}


@pytest.mark.parametrize(
    "setting",
    [
        {"label_smoothing": 0.1},
        {"dropout": 0.4},
        {"input_dropout": 0.2},
        {"weight_decay": 0.05},
        {"max_norm": 3.0},
        {"hidden_layer_sizes": (8, 4)},
        {"hidden_layer_sizes": (64,) * 4, "activation": "sigmoid"},
        {"hidden_layer_sizes": (64,) * 8, "activation": "relu"},
        {"activation": "tanh"},
        {"dropout": 0.9, "hidden_layer_sizes": ()},  # there is nothing to drop
    ],
)
def test_usual_settings_are_not_suspected(setting):
    assert {code for code in found(**setting) if code != "no_hidden_layer"} == set()


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


def test_the_learning_rate_in_use_counts_and_not_the_one_in_the_plan():
    case = broken(RISING, rate=10.0, plan={"learning_rate": 1e-3})  # a callback raised it
    assert numbers("learning_rate_too_high", case)["rate"] == 10.0


def test_optimizers_given_by_settings_have_the_rates_of_their_class():
    assert usual_rates({"class_name": "SGD", "config": {}}) == usual_rates("sgd")
    assert usual_rates({"class_name": "Adam", "config": {}}) == usual_rates("adam") == usual_rates("rmsprop")


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


def test_impatience_after_many_updates_is_suspected_last():
    case = broken(FLAT, stop="early_stopping", plan={"batch_size": 64, "hidden_layer_sizes": (), "dropout": 0.6})
    assert list(found(case)) == ["no_hidden_layer", "stopped_too_early"]


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


def test_the_loss_that_a_network_begins_with_is_no_divergence_where_a_class_is_rare():
    prior = np.array([0.98, 0.02])
    case = attempt(constant(1000, prior=prior), (0.691,) * 11, rate=1e-7)
    inputs = CauseInputs(judged=look(case, prior), facts=facts(), prior=prior, loss_prior=prior)
    assert not inputs.has_diverged
    assert next(cause.code for cause in find_causes(inputs)) == "learning_rate_too_low"


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


def test_the_gradient_tells_vanishing_from_exploding():
    deep = {"plan": {"hidden_layer_sizes": (64,) * 4}}
    vanishing = [layer("layer 1", gradient_norm=1e-9), layer("layer 4", gradient_norm=1e-2)]
    exploding = [layer("layer 1", gradient_norm=1e5), layer("layer 4", gradient_norm=1e-2)]
    assert found(broken(layers=vanishing, **deep)) == {"vanishing_gradient": True}
    assert found(broken(layers=exploding, **deep)) == {"exploding_gradient": True}


def test_dead_and_saturated_units_are_named_with_their_layer():
    dead = [layer(), layer("layer 2", dead_fraction=1.0)]
    assert found(broken(layers=dead)) == {"dead_units": True}
    assert numbers("dead_units", broken(layers=dead)) == {"layer": "layer 2", "fraction": 1.0, "n_units": 64}
    flat = [layer(saturated_fraction=0.95)]
    assert found(broken(layers=flat, plan={"activation": "tanh"})) == {"saturated_units": False}


@pytest.mark.parametrize("dead_fraction", [0.0, 0.3, 0.7])
def test_many_idle_units_are_ordinary(dead_fraction):
    assert found(broken(layers=[layer(dead_fraction=dead_fraction)])) == {}


def test_reasons_come_before_what_follows_from_them():
    # Raw columns kill units; so does a large step. Dead units are then told last.
    dead = [layer(dead_fraction=1.0)]
    case = broken(RISING, rate=50.0, layers=dead, plan={"scale": None, "learning_rate": 50.0, "dropout": 0.9})
    order = ["unscaled_columns", "learning_rate_too_high", "dropout_too_strong", "dead_units"]
    assert list(found(case, table=RAW)) == order


def test_certain_causes_come_before_suspected_ones():
    case = broken(plan={"label_smoothing": 0.6, "dropout": 0.95})
    assert list(found(case)) == ["dropout_too_strong", "label_smoothing_too_strong"]


def test_without_facts_the_causes_that_need_none_are_still_found():
    case = broken(plan={"dropout": 0.95, "scale": None})
    bare = CauseInputs(judged=look(case, EVEN), facts=None, prior=EVEN, loss_prior=EVEN)
    assert [cause.code for cause in find_causes(bare)] == ["dropout_too_strong"]


def test_no_cause_function_fails_on_a_training_without_an_epoch():
    empty = attempt(constant(), (0.7,))
    object.__setattr__(empty, "records", ())
    bare = CauseInputs(judged=look(empty, EVEN), facts=facts(), prior=EVEN, loss_prior=EVEN)
    assert [function(bare) for function in CAUSES if function(bare) is not None] == []


def test_a_healthy_training_with_a_usual_plan_is_not_suspected():
    assert found(attempt(held_out(), FALLING, layers=[layer(), layer("layer 2")])) == {}


# A training that bends towards its end: default settings show no sign of a network that is held back.
STILL_FALLING = tuple(0.69 - 0.01 * i for i in range(20))


def learned(losses=FALLING, *, stop="max_iter", **plan):
    """Inputs of a network with some skill."""
    return inputs(attempt(held_out(400, 1.0), losses, plan=TrainingPlan(**plan), stop=stop))


def behind(case):
    """The same, once simple models did clearly better."""
    symptom = Symptom(code="held_back", numbers={"loss": 0.5, "other": 0.3, "name": "forest"}, is_doubtful=True)
    return replace(case, judged=replace(case.judged, symptoms=(symptom,)))


@pytest.mark.parametrize(
    "losses, stop, plan, blamed",
    [
        (FALLING[:9], "max_iter", {}, "too_few_epochs"),  # 72 updates
        (STILL_FALLING, "max_iter", {}, "too_few_epochs"),  # 160, and the loss falls as before
        (FALLING, "max_iter", {"batch_size": 100_000}, "batch_too_large"),
        (FALLING, "early_stopping", {"n_iter_no_change": 2}, "stopped_too_early"),
        (FALLING, "max_iter", {"hidden_layer_sizes": (64, 5)}, "layer_too_narrow"),
        (FALLING, "max_iter", {"hidden_layer_sizes": (64,) * 14}, "vanishing_gradient"),
        (FALLING, "max_iter", {"dropout": 0.9}, "dropout_too_strong"),
        (FALLING, "max_iter", {"weight_decay": 2.0}, "weight_decay_too_strong"),
        (FALLING, "max_iter", {"optimizer": "sgd", "learning_rate": 1e-3}, "learning_rate_too_low"),
    ],
)
def test_settings_that_may_hold_a_network_back_give_reason_to_ask_and_are_blamed_where_it_is_behind(
    losses, stop, plan, blamed
):
    rate = plan.get("learning_rate", 1e-3)
    case = inputs(attempt(held_out(400, 1.0), losses, plan=TrainingPlan(**plan), stop=stop, rate=rate))
    assert may_be_held_back(case)
    certain = [cause.code for cause in find_causes(behind(case)) if cause.is_certain]
    assert blamed in certain


def test_usual_settings_give_no_reason_to_ask_and_are_never_blamed():
    for stop in ("max_iter", "early_stopping"):
        case = learned(stop=stop, dropout=0.1, weight_decay=0.01, n_iter_no_change=15)
        assert not may_be_held_back(case)
        assert not any(cause.is_certain for cause in find_causes(behind(case)))


def test_a_network_that_found_nearly_all_is_not_asked_about():
    nearly_all = inputs(attempt(held_out(400, 6.0), FALLING[:5]))
    assert nearly_all.judged.comparison.relative_gain > 0.95
    assert not may_be_held_back(nearly_all)
