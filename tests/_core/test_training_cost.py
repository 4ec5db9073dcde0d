"""Estimates of what a training costs: they count the weights that there are, and grow with what makes a fit slow."""

from dataclasses import replace

import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_cost import SECONDS_PER_STEP, TrainingCost

PLAN = TrainingPlan(hidden_layer_sizes=(8, 4), batch_size=10)


@pytest.mark.parametrize(
    "changes, n_weights",
    [
        ({}, 5 * 8 + 8 * 4 + 4 * 3),
        ({"linear_path": True}, 5 * 8 + 8 * 4 + 4 * 3 + 5 * 3),
        ({"hidden_layer_sizes": ()}, 5 * 3),
        ({"hidden_layer_sizes": (), "linear_path": True}, 5 * 3),  # the head is the path
    ],
)
def test_weights_are_those_of_the_kernels(changes, n_weights):
    assert TrainingCost(replace(PLAN, **changes), 5, 3).n_weights == n_weights


def test_rows_cost_more_with_more_inputs_units_and_classes():
    usual = TrainingCost(PLAN, 5, 3).seconds_per_row
    assert TrainingCost(PLAN, 500, 3).seconds_per_row > usual
    assert TrainingCost(PLAN, 5, 300).seconds_per_row > usual
    assert TrainingCost(replace(PLAN, hidden_layer_sizes=(800, 400)), 5, 3).seconds_per_row > usual


def test_an_epoch_costs_its_steps_and_the_work_of_all_members():
    epoch = TrainingCost(PLAN, 5, 3).seconds_of_epoch(100)
    assert 10 * SECONDS_PER_STEP < epoch < 11 * SECONDS_PER_STEP  # next to no work
    wide = replace(PLAN, hidden_layer_sizes=(4000, 4000))
    one, four = (TrainingCost(replace(wide, n_members=n), 5, 3).seconds_of_epoch(100) for n in (1, 4))
    assert four == pytest.approx(4 * one, rel=0.1)
