"""Which causes are told first, and what is said to have been done about them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.first_causes import TO_TYPE, first_causes, fix_of
from robust_mlp._core.plan import TrainingPlan

CERTAIN = Cause(code="learning_rate_too_high", is_certain=True)
POSSIBLE = Cause(code="dropout_too_strong", is_certain=False)
PLAN = TrainingPlan(learning_rate=10.0, dropout=0.95)


def judged(stop_reason="max_iter", *, is_healthy=False):
    return SimpleNamespace(attempt=SimpleNamespace(stop_reason=stop_reason, records=[1, 2]), is_healthy=is_healthy)


def test_certain_causes_stand_alone_and_possible_ones_where_there_is_none():
    assert first_causes(judged(), (POSSIBLE, CERTAIN)) == (CERTAIN,)
    assert first_causes(judged(), (POSSIBLE,)) == (POSSIBLE,)
    assert first_causes(judged(), ()) == ()


@pytest.mark.parametrize(
    "stop, code",
    [
        ("max_time", "out_of_time"),
        ("interrupted", "interrupted"),
        ("callback", "stopped_by_callback"),
        ("cluster_lost", "cluster_lost"),
    ],
)
def test_a_training_that_somebody_ended_has_that_as_its_only_cause(stop, code):
    (cause,) = first_causes(judged(stop), (CERTAIN,))
    assert (cause.code, cause.numbers, cause.can_repair) == (code, {"n_epochs": 2}, False)
    assert first_causes(judged(stop, is_healthy=True), (CERTAIN,)) == (CERTAIN,)


@pytest.mark.parametrize("code", ["stopped_by_callback", "too_many_held_out", "pairs_alone"])
def test_what_only_the_user_can_change_is_said_as_a_line_to_type(code):
    cause = Cause(code=code, is_certain=True, can_repair=False)
    for kept in (None, replace(PLAN, learning_rate=0.002)):
        assert fix_of(cause, (cause,), PLAN, None, kept) == TO_TYPE[code]


def test_after_one_attempt_the_fix_is_what_can_be_typed():
    fix = fix_of(CERTAIN, (CERTAIN,), PLAN, None, None)
    assert fix.startswith("Pass learning_rate=") and "or collapse_guard='repair'" in fix


def test_after_several_attempts_the_fix_is_what_was_tried_and_whether_it_helped():
    kept = replace(PLAN, learning_rate=0.002)
    assert fix_of(CERTAIN, (CERTAIN,), PLAN, None, kept).startswith("Trained again with learning_rate=0.002 (was 10)")
    assert "did not help" in fix_of(POSSIBLE, (POSSIBLE,), PLAN, None, kept)
    assert "learning_rate=0.002" in fix_of(Cause(code="unknown", can_repair=False), (), PLAN, None, kept)
