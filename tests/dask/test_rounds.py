"""When a schedule becomes longer, which network is kept, and when one is put back."""

import math

import numpy as np
import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_state import Cooling
from robust_mlp.dask._local_steps import Judged
from robust_mlp.dask._round_plan import Round
from robust_mlp.dask._rounds import (
    MOST_ROLLBACKS,
    Progress,
    begin_cooling,
    end_of_schedule,
    learning_rate_of,
    put_back,
    settle,
)

from .tables import steps


def judged(loss, share=(0.5, 0.5)):
    n = 100.0
    return Judged(n, loss * n, 60.0, n * np.array(share), n * np.array(share), n * np.array(share) ** 2)


def after(losses, first=1):
    """Progress after epochs with such losses, the first of them `first`."""
    return Progress(steps(1.0), steps(0.0), losses=[None] * (first - 1) + list(losses))


def test_a_schedule_becomes_longer_while_the_loss_of_all_partitions_falls():
    plan = TrainingPlan(max_iter=8, longest_schedule=30)
    assert end_of_schedule(plan, after([])) == 8
    assert end_of_schedule(plan, after([0.9, 0.8, 0.7])) == 8  # it is decided in the middle
    assert end_of_schedule(plan, after([0.9, 0.8, 0.7, 0.6])) == 16
    assert end_of_schedule(plan, after([0.9, 0.8, 0.8, 0.8])) == 8
    assert end_of_schedule(plan, after(np.linspace(0.9, 0.3, 16))) == 30
    assert end_of_schedule(TrainingPlan(max_iter=8), after([0.9, 0.8, 0.7, 0.6])) == 8


def test_the_first_loss_of_all_partitions_stands_for_the_epochs_before_it():
    plan = TrainingPlan(max_iter=8, longest_schedule=30)
    assert end_of_schedule(plan, after([0.7, 0.6], first=3)) == 16
    assert end_of_schedule(plan, after([0.7, 0.7], first=3)) == 8


def test_the_rate_of_a_longer_schedule_falls_later():
    plan = TrainingPlan(learning_rate=0.01, learning_rate_schedule="cosine")
    this = Round(7.0, 7.5, ((), ()))
    progress = Progress(steps(1.0), steps(0.0))
    usual, longer = learning_rate_of(plan, this, 8, progress), learning_rate_of(plan, this, 16, progress)
    assert usual < longer / 5
    progress.factor = 0.5
    assert learning_rate_of(plan, this, 16, progress) == longer / 2


def test_after_early_stopping_the_rate_of_the_best_network_falls_to_nothing():
    plan = TrainingPlan(learning_rate=0.01, learning_rate_schedule="cosine")
    rounds = [Round(float(i), i + 0.5, ((),)) for i in range(40)]
    progress = Progress(steps(9.0), steps(1.0), best_loss=0.4, best_round=9, n_done=20)
    assert begin_cooling(progress, rounds, 30)
    assert progress.cooling == Cooling(20, 3, 0.3)
    assert progress.current.trained.weights.trainable[0][0, 0] == 1.0
    rates = []
    for n_done in (20, 21, 22):
        progress.n_done = n_done
        rates.append(learning_rate_of(plan, rounds[n_done], 30, progress))
    assert learning_rate_of(plan, rounds[9], 30, Progress(None, None)) > rates[0] > rates[1] > rates[2]
    assert rates[2] < 0.01 / 20
    assert not begin_cooling(progress, rounds, 30)


@pytest.mark.parametrize(("best_round", "end"), [(9, 12), (0, 30)], ids=["the schedule ends as soon", "no round"])
def test_where_a_fall_of_the_rate_is_near_none_is_added(best_round, end):
    rounds = [Round(float(i), i + 0.5, ((),)) for i in range(40)]
    progress = Progress(steps(9.0), steps(1.0), best_round=best_round, n_done=20)
    assert not begin_cooling(progress, rounds, end)
    assert progress.cooling is None


def test_only_losses_between_epochs_are_noted():
    progress = Progress(steps(1.0), steps(0.0))
    for n_epochs, is_whole in ((0, True), (None, True), (2, False), (3, True), (4, True)):
        settle(progress, judged(0.5), (1, 0.01, 0.6, 1.0), 0.0, is_whole=is_whole, n_epochs=n_epochs)
    assert progress.losses == [None, None, 0.5, 0.5]


def test_the_best_network_is_kept_and_only_whole_rounds_are_compared():
    progress = Progress(steps(1.0), steps(0.0))
    assert not settle(progress, judged(0.5), (3, 0.01, 0.6, 1.0), 0.0, is_whole=True)
    assert (progress.best_loss, progress.best_round) == (0.5, 3)
    progress.current = steps(2.0)
    assert not settle(progress, judged(0.1), (4, 0.01, 0.6, 1.0), 0.0, is_whole=False)
    assert progress.best_round == 3
    assert not settle(progress, judged(0.6), (5, 0.01, 0.6, 1.0), 0.0, is_whole=True)
    assert progress.waited == 1 and [r.validation_loss for r in progress.records] == [0.5, 0.1, 0.6]


@pytest.mark.parametrize(
    "found", [judged(math.nan), judged(0.9, share=(1.0, 0.0))], ids=["a loss that is not finite", "one class"]
)
def test_a_network_that_collapses_is_put_back_and_goes_on_more_slowly(found):
    progress = Progress(steps(1.0), steps(0.0))
    settle(progress, judged(0.5), (1, 0.01, 0.6, 1.0), 0.0, is_whole=True)
    progress.current = steps(9.0)
    assert settle(progress, found, (2, 0.01, 0.6, 1.0), 0.0, is_whole=True)
    assert [put_back(progress) for _ in range(MOST_ROLLBACKS + 1)] == [True] * MOST_ROLLBACKS + [False]
    assert progress.current.trained.weights.trainable[0][0, 0] == 1.0
    assert progress.factor == 0.5 ** (MOST_ROLLBACKS + 1)


def test_weights_that_are_not_finite_are_a_collapse():
    progress = Progress(steps(np.nan), steps(0.0))
    assert settle(progress, judged(0.5), (1, 0.01, 0.6, 1.0), 0.0, is_whole=True)


def test_one_class_from_the_beginning_is_no_collapse_of_the_rounds():
    progress = Progress(steps(1.0), steps(0.0))
    assert not settle(progress, judged(0.5, share=(1.0, 0.0)), (0, 0.01, 0.6, 1.0), 0.0, is_whole=True)
