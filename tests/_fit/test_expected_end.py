"""The expected end follows the best epoch, and lies between the present epoch and the last."""

from dataclasses import replace

import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import EpochRecord
from robust_mlp._fit.expected_end import ExpectedEnd


def ends(n_epochs, patience, losses, held_out=True):
    end = ExpectedEnd(n_epochs, patience)
    records = [
        EpochRecord(
            epoch=i, loss=1 / i if held_out else loss, learning_rate=0.1, validation_loss=loss if held_out else None
        )
        for i, loss in enumerate(losses, start=1)
    ]
    return [end.after(record) for record in records], end.best


@pytest.mark.parametrize("held_out", [True, False])
def test_each_gain_moves_the_end(held_out):
    found, best = ends(100, 3, [0.9, 0.7, 0.8, 0.75, 0.71], held_out)
    assert found == [4, 5, 5, 5, 5]
    assert best == (0.7, 2)


def test_there_is_no_end_before_the_present_epoch_or_after_the_last():
    # Another rule than this one lets it go on: half the patience at a time.
    assert ends(100, 4, [0.5, *[0.6] * 9])[0] == [5, 5, 5, 5, 5, 8, 8, 8, 11, 11]
    assert ends(4, 10, [0.5, 0.4, 0.3, 0.2])[0] == [4, 4, 4, 4]


def test_without_early_stopping_all_epochs_come():
    assert ends(7, None, [0.5, 0.6])[0] == [7, 7]
    assert (ExpectedEnd(7, None).at_first, ExpectedEnd(7, 3).at_first, ExpectedEnd(7, 9).at_first) == (7, 3, 7)


def test_a_loss_that_is_not_a_number_is_never_the_best():
    assert ends(9, 2, [0.5, float("nan"), 0.4])[1] == (0.4, 3)
    assert ends(9, 2, [float("nan"), 0.4])[1] == (0.4, 2)


def test_a_schedule_that_becomes_longer_moves_the_end():
    end, ends = ExpectedEnd(8, None, 20), []
    for epoch in range(1, 11):
        ends.append(end.after(EpochRecord(epoch=epoch, loss=1.0, learning_rate=0.1, validation_loss=0.9**epoch)))
    assert ends == [8] * 3 + [16] * 4 + [20] * 3
    assert ExpectedEnd(8, None, 20).after(EpochRecord(epoch=1, loss=1.0, learning_rate=0.1)) == 8


def test_the_end_of_a_plan():
    plan = TrainingPlan(max_iter=8, longest_schedule=20, n_iter_no_change=3)
    assert (ExpectedEnd.of(plan).at_first, ExpectedEnd.of(replace(plan, early_stopping=False)).at_first) == (3, 8)
