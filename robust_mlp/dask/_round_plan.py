"""The plan of rounds: who trains on which partitions, in how large batches, for how many epochs, at which rate."""

import math
from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._fit.resolve_plan import MOST_UPDATES, SMALLEST_BATCH

# Groups by default: at most so many, with so many rows each. On diamonds, 16 groups of 2,700 rows cost an eighth of the
# log loss, 4 groups of 10,000 cost 1.5 % (benchmarks/dask/quality.py).
MOST_GROUPS, ROWS_OF_GROUP = 8, 10_000
# Averages in the first epoch, half as many in the second, and so on down to one: networks drift apart fastest in the
# beginning (post-local SGD; Lin et al. 2020). Sixteen, and sixteen in every epoch, were no better (docs/design.md).
AVERAGES_OF_FIRST_EPOCH = 8
# A batch is the nearest power of two: up to this many times the epochs would only round it off.
ROUNDED_OFF = math.sqrt(2)
# A schedule is read at whole steps: of so many, far more than there are rounds.
PLACES_OF_SCHEDULE = 1_000_000


@dataclass(frozen=True)
class Round:
    """One round: for each group what it trains on, in this order.

    `begin` and `middle` are the epochs that are over then. Each of `tasks` is a tuple of (number of a partition, k, n):
    the k-th of n parts of its rows.
    """

    begin: float
    middle: float
    tasks: tuple[tuple[tuple[int, int, int], ...], ...]

    @property
    def n_epochs(self):
        """Epochs that are over when it begins; None if it begins in the middle of one."""
        return int(self.begin) if self.begin.is_integer() else None

    @property
    def parts(self):
        """The numbers of the partitions of all groups, each once, in their order."""
        return list(dict.fromkeys(i for group in self.tasks for i, _, _ in group))


def usual_groups(n_rows):
    """How many groups train at once by default, for so many rows."""
    return min(MOST_GROUPS, max(1, n_rows // ROWS_OF_GROUP))


def groups_of(n_rows, n_groups):
    """Divide partitions among groups so that groups have about equally many rows.

    Parameters
    ----------
    n_rows : sequence of int
        Rows of each partition.
    n_groups : int

    Returns
    -------
    groups : list of list of int
        Numbers of partitions. No group is empty unless there are fewer partitions.
    """
    groups: list[list[int]] = [[] for _ in range(n_groups)]
    totals = np.zeros(n_groups)
    for i in np.argsort(-np.asarray(n_rows), kind="stable"):
        g = int(np.argmin(totals))
        groups[g].append(int(i))
        totals[g] += n_rows[i]
    return [sorted(group) for group in groups if group]


def plan_of_groups(plan, n_rows, n_groups, most):
    """The plan of a training on all rows by one network, divided among groups.

    An average over groups counts like a batch of them all, and each group makes fewer updates in an epoch. Where it
    would make fewer than a long fit in memory, its batches are smaller. Where not even the smallest batches are enough,
    an 'auto' schedule has more epochs.

    Parameters
    ----------
    plan : TrainingPlan
    n_rows, n_groups : int
    most : int
        Epochs that the user allows.

    Returns
    -------
    plan : TrainingPlan
    """
    rows = plan.most_epochs * n_rows  # that a training sees at most
    n_updates = min(MOST_UPDATES, rows / plan.batch_size)
    smallest = min(SMALLEST_BATCH, plan.batch_size)
    batch_size = plan.batch_size
    while batch_size > smallest and ROUNDED_OFF * rows < n_updates * n_groups * batch_size:
        batch_size //= 2
    batch_size = max(batch_size, smallest)
    lacking = n_updates * n_groups * batch_size / rows
    if plan.epochs_of_schedule is None or lacking < ROUNDED_OFF:
        return replace(plan, batch_size=batch_size)
    epochs, longest = (n and min(most, math.ceil(n * lacking)) for n in (plan.max_iter, plan.longest_schedule))
    return replace(
        plan,
        batch_size=batch_size,
        max_iter=epochs,
        epochs_of_schedule=epochs if epochs < most else None,
        longest_schedule=longest,
    )


def rounds_of(groups, n_epochs, seed):
    """Every round of a training.

    Parameters
    ----------
    groups : list of list of int
    n_epochs : int
        At most, if the schedule becomes as long as it may.
    seed : int
        Of the order of partitions, anew in each epoch.

    Returns
    -------
    rounds : list of Round
    """
    rounds = []
    for epoch in range(n_epochs):
        rng = np.random.default_rng([seed, epoch])
        orders = [rng.permutation(group).tolist() for group in groups]
        n_averages = max(1, AVERAGES_OF_FIRST_EPOCH >> min(epoch, 30))
        tasks = [_tasks_of(order, n_averages) for order in orders]
        for r in range(n_averages):
            found = tuple(tuple(own[r]) if r < len(own) else () for own in tasks)
            if any(found):
                rounds.append(Round(float(epoch + r / n_averages), epoch + (r + 0.5) / n_averages, found))
    return rounds


def _tasks_of(order, n_averages):
    """What a group does between the averages of one epoch: lists of (partition, k, n)."""
    n_slices = max(1, -(-n_averages // len(order)))  # a group of few partitions takes a part of each at a time
    slices = [(i, k, n_slices) for i in order for k in range(n_slices)]
    size = -(-len(slices) // n_averages)
    return [slices[start : start + size] for start in range(0, len(slices), size)]


def learning_rate_at(plan, share, n_groups):
    """The learning rate of each group at a share of the training: that of the plan times the root of their number.

    Adam divides by the size of the gradient, most of which is noise. The average of n networks has less noise than each
    by the root of n, so each can make steps that are larger by it (square-root rule; Malladi, Lyu, Panigrahi, Arora
    2022, On the SDEs and scaling rules for adaptive gradient algorithms, arXiv 2205.10287).
    """
    from robust_mlp._network.schedule_curves import step_rates

    place = round(share * PLACES_OF_SCHEDULE)
    rate = float(step_rates(plan.learning_rate_schedule, plan.learning_rate, place, 1, PLACES_OF_SCHEDULE)[0])
    return rate * math.sqrt(n_groups)
