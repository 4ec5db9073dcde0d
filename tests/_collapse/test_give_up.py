"""A flat loss ends a training only where a setting prevents learning for certain."""

import math

import pytest

from robust_mlp._collapse.give_up import FAR_AHEAD, FLAT_EPOCHS, UNUSUAL_RATE, is_extreme, is_unusual, should_give_up
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import FALLING, FLAT, curve

LOG2 = math.log(2)
EXTREME = (
    {"learning_rate": 1e-7},
    {"learning_rate": 1.0},
    {"optimizer": "sgd", "learning_rate": 5.0},
    {"label_smoothing": 0.95},
    {"dropout": 0.97},
    {"input_dropout": 0.9},
    {"weight_decay": 50.0},
    {"max_norm": 0.01},
    {"hidden_layer_sizes": (8,) * 12},
    {"hidden_layer_sizes": (8,) * 5, "activation": "sigmoid"},
)
USUAL = (
    {},
    {"learning_rate": 0.03},
    {"dropout": 0.5},
    {"weight_decay": 0.1},
    {"max_norm": 3.0},
    {"hidden_layer_sizes": (8,) * 5},
    {"hidden_layer_sizes": (), "dropout": 0.9},  # there is no unit to drop
)


@pytest.mark.parametrize("settings", EXTREME, ids=str)
def test_under_an_extreme_setting_a_flat_loss_ends_the_training(settings):
    plan = TrainingPlan(**settings)
    assert is_extreme(plan)
    assert should_give_up(curve(FLAT[:FLAT_EPOCHS]), plan, LOG2) == "flat"
    assert should_give_up(curve(FLAT[: FLAT_EPOCHS - 1]), plan, LOG2) is None
    assert should_give_up(curve(FALLING), plan, LOG2) is None


@pytest.mark.parametrize("settings", USUAL, ids=str)
def test_under_usual_settings_a_plateau_may_end(settings):
    plan = TrainingPlan(**settings)
    assert not is_extreme(plan)
    assert should_give_up(curve(FLAT), plan, LOG2) is None


def test_a_ranking_that_only_the_temperature_shows_is_a_gain():
    plan = TrainingPlan(weight_decay=50.0)
    assert should_give_up(curve(FLAT, [0.67] * len(FLAT)), plan, LOG2) is None
    assert should_give_up(curve(FLAT, [0.69] * len(FLAT)), plan, LOG2) == "flat"


def test_a_rising_learning_rate_is_waited_for():
    records = curve(FLAT[:1], rate=1e-6) + curve(FLAT[1:], rate=1e-4)
    assert should_give_up(records, TrainingPlan(dropout=0.97), LOG2) is None


def test_other_reasons_come_first():
    plan = TrainingPlan(learning_rate=1e-7)
    assert should_give_up(curve(FLAT[:5], update_ratio=1e-6), plan, LOG2) == "frozen"
    assert should_give_up(curve([0.7, math.nan]), plan, LOG2) == "nonfinite"
    assert should_give_up(curve(FLAT[:8], spread=1e-8), TrainingPlan(), LOG2) == "constant"


SLOW = TrainingPlan(learning_rate=3e-5, max_iter=100)


@pytest.mark.parametrize("share, gain", FAR_AHEAD)
@pytest.mark.parametrize("lead, is_ended", [(0.01, True), (-0.01, False)])
def test_a_training_that_simple_models_are_far_ahead_of_is_ended_when_it_is_late(share, gain, lead, is_ended):
    n_epochs = round(share * SLOW.max_iter)
    behind = curve([0.3 + (gain + lead) * LOG2] * n_epochs)
    expected = "behind" if is_ended else None
    assert should_give_up(behind, SLOW, LOG2, simple_loss=0.3) == expected
    assert should_give_up(behind, SLOW, LOG2) is None  # nobody knows of a better model


def test_the_first_epochs_may_look_like_anything():
    assert should_give_up(curve(FLAT[:7]), SLOW, LOG2, simple_loss=0.01) is None


def test_a_training_without_held_out_rows_is_not_ended_for_a_simple_model():
    records = curve([0.6] * 50, [None] * 50)
    assert should_give_up(records, SLOW, LOG2, simple_loss=0.1) is None


def test_rates_far_from_the_usual_one_are_unusual():
    usual = 2e-3
    for factor, expected in ((0.9, False), (1.1, True)):
        assert is_unusual(TrainingPlan(learning_rate=usual * UNUSUAL_RATE * factor)) is expected
        assert is_unusual(TrainingPlan(learning_rate=usual / (UNUSUAL_RATE * factor))) is expected
    assert all(is_unusual(TrainingPlan(**settings)) for settings in EXTREME)
