"""Whether the first network was better than the repaired one: by loss and decisions, if it had learned something."""

from dataclasses import replace

import pytest

from robust_mlp._collapse.repair_harm import did_harm
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import EVEN, FLAT, attempt, constant, held_out

CODES = held_out(2000).codes


def judged(skill, **of_attempt):
    return look(attempt(held_out(codes=CODES, skill=skill), **of_attempt), EVEN)


@pytest.mark.parametrize("first, best, expected", [(2.0, 0.8, True), (0.8, 2.0, False)])
def test_the_better_one_is_told_by_its_loss_and_its_decisions(first, best, expected):
    assert did_harm(judged(first), judged(best)) is expected


def test_a_network_that_learned_nothing_cannot_be_harmed():
    assert not did_harm(look(attempt(constant(), FLAT), EVEN), judged(0.5))


def test_rows_that_were_trained_on_prove_no_harm():
    first = look(attempt(held_out(codes=CODES, skill=2.0, in_sample=True)), EVEN)
    assert not did_harm(first, judged(0.8))


def test_losses_with_and_without_class_weights_do_not_compare():
    without = judged(0.8, plan=TrainingPlan(use_class_weight=False))
    assert not did_harm(judged(2.0), without)
    assert did_harm(replace(judged(2.0)), judged(0.8))
