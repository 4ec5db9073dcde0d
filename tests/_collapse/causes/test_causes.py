"""Causes: each is named where it is, with its numbers, reasons before what follows from them."""

from robust_mlp._collapse.causes import CAUSES, find_causes
from robust_mlp._collapse.causes.inputs import CauseInputs
from robust_mlp._collapse.symptoms.rules import look
from tests._collapse.causes.found_causes import RAW, RISING, broken, found
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
