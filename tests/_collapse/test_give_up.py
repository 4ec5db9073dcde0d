"""A flat loss ends a training only where a setting prevents learning for certain."""

import math

import pytest

from robust_mlp._collapse.give_up import FLAT_EPOCHS, is_extreme, should_give_up
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
