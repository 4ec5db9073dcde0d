"""Learning-rate schedules."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._network.schedule_curves import SCHEDULES, step_rates


@pytest.mark.parametrize("schedule", [*SCHEDULES, None, lambda progress: 1 - progress / 2])
def test_every_schedule_starts_at_the_learning_rate_and_never_rises(schedule):
    rates = step_rates(schedule, 0.01, 0, 100, 100)
    assert rates.dtype == np.float32
    assert rates[0] == np.float32(0.01)
    assert (np.diff(rates) <= 0).all()


@pytest.mark.parametrize(
    "schedule, halfway", [("constant", 1.0), ("cosine", 0.5), ("linear", 0.5), ("exponential", 0.1)]
)
def test_what_is_left_halfway(schedule, halfway):
    assert_allclose(step_rates(schedule, 1.0, 50, 1, 100), [halfway], rtol=1e-6)


def test_pieces_of_a_schedule_are_the_schedule():
    whole = step_rates("cosine", 1.0, 0, 30, 30)
    assert_allclose(np.concatenate([step_rates("cosine", 1.0, start, 10, 30) for start in (0, 10, 20)]), whole)
