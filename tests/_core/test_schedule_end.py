"""When an 'auto' schedule becomes longer."""

import numpy as np
import pytest

from robust_mlp._core.schedule_end import STILL_FALLING, half_of, schedule_end

ENDS = 8, 50  # the first and the last possible one
FALLING = [0.9**i for i in range(60)]


def test_the_end_is_that_of_the_plan_before_half_of_it_is_known():
    assert schedule_end(FALLING[:3], *ENDS) == 8


def test_a_loss_that_falls_doubles_the_schedule_up_to_the_longest():
    assert [schedule_end(FALLING[:n], *ENDS) for n in (4, 8, 16, 32, 50)] == [16, 32, 50, 50, 50]


def test_a_loss_that_has_stopped_falling_ends_it():
    losses = FALLING[:6] + [FALLING[5]] * 40
    # 4 epochs: longer. After 8, the best of the first 4 was undercut. After 16, the best of the first 8 was not.
    assert [schedule_end(losses[:n], *ENDS) for n in (4, 8, 16, 30)] == [16, 32, 32, 32]


@pytest.mark.parametrize("share", [0.5, 1.5])
def test_the_loss_must_fall_by_a_share_of_itself(share):
    losses = [1.0, 1.0, 1.0, 1 - share * STILL_FALLING]
    assert schedule_end(losses, *ENDS) == (16 if share > 1 else 8)


def test_more_epochs_never_bring_the_end_forward():
    rng = np.random.default_rng(0)
    for _ in range(50):
        losses = np.exp(-0.1 * np.arange(50) * rng.random() + 0.1 * rng.normal(size=50)).tolist()
        ends = [schedule_end(losses[:n], *ENDS) for n in range(51)]
        assert ends == sorted(ends)


def test_epochs_beyond_the_half_change_nothing():
    """A training that goes on from a checkpoint decides what it had decided before."""
    ends = [schedule_end([1.0, 0.9, 0.8, 0.8, *later], *ENDS) for later in ([], [0.1], [9.0, 9.0])]
    assert set(ends) == {16}


def test_without_a_longest_schedule_the_end_stays():
    assert schedule_end(FALLING, 8, None) == 8


def test_losses_that_are_not_finite_change_nothing():
    assert schedule_end([np.nan] * 8, *ENDS) == 8
    assert schedule_end([np.inf] * 8, *ENDS) == 8


def test_a_schedule_of_a_single_epoch_is_none():
    assert half_of(1) == 2
    assert schedule_end([1.0], 1, 1) == 1
