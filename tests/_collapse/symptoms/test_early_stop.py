"""Only trainings that cannot come to anything are stopped, and for the reason that holds."""

import math

import pytest

from robust_mlp._collapse.symptoms.early_stop import (
    CONSTANT_EPOCHS,
    DIVERGED_LOSS,
    FIRST_CHECK,
    FROZEN_MOVEMENT,
    LATE_COLLAPSE_GAIN,
    is_beyond_hope,
    restarts_allowed,
    should_stop,
)
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import FALLING, FLAT, curve

LOG2 = math.log(2)


@pytest.mark.parametrize(
    "losses, expected",
    [
        ([], None),  # nothing measured yet
        ([0.7, math.inf], "nonfinite"),
        ([0.7, math.nan], "nonfinite"),
        ([50.0, 30.0, 20.0, 15.0, 12.0, 9.0], None),  # large and falling: raw columns begin like this
        ([9.0, 50.0, 40.0, 60.0, 80.0, 90.0], "diverged"),
        ([9.0, 50.0, 40.0, 60.0], None),  # too early to say
        ([0.2, 50.0, 40.0, 60.0, 80.0, 90.0], None),  # it had learned: early stopping decides
        (list(FALLING), None),
        (list(FLAT), None),  # a plateau may end
    ],
)
def test_only_hopeless_trainings_are_stopped(losses, expected):
    assert should_stop(curve(losses), TrainingPlan(), LOG2) == expected


def test_weights_that_will_never_have_moved_are_frozen():
    plan = TrainingPlan(max_iter=200)
    assert should_stop(curve(FLAT, update_ratio=1e-6), plan, LOG2) == "frozen"
    assert should_stop(curve(FLAT, update_ratio=1e-4), plan, LOG2) is None
    assert should_stop(curve(FALLING, update_ratio=1e-6), plan, LOG2) is None  # a warm start goes on from a good place
    assert should_stop(curve(FLAT[:4], update_ratio=1e-6), plan, LOG2) is None


def test_a_rising_learning_rate_is_not_frozen():
    records = curve(FLAT[:1], update_ratio=1e-7, rate=1e-6) + curve(FLAT[1:], update_ratio=1e-7, rate=1e-4)
    assert should_stop(records, TrainingPlan(), LOG2) is None


def test_an_output_of_rounding_only_is_constant_after_eight_epochs():
    assert should_stop(curve(FLAT[:8], spread=1e-8), TrainingPlan(), LOG2) == "constant"
    assert should_stop(curve(FLAT[:7], spread=1e-8), TrainingPlan(), LOG2) is None
    assert should_stop(curve(FLAT, spread=1e-5), TrainingPlan(), LOG2) is None


@pytest.mark.parametrize("policy, expected", [("repair", 3), ("warn", 0), ("raise", 0), ("off", 0)])
def test_only_a_repair_may_train_again(policy, expected):
    assert restarts_allowed(policy, 3) == expected


def test_a_loss_that_is_lost_ends_the_training_in_the_epoch_it_is_lost():
    assert should_stop(curve([math.nan]), TrainingPlan(), LOG2) == "nonfinite"
    assert should_stop(curve([math.nan, 0.7]), TrainingPlan(), LOG2) is None  # it came back by itself


@pytest.mark.parametrize("gain, expected", [(LATE_COLLAPSE_GAIN + 0.01, None), (LATE_COLLAPSE_GAIN - 0.01, "diverged")])
def test_whoever_learned_a_tenth_of_the_priors_loss_is_left_alone(gain, expected):
    rising = [20.0, 30.0, 40.0, 50.0, 60.0]
    assert should_stop(curve([(1 - gain) * LOG2, *rising]), TrainingPlan(), LOG2) == expected
    # On held-out rows as on training rows.
    validation = [(1 - gain) * LOG2, *rising]
    assert should_stop(curve([9.0, *rising], validation), TrainingPlan(), LOG2) == expected


def test_without_held_out_losses_the_training_losses_decide():
    records = curve([9.0, 50.0, 40.0, 60.0, 80.0, 90.0], [None] * 6)
    assert should_stop(records, TrainingPlan(), LOG2) == "diverged"


@pytest.mark.parametrize(
    "losses, prior_loss, expected",
    [
        ([1.1 * DIVERGED_LOSS] * FIRST_CHECK, 1.0, True),
        ([0.9 * DIVERGED_LOSS] * FIRST_CHECK, 1.0, False),
        ([1.1 * DIVERGED_LOSS] * FIRST_CHECK, 2.0, False),
        ([1.1] * FIRST_CHECK, 0.001, True),  # a prior's loss of next to nothing counts as .1
        ([0.9] * FIRST_CHECK, 0.001, False),
        ([90.0, 80.0, 70.0, 60.0, 50.0], 1.0, False),  # falling
        ([1.0, 90.0, 80.0, 70.0, 60.0, 95.0], 1.0, True),  # only the last epochs count
    ],
)
def test_a_training_is_beyond_hope_far_above_the_priors_loss_and_not_falling(losses, prior_loss, expected):
    assert is_beyond_hope(curve(losses), prior_loss) is expected


@pytest.mark.parametrize("max_iter", [10, 1000])
def test_weights_are_frozen_by_how_far_they_will_have_come_at_the_end(max_iter):
    plan = TrainingPlan(max_iter=max_iter)
    at_most = FROZEN_MOVEMENT / max_iter
    assert should_stop(curve(FLAT, update_ratio=0.9 * at_most), plan, LOG2) == "frozen"
    assert should_stop(curve(FLAT, update_ratio=1.1 * at_most), plan, LOG2) is None


def test_movement_that_was_not_measured_freezes_nothing():
    assert should_stop(curve(FLAT, update_ratio=None), TrainingPlan(), LOG2) is None


def test_an_output_that_varied_lately_is_not_constant():
    varied = curve(FLAT[:1], spread=0.1) + curve(FLAT[: CONSTANT_EPOCHS - 1], spread=1e-9)
    assert should_stop(varied, TrainingPlan(), LOG2) is None
    assert should_stop(
        curve(FLAT[:1], spread=0.1) + curve(FLAT[:CONSTANT_EPOCHS], spread=1e-9), TrainingPlan(), LOG2
    ) == ("constant")


def test_a_spread_that_was_not_measured_is_not_constant():
    assert should_stop(curve(FLAT, spread=None), TrainingPlan(), LOG2) is None
