"""The first training is kept where a repair is worse, and is healthy where a healthy repair finds hardly more."""

from dataclasses import replace

import pytest

from robust_mlp._collapse.beside_the_first import repair_did_harm, was_healthy_all_along
from robust_mlp._collapse.symptoms.rules import Symptom, look
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import EVEN, attempt, constant, held_out


def judged(held, *, codes=(), **of_plan):
    looked_at = look(attempt(held, plan=TrainingPlan(**of_plan)), EVEN, EVEN, None)
    symptoms = tuple(Symptom(code=code, numbers={}, is_doubtful=True) for code in codes)
    return replace(looked_at, symptoms=symptoms)


@pytest.mark.parametrize(
    "first, repaired, expected",
    [
        (held_out(skill=2.0), held_out(skill=1.0), True),
        (held_out(skill=1.0), held_out(skill=2.0), False),
        (held_out(skill=2.0, in_sample=True), held_out(skill=1.0), False),
        (constant(), held_out(skill=0.5), False),
    ],
)
def test_a_repair_does_harm_where_the_first_network_is_better_on_held_out_rows(first, repaired, expected):
    assert repair_did_harm(judged(first), judged(repaired)) is expected


def test_networks_with_other_class_weights_are_not_compared():
    assert not repair_did_harm(judged(held_out(skill=2.0)), judged(held_out(skill=1.0), use_class_weight=False))


@pytest.mark.parametrize("skill, expected", [(2.0, True), (1.9, True), (0.6, False)])
def test_a_doubted_network_was_healthy_if_the_repair_finds_hardly_more(skill, expected):
    repaired = held_out(skill=2.0)
    first = judged(held_out(skill=skill, codes=repaired.codes), codes=["held_back"])
    assert was_healthy_all_along(first, judged(repaired)) is expected


def test_a_network_without_doubts_or_without_skill_was_not_healthy_all_along():
    repaired = judged(held_out())
    assert not was_healthy_all_along(judged(held_out()), repaired)  # not doubted
    assert not was_healthy_all_along(judged(held_out(), codes=["no_skill"]), repaired)


def test_a_network_that_is_proved_to_be_held_back_was_not_healthy():
    symptom = Symptom(code="held_back", numbers={}, is_doubtful=True, is_proved=True)
    assert not was_healthy_all_along(replace(judged(held_out()), symptoms=(symptom,)), judged(held_out()))
