"""Only trainings that cannot come to anything are stopped, and for the reason that holds."""

import math

import pytest

from robust_mlp._collapse.symptoms.early_stop import should_stop
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
