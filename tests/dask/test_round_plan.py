"""Which group does what, in how large batches, for how many epochs, and at which rate."""

from dataclasses import replace

import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp.dask._round_plan import (
    AVERAGES_OF_FIRST_EPOCH,
    groups_of,
    learning_rate_at,
    plan_of_groups,
    rounds_of,
    usual_groups,
)


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
    assert [r.middle for r in rounds] == sorted(r.middle for r in rounds)
    assert [r.n_epochs for r in rounds if r.n_epochs is not None] == list(range(5))
    assert all(int(r.begin) <= r.begin < r.middle < int(r.begin) + 1 for r in rounds)
    for epoch in range(5):
        tasks = [t for r in rounds if int(r.begin) == epoch for group in r.tasks for t in group]
        covered = {}
        for i, k, n in tasks:
            covered.setdefault((i, n), set()).add(k)
        assert sorted(i for i, _ in covered) == list(range(n_parts))
        assert all(ks == set(range(n)) for (_, n), ks in covered.items())
    first = [r for r in rounds if r.middle < 1]
    assert 1 < len(first) <= AVERAGES_OF_FIRST_EPOCH
    assert len([r for r in rounds if r.middle > 4]) == 1


def test_the_rate_falls_as_the_schedule_says_and_grows_with_the_groups():
    plan = TrainingPlan(learning_rate=0.01, learning_rate_schedule="cosine")
    assert learning_rate_at(plan, 0.5, 1) == pytest.approx(0.005, rel=1e-3)
    assert learning_rate_at(plan, 0.5, 4) == pytest.approx(0.01, rel=1e-3)
    assert learning_rate_at(TrainingPlan(learning_rate=0.01), 0.9, 1) == pytest.approx(0.01)


def auto(n_rows, batch_size, max_iter, longest):
    """The plan of an 'auto' schedule for so many rows."""
    return TrainingPlan(batch_size=batch_size, max_iter=max_iter, epochs_of_schedule=max_iter, longest_schedule=longest)


@pytest.mark.parametrize(
    ("n_rows", "n_groups", "plan", "expected"),
    [
        (10_000_000, 8, (256, 10, None), (256, 10, None)),  # ten epochs have more updates than any fit needs
        (43_000, 1, (256, 24, 96), (256, 24, 96)),
        (43_000, 2, (256, 24, 96), (128, 24, 96)),
        (43_000, 4, (256, 24, 96), (64, 24, 96)),
        (43_000, 8, (256, 24, 96), (32, 24, 96)),
        (43_000, 16, (256, 24, 96), (32, 48, 191)),  # no batch has less than 32 rows
        (43_000, 64, (256, 24, 96), (32, 191, 200)),
        (160_000, 4, (256, 10, 26), (64, 10, 26)),
        (100, 4, (8, 10, 20), (8, 40, 80)),
    ],
)
def test_groups_make_as_many_updates_as_a_fit_in_memory(n_rows, n_groups, plan, expected):
    found = plan_of_groups(auto(n_rows, *plan), n_rows, n_groups, 200)
    assert (found.batch_size, found.max_iter, found.longest_schedule) == expected
    assert found.ends_with_schedule == (found.max_iter < 200)


def test_typed_epochs_stay():
    plan = replace(auto(43_000, 256, 24, None), epochs_of_schedule=None)
    found = plan_of_groups(plan, 43_000, 16, 24)
    assert (found.batch_size, found.max_iter, found.longest_schedule) == (32, 24, None)
