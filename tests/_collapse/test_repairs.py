"""Repairs: each removes its cause from the plan, changes nothing else of note, and comes to rest."""

from dataclasses import replace

import pytest

from robust_mlp._collapse.causes import CAUSES, Cause
from robust_mlp._collapse.causes.inputs import usual_rates
from robust_mlp._collapse.first_causes import TO_TYPE
from robust_mlp._collapse.repairs import LITTLE_ROOM, REPAIRS, plain_plan, repaired, with_room
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import facts

N_ROWS = 2000  # of `facts()`, of which 1800 are trained on


def changed(code, table=None, **of_plan):
    """{field: new value} that the repair of one cause changes."""
    plan = TrainingPlan(**of_plan)
    new = repaired(plan, [Cause(code=code)], facts() if table is None else table)
    return {name: value for name, (_, value) in new.changes_from(plan).items()}


@pytest.mark.parametrize(
    "code, plan, expected",
    [
        ("unscaled_columns", {"scale": None}, {"scale": "robust"}),
        ("heavy_tailed_columns", {}, {"scale": "robust"}),
        ("sorted_rows", {"shuffle": False}, {"shuffle": True}),
        ("label_smoothing_too_strong", {"label_smoothing": 0.9}, {"label_smoothing": 0.0}),
        ("class_weight_too_strong", {}, {"class_weight": None}),
        ("learning_rate_too_high", {"learning_rate": 10.0}, {"learning_rate": 0.002}),
        (
            "learning_rate_too_high",
            {"learning_rate": 10.0, "optimizer": "sgd"},
            {"optimizer": "adam", "learning_rate": 0.002},
        ),
        ("learning_rate_too_low", {"learning_rate": 1e-7, "max_iter": 20}, {"learning_rate": 0.002, "max_iter": 250}),
        ("schedule_too_short", {"learning_rate_schedule": "exponential"}, {"learning_rate_schedule": "cosine"}),
        (
            "schedule_too_short",
            {"learning_rate_schedule": "linear", "batch_size": 18},
            {"learning_rate_schedule": "cosine", "max_iter": 18},
        ),
        ("batch_too_large", {"batch_size": 1800, "max_iter": 3}, {"batch_size": 128, "max_iter": 125}),
        ("batch_too_large", {"batch_size": 1800}, {"batch_size": 128}),
        ("too_few_epochs", {"max_iter": 2}, {"max_iter": 250}),
        ("too_few_epochs", {"max_iter": 5000}, {}),
        ("stopped_too_early", {"n_iter_no_change": 1}, {"n_iter_no_change": 20, "tol": 0.0, "max_iter": 250}),
        ("no_hidden_layer", {"hidden_layer_sizes": ()}, {"hidden_layer_sizes": (128, 128)}),
        ("linear_activation", {"activation": "linear"}, {"activation": "silu"}),
        ("exploding_activation", {"activation": "exponential"}, {"activation": "silu"}),
        (
            "vanishing_gradient",
            {"hidden_layer_sizes": (32,) * 30, "activation": "sigmoid"},
            {"hidden_layer_sizes": (32,) * 2, "activation": "silu"},
        ),
        ("vanishing_gradient", {"hidden_layer_sizes": (32,) * 4, "activation": "tanh"}, {"activation": "silu"}),
        ("vanishing_gradient", {"hidden_layer_sizes": (32,) * 6}, {"batch_norm": True}),
        (
            "vanishing_gradient",
            {"hidden_layer_sizes": (32,) * 6, "batch_norm": True},
            {"hidden_layer_sizes": (32,) * 2},
        ),
        ("exploding_gradient", {}, {"clip_norm": 1.0, "batch_norm": True}),
        ("dead_units", {"learning_rate": 0.1}, {"activation": "leaky_relu", "learning_rate": 0.002, "clip_norm": 1.0}),
        ("saturated_units", {"activation": "tanh"}, {"batch_norm": True}),
        ("steps_bounded", {"clip_norm": 1e-5, "learning_rate": 0.002, "max_iter": 500}, {"clip_norm": None}),
        (
            "steps_bounded",
            {
                "optimizer": {"class_name": "Adam", "config": {"epsilon": 100.0}},
                "learning_rate": 0.002,
                "max_iter": 500,
            },
            {"optimizer": "adam"},
        ),
        (
            "weight_decay_too_strong",
            {"optimizer": {"class_name": "AdamW", "config": {"weight_decay": 20.0}}, "weight_decay": 0.01},
            {"optimizer": "adamw"},
        ),
        (
            "schedule_too_short",
            {"optimizer": {"class_name": "Adam", "config": {"learning_rate": object()}}},
            {"optimizer": "adam"},
        ),
        ("dropout_too_strong", {"dropout": 0.95}, {"dropout": 0.1}),
        ("input_dropout_too_strong", {"input_dropout": 0.9}, {"input_dropout": 0.0}),
        ("weight_decay_too_strong", {"weight_decay": 10.0}, {"weight_decay": 0.01}),
        ("max_norm_too_small", {"max_norm": 0.01}, {"max_norm": 3.0}),
        ("layer_too_narrow", {"hidden_layer_sizes": (1, 200)}, {"hidden_layer_sizes": (128, 200)}),
        ("layer_too_narrow", {"hidden_layer_sizes": (2,) * 9}, {"hidden_layer_sizes": (128,) * 2}),
        ("layer_too_narrow", {"hidden_layer_sizes": (1,)}, {"hidden_layer_sizes": (128, 128)}),
    ],
)
def test_each_repair_changes_what_is_wrong_and_nothing_else(code, plan, expected):
    assert changed(code, **plan) == expected


def test_every_cause_that_can_be_found_has_a_repair():
    # Early stopping is looked at twice, for sure and as the last resort; some causes only the user can remove, one of
    # which is found by simple models.
    assert len(REPAIRS) == len(CAUSES) - 1 - (len(TO_TYPE) - 1)
    assert not TO_TYPE.keys() & REPAIRS.keys()


# These go further each time: fewer layers after normalized batches, more patience, more epochs.
GO_FURTHER = {"vanishing_gradient", "stopped_too_early", "too_few_epochs"}


@pytest.mark.parametrize("code", [code for code in REPAIRS if code not in GO_FURTHER])
def test_a_repair_done_twice_is_done_once(code):
    plan = TrainingPlan(
        hidden_layer_sizes=(2,) * 14, activation="sigmoid", learning_rate=5.0, dropout=0.9, scale=None, max_iter=3
    )
    once = repaired(plan, [Cause(code=code)], facts())
    assert repaired(once, [Cause(code=code)], facts()) == once


def test_patience_grows_with_every_repair():
    plan = TrainingPlan(n_iter_no_change=10)
    causes = [Cause(code="stopped_too_early")]
    once = repaired(plan, causes, facts())
    assert (once.n_iter_no_change, repaired(once, causes, facts()).n_iter_no_change) == (40, 160)


def test_epochs_grow_with_every_repair_up_to_a_limit():
    causes, plan, epochs = [Cause(code="too_few_epochs")], TrainingPlan(max_iter=3), []
    for _ in range(5):
        plan = repaired(plan, causes, facts())
        epochs.append(plan.max_iter)
    assert epochs == [250, 1000, 2000, 2000, 2000]


def test_several_causes_are_repaired_in_one_plan():
    plan = TrainingPlan(scale=None, learning_rate=50.0, dropout=0.95)
    causes = [Cause(code=c) for c in ("unscaled_columns", "learning_rate_too_high", "dropout_too_strong")]
    new = repaired(plan, causes, facts())
    assert (new.scale, new.learning_rate, new.dropout) == ("robust", 0.002, 0.1)


def test_what_cannot_be_repaired_leaves_the_plan_alone():
    plan = TrainingPlan()
    assert repaired(plan, [Cause(code="no_signal", can_repair=False)], facts()) == plan


def test_a_named_schedule_stays_and_a_function_goes():
    steady = repaired(TrainingPlan(learning_rate_schedule="cosine"), [Cause(code="learning_rate_too_high")], facts())
    assert steady.learning_rate_schedule == "cosine"
    own = repaired(TrainingPlan(learning_rate_schedule=lambda t: 0.0), [Cause(code="learning_rate_too_low")], facts())
    assert own.learning_rate_schedule is None


def test_the_plain_plan_undoes_every_extreme_at_once():
    wild = TrainingPlan(
        hidden_layer_sizes=(1,) * 30,
        activation="exponential",
        dropout=0.95,
        input_dropout=0.9,
        max_norm=0.01,
        optimizer="sgd",
        learning_rate=100.0,
        weight_decay=10.0,
        label_smoothing=0.99,
        batch_size=100_000,
        max_iter=2,
        shuffle=False,
        scale=None,
        n_iter_no_change=1,
        n_members=8,
    )
    plain = plain_plan(wild, facts())
    assert plain.hidden_layer_sizes == (128, 128)
    assert (plain.dropout, plain.input_dropout, plain.weight_decay, plain.label_smoothing) == (0.1, 0.0, 0.01, 0.0)
    assert (plain.optimizer, plain.learning_rate, plain.scale, plain.shuffle) == ("adam", 0.002, "robust", True)
    assert plain.max_norm is None
    assert plain.batch_size == 128  # at most an eighth of the rows
    assert plain.max_iter * -(-N_ROWS // plain.batch_size) >= 2000
    assert plain.n_iter_no_change >= 20
    assert plain.n_members == 8  # the user's own, and no reason for a collapse


def test_the_plain_plan_leaves_a_usual_architecture():
    assert plain_plan(TrainingPlan(hidden_layer_sizes=(200, 100)), facts()).hidden_layer_sizes == (200, 100)


@pytest.mark.parametrize("n_train, expected", [(20, 16), (400, 32), (100_000, 256)])
def test_repaired_batches_suit_the_number_of_rows(n_train, expected):
    assert changed("batch_too_large", table=facts(n_train=n_train), batch_size=10**6)["batch_size"] == expected


def test_usual_rates_lie_between_the_lowest_and_the_highest():
    for optimizer in ("adam", "sgd", {"class_name": "SGD", "config": {}}):
        lowest, usual, highest = usual_rates(optimizer)
        assert lowest < usual < highest


def test_a_gradient_is_not_let_through_by_taking_normalization_away():
    plan = TrainingPlan(hidden_layer_sizes=(32,) * 4, activation="silu", batch_norm=True)
    assert REPAIRS["vanishing_gradient"](plan, Cause(code="vanishing_gradient"), None).batch_norm


def test_the_plain_plan_drops_class_weights_only_where_these_are_the_certain_cause():
    plan = TrainingPlan()
    harmful = Cause(code="class_weight_too_strong", is_certain=True)
    possible = Cause(code="class_weight_too_strong", is_certain=False)
    assert not plain_plan(plan, None, [harmful]).use_class_weight
    assert plain_plan(plan, None, [possible]).use_class_weight
    assert plain_plan(plan, None).use_class_weight
    assert not plain_plan(TrainingPlan(use_class_weight=False), None).use_class_weight


# --- room to learn ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan, expected",
    [
        ({}, {}),
        ({"n_iter_no_change": 5}, {}),
        ({"n_iter_no_change": 1}, {"n_iter_no_change": 20}),
        ({"n_iter_no_change": 1, "early_stopping": False}, {}),  # nobody waits
        ({"batch_size": 200, "max_iter": LITTLE_ROOM // 10}, {}),
        ({"batch_size": 200, "max_iter": LITTLE_ROOM // 10 - 1}, {"max_iter": 200}),
    ],
)
def test_a_repaired_training_gets_time_and_patience_where_the_typed_ones_are_very_short(plan, expected):
    plan = TrainingPlan(**plan)
    assert {name: new for name, (_, new) in with_room(plan, facts()).changes_from(plan).items()} == expected


def test_more_room_makes_the_epochs_typed_ones():
    plan = TrainingPlan(max_iter=3, longest_schedule=300)
    assert with_room(plan, facts()).longest_schedule is None
    assert with_room(TrainingPlan(max_iter=3, batch_size=50), None).max_iter == 2000  # an update an epoch: rows unknown


def test_an_auto_schedule_has_epochs_enough_unless_it_was_made_for_far_larger_batches():
    auto = TrainingPlan(batch_size=64, max_iter=50, epochs_of_schedule=50, has_auto_schedule=True, longest_schedule=400)
    few, known = [Cause(code="learning_rate_too_low")], facts()  # 1800 rows: 29 updates an epoch
    new = repaired(auto, few, known)
    assert (new.max_iter, new.longest_schedule) == (50, 400)
    of_large = repaired(replace(auto, max_iter=10, epochs_of_schedule=10), few, known)
    assert (of_large.max_iter, of_large.longest_schedule) == (63, None)


def test_epochs_are_counted_with_rows_that_members_hold_out_but_not_with_most_of_the_table():
    few = [Cause(code="too_few_epochs")]
    plan = TrainingPlan(max_iter=1, batch_size=100)
    assert repaired(plan, few, facts(n_train=1000)).max_iter == 100  # as the default counts 2000 rows
    assert repaired(plan, few, facts(n_train=200)).max_iter == 400  # of 200 rows, 500 are the most that counts
