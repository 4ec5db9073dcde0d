"""Causes: each is named where it is, with its numbers, reasons before what follows from them."""

from dataclasses import replace

import pytest

from robust_mlp._collapse.causes import CAUSES, find_causes, may_be_held_back
from robust_mlp._collapse.causes.inputs import CauseInputs
from robust_mlp._collapse.symptoms.rules import Symptom, look
from robust_mlp._core.plan import TrainingPlan
from tests._collapse.causes.found_causes import RAW, RISING, broken, found, inputs
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, constant, facts, held_out, layer


def test_an_ordinary_plan_on_an_ordinary_table_has_no_cause():
    assert found() == {}


def test_impatience_after_many_updates_is_suspected_last():
    case = broken(FLAT, stop="early_stopping", plan={"batch_size": 64, "hidden_layer_sizes": (), "dropout": 0.6})
    assert list(found(case)) == ["no_hidden_layer", "stopped_too_early"]


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
