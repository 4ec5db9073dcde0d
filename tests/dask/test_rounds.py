"""Which group does what, at which rate, and when a network is put back."""

import math
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp.dask._local_steps import Judged
from robust_mlp.dask._rounds import (
    AVERAGES_OF_FIRST_EPOCH,
    MOST_ROLLBACKS,
    Progress,
    batch_size_of_groups,
    epochs_of_all,
    epochs_of_groups,
    groups_of,
    learning_rate_at,
    put_back,
    rounds_of,
    settle,
    usual_groups,
)

from .tables import steps


def judged(loss, share=(0.5, 0.5)):
    n = 100.0
    return Judged(n, loss * n, 60.0, n * np.array(share), n * np.array(share), n * np.array(share) ** 2)


def test_groups_have_about_equally_many_rows_and_none_is_empty():
    groups = groups_of([100, 10, 90, 20, 80, 30], 2)
    assert sorted(i for group in groups for i in group) == list(range(6))
    assert [sum([100, 10, 90, 20, 80, 30][i] for i in group) for group in groups] == [160, 170]
    assert groups_of([5, 5], 4) == [[0], [1]]


@pytest.mark.parametrize(("n_rows", "expected"), [(500, 1), (19_999, 1), (40_000, 4), (10**8, 8)])
def test_few_rows_make_few_groups(n_rows, expected):
    assert usual_groups(n_rows) == expected


@pytest.mark.parametrize("n_parts", [1, 3, 8, 50])
def test_every_epoch_takes_every_row_of_every_partition_once(n_parts):
    rounds = rounds_of(groups_of([10] * n_parts, 2), 5, seed=1)
    assert [r.progress for r in rounds] == sorted(r.progress for r in rounds)
    for epoch in range(5):
        tasks = [t for r in rounds if epoch <= 5 * r.progress < epoch + 1 for group in r.tasks for t in group]
        covered = {}
        for i, k, n in tasks:
            covered.setdefault((i, n), set()).add(k)
        assert sorted(i for i, _ in covered) == list(range(n_parts))
        assert all(ks == set(range(n)) for (_, n), ks in covered.items())
    first = [r for r in rounds if r.progress < 0.2]
    assert 1 < len(first) <= AVERAGES_OF_FIRST_EPOCH
    assert len([r for r in rounds if r.progress > 0.8]) == 1


def test_the_rate_falls_as_the_schedule_says_and_grows_with_the_groups():
    plan = TrainingPlan(learning_rate=0.01, learning_rate_schedule="cosine")
    assert learning_rate_at(plan, 0.5, 1) == pytest.approx(0.005, rel=1e-3)
    assert learning_rate_at(plan, 0.5, 4) == pytest.approx(0.01, rel=1e-3)
    assert learning_rate_at(TrainingPlan(learning_rate=0.01), 0.9, 1) == pytest.approx(0.01)


def test_groups_of_few_rows_take_smaller_batches():
    plan = TrainingPlan(batch_size=256, max_iter=10)
    assert batch_size_of_groups(plan, 10_000_000, 8) == 256
    assert batch_size_of_groups(plan, 400_000, 4) == 64  # 16,000 updates above 20,000 rows
    assert batch_size_of_groups(plan, 400_000, 8) == 32
    assert batch_size_of_groups(plan, 20_000, 8) == 32
    assert batch_size_of_groups(replace(plan, max_iter=96), 43_000, 2) == 128
    assert batch_size_of_groups(replace(plan, max_iter=96), 43_000, 16) == 32
    assert batch_size_of_groups(TrainingPlan(batch_size=8, max_iter=1), 100, 4) == 8


@pytest.mark.parametrize(
    "n_rows, most, expected",
    [(10_000, 200, 50), (43_000, 200, 96), (43_000, 30, 30), (160_000, 200, 26), (10_000_000, 200, 10)],
)
def test_the_schedule_of_rounds_is_long_from_the_first(n_rows, most, expected):
    assert epochs_of_all(TrainingPlan(batch_size=256), n_rows, most) == expected


def test_groups_of_so_few_rows_that_batches_cannot_be_small_enough_train_for_more_epochs():
    plan = TrainingPlan(batch_size=32, max_iter=96)
    assert epochs_of_groups(plan, 43_000, 4, 200) == 96
    assert epochs_of_groups(plan, 43_000, 8, 200) == 96
    assert epochs_of_groups(plan, 43_000, 16, 200) == 191
    assert epochs_of_groups(plan, 43_000, 64, 200) == 200
    assert epochs_of_groups(replace(plan, max_iter=10), 10_000, 4, 200) == 26  # 2,000 updates up to 20,000 rows


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
