"""The time budget: what is left of it, what it allows, and what it notes as left out."""

import math

import pytest

from robust_mlp._core.deadline import NO_DEADLINE, Deadline, OutOfTime


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_a_budget_begins_when_it_is_made_and_runs_out():
    clock = Clock()
    deadline = Deadline(5.0, clock)
    assert (deadline.is_set, deadline.left, deadline.is_over) == (True, 5.0, False)
    clock.now += 4
    assert (deadline.left, deadline.is_over) == (1.0, False)
    clock.now += 1
    assert (deadline.left, deadline.is_over) == (0.0, True)
    clock.now += 2
    assert deadline.left == -2.0


def test_no_limit_allows_everything():
    assert (NO_DEADLINE.is_set, NO_DEADLINE.left, NO_DEADLINE.is_over) == (False, math.inf, False)
    assert NO_DEADLINE.allows("companions", 1e9)
    assert NO_DEADLINE.left_out == ()


@pytest.mark.parametrize("seconds, may_begin", [(0.0, True), (1.9, True), (2.0, False), (3.0, False)])
def test_a_stage_may_begin_if_it_ends_in_time_and_is_noted_if_not(seconds, may_begin):
    deadline = Deadline(2.0, Clock())
    assert deadline.allows("simple models", seconds) is may_begin
    assert deadline.left_out == (() if may_begin else ("simple models",))


def test_what_was_left_out_is_noted_once_and_in_order():
    deadline = Deadline(2.0, Clock())
    for stage in ("companions", "simple models", "companions"):
        assert not deadline.allows(stage, 10.0)
    deadline.leave_out("rows")
    assert deadline.left_out == ("companions", "simple models", "rows")


def test_a_stage_that_is_given_up_in_the_middle_is_told_by_an_exception():
    clock = Clock()
    deadline = Deadline(2.0, clock)
    deadline.check()
    NO_DEADLINE.check()
    clock.now += 2
    with pytest.raises(OutOfTime):
        deadline.check()
