"""How long a call into the graph is: by estimates without a budget, by what there is time for with one."""

import pytest

from robust_mlp._core.deadline import NO_DEADLINE, Deadline
from robust_mlp._core.training_cost import FLOPS_PER_SECOND, SECONDS_PER_STEP
from robust_mlp._network.call_lengths import CALLS_UNDER_BUDGET, FIRST_SECONDS, SECONDS_PER_CALL, CallLengths


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def lengths(deadline=NO_DEADLINE, *, n_steps=10, step_seconds=0.0, look_seconds=0.0, **changes):
    """CallLengths of a training whose steps and looks take so many seconds beside the cost of any step."""
    usual = {"order_bytes": 4, "wants_every_epoch": False}
    work = {"step_flops": step_seconds * FLOPS_PER_SECOND, "look_flops": look_seconds * FLOPS_PER_SECOND}
    return CallLengths(deadline, n_steps, **(work | usual | changes))


def test_without_a_budget_a_call_takes_about_a_tenth_of_a_second():
    assert lengths().next(1000) == (int(SECONDS_PER_CALL / (10 * SECONDS_PER_STEP)), 10)
    assert lengths().next(2) == (2, 10)
    assert lengths(step_seconds=1.0).next(1000) == (1, 10)
    assert lengths(wants_every_epoch=True).next(1000) == (1, 10)
    assert lengths(order_bytes=2**24).next(1000) == (2, 10)


def test_with_time_enough_calls_are_whole_epochs_and_shorter():
    without, _ = lengths().next(1000)
    assert lengths(Deadline(60.0, Clock())).next(1000) == (without // CALLS_UNDER_BUDGET, 10)


def test_an_epoch_that_does_not_fit_is_cut_to_the_steps_that_do():
    clock = Clock()
    calls = lengths(Deadline(2.0, clock), step_seconds=1.0, look_seconds=0.5)
    assert calls.next(100) == (1, 1)
    calls.ran(1, 1, 0.15)  # ten times as fast as estimated
    clock.now = 1.0
    assert calls.next(100) == (1, 9)  # a second, less a look of .05, for steps of .1
    clock.now = 1.93
    assert calls.next(100) is None  # not even a tenth of an epoch


def test_a_slow_machine_runs_fewer_steps():
    clock = Clock()
    calls = lengths(Deadline(100.0, clock), step_seconds=1.0)
    assert calls.next(100) == (1, 10)
    calls.ran(1, 10, 40.0)
    clock.now = 40.0
    assert calls.next(100) == (1, 10)
    clock.now = 82.0
    assert calls.next(100) == (1, 4)  # of four seconds each


@pytest.mark.parametrize("step_seconds, steps", [(0.0, 10), (FIRST_SECONDS / 2, 1), (5.0, 1)])
def test_the_first_call_runs_a_step_even_where_the_budget_is_used_up(step_seconds, steps):
    clock = Clock()
    deadline = Deadline(1.0, clock)
    clock.now = 7.0
    calls = lengths(deadline, step_seconds=step_seconds)
    assert calls.next(100)[1] == steps
    calls.ran(1, steps, 1.0)
    assert calls.next(100) is None
