"""Rounds: which group trains on which partitions, and what the client decides from round to round.

A round sends one network to all groups, each makes its local steps, and the results are averaged. The client holds the
averaged network of each round: a worker that dies costs the steps of one round, and a network that collapses is put
back to the best one before."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from robust_mlp._core.records import EpochRecord
from robust_mlp._fit.resolve_plan import (
    MANY_ROWS,
    MOST_UPDATES,
    SMALLEST_BATCH,
    UPDATES_OF_SCHEDULE,
    epochs_of_updates,
)
from robust_mlp.dask._local_steps import LocalRun, Steps, averaged, is_finite, judge, local_steps, sum_of
from robust_mlp.dask._member_tasks import joined_members, steps_of_members

# Networks that are averaged by one task: a tree of such tasks keeps the traffic of each worker small.
NETWORKS_PER_AVERAGE = 8
# Groups by default: at most so many, with so many rows each. On diamonds, 16 groups of 2,700 rows cost an eighth of the
# log loss, 4 groups of 10,000 cost 1.5 % (benchmarks/dask/quality.py).
MOST_GROUPS, ROWS_OF_GROUP = 8, 10_000
# A network that is put back goes on at this share of its learning rate, so often at most.
SLOWER, MOST_ROLLBACKS = 0.5, 3
# Averages in the first epoch, half as many in the second, and so on down to one: networks drift apart fastest in the
# beginning (post-local SGD; Lin et al. 2020). Sixteen, and sixteen in every epoch, were no better (docs/design.md).
AVERAGES_OF_FIRST_EPOCH = 8
# A schedule is read at whole steps: of so many, far more than there are rounds.
PLACES_OF_SCHEDULE = 1_000_000


@dataclass(frozen=True)
class Round:
    """One round: for each group what it trains on, in this order.

    `progress` is the share of the training that is over in the middle of the round. Each of `tasks` is a tuple of
    (number of a partition, k, n): the k-th of n parts of its rows.
    """

    progress: float
    tasks: tuple[tuple[tuple[int, int, int], ...], ...]

    @property
    def parts(self):
        """The numbers of the partitions of all groups, each once, in their order."""
        return list(dict.fromkeys(i for group in self.tasks for i, _, _ in group))


@dataclass
class Progress:
    """Where a training by rounds is: what a checkpoint holds, and all that the next round depends on.

    `current` is the Steps that come from the last round; `best` the best network that was judged, its loss and its
    round; `n_done` rounds; `factor` of the learning rate; `waited` rounds over all partitions without a gain; `records`
    of judged rounds; `rollbacks` the rounds whose network was put back.
    """

    current: Steps
    best: Steps
    best_loss: float = math.inf
    best_round: int = 0
    n_done: int = 0
    factor: float = 1.0
    waited: int = 0
    records: list[EpochRecord] = field(default_factory=list)
    rollbacks: list[int] = field(default_factory=list)


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


def epochs_of_all(plan, n_rows, most):
    """Epochs of one training on all rows, with an 'auto' schedule that is as long as it is going to be.

    Parameters
    ----------
    plan : TrainingPlan
    n_rows : int
    most : int
        Epochs that the user allows.

    Returns
    -------
    n_epochs : int
    """
    return epochs_of_updates(_n_updates(n_rows), n_rows, plan.batch_size, most)


def _n_updates(n_rows):
    """Updates of a training on so many rows.

    Rounds are planned before the first, so their schedule cannot become longer while the loss falls, as in memory.
    Above `MANY_ROWS` it is as long as it can become there. With 8,000 updates, 16 groups had a log loss above that of a
    fit in memory: by 2.4 % on a table of 160,000 rows, by 1.2 % on diamonds. With 16,000: .4 % above, 3 % below.
    """
    return MOST_UPDATES if n_rows > MANY_ROWS else UPDATES_OF_SCHEDULE


def batch_size_of_groups(plan, n_rows, n_groups):
    """Rows of a batch in each group.

    An average over groups counts like a batch of them all. Where the rows of a group are few, smaller batches make up
    for the updates that the group lacks: halved until there are about as many as a training on all rows makes at least.

    Parameters
    ----------
    plan : TrainingPlan
        Of one training on all rows.
    n_rows, n_groups : int

    Returns
    -------
    batch_size : int
    """
    batch_size, n_updates = plan.batch_size, _n_updates(n_rows)
    while batch_size > SMALLEST_BATCH and math.sqrt(2) * plan.max_iter * n_rows < n_updates * n_groups * batch_size:
        batch_size //= 2
    return max(batch_size, min(SMALLEST_BATCH, plan.batch_size))


def epochs_of_groups(plan, n_rows, n_groups, most):
    """Epochs over all partitions, where not even the smallest batches make as many updates as a training on all rows.

    Parameters
    ----------
    plan : TrainingPlan
        With the batch size of groups, and with the epochs of one training on all rows.
    n_rows, n_groups : int
    most : int
        Epochs that the user allows.

    Returns
    -------
    n_epochs : int
    """
    needed = -(-_n_updates(n_rows) * n_groups * plan.batch_size // n_rows)
    # The batch is the nearest power of two: up to a root of two more epochs would only round it off.
    return plan.max_iter if needed < math.sqrt(2) * plan.max_iter else min(most, needed)


def rounds_of(groups, n_epochs, seed):
    """Every round of a training.

    Parameters
    ----------
    groups : list of list of int
    n_epochs : int
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
                rounds.append(Round((epoch + (r + 0.5) / n_averages) / n_epochs, found))
    return rounds


def _tasks_of(order, n_averages):
    """What a group does between the averages of one epoch: lists of (partition, k, n)."""
    n_slices = max(1, -(-n_averages // len(order)))  # a group of few partitions takes a part of each at a time
    slices = [(i, k, n_slices) for i in order for k in range(n_slices)]
    size = -(-len(slices) // n_averages)
    return [slices[start : start + size] for start in range(0, len(slices), size)]


def learning_rate_at(plan, progress, n_groups):
    """The learning rate of each group at a share of the training: that of the plan times the root of their number.

    Adam divides by the size of the gradient, most of which is noise. The average of n networks has less noise than each
    by the root of n, so each can make steps that are larger by it (square-root rule; Malladi, Lyu, Panigrahi, Arora
    2022, On the SDEs and scaling rules for adaptive gradient algorithms, arXiv 2205.10287).
    """
    from robust_mlp._network.schedule_curves import step_rates

    place = round(progress * PLACES_OF_SCHEDULE)
    rate = float(step_rates(plan.learning_rate_schedule, plan.learning_rate, place, 1, PLACES_OF_SCHEDULE)[0])
    return rate * math.sqrt(n_groups)


def learning_rate_of(job, rounds, progress):
    """The learning rate of the next round, with what networks that were put back have taken off."""
    this = rounds[progress.n_done]
    return progress.factor * learning_rate_at(job.plan, this.progress, len(this.tasks))


def run_round(runner, job, rounds, progress):
    """Make the local steps of the next round, and judge the network that it begins with.

    Parameters
    ----------
    runner : ClusterRunner or LocalRunner
    job : RoundJob
    rounds : list of Round
    progress : Progress

    Returns
    -------
    after : Steps
        Averaged over the groups.
    judged : Judged
        Of the network that the round began with, on the held-out rows of the partitions of this round.
    """
    this, rate = rounds[progress.n_done], learning_rate_of(job, rounds, progress)
    following = rounds[progress.n_done + 1].parts[:1] if progress.n_done + 1 < len(rounds) else []
    runner.expect(this.parts + following)
    begun, shared = runner.call(Steps, progress.current.trained, 0.0, 0.0), runner.share(job)
    divided = job.divided_members
    if len(divided) > 1:
        starts = [(members, runner.call(steps_of_members, begun, members)) for members in divided]
    else:
        starts = [(None, begun)]
    ends: list[list] = [[] for _ in starts]
    judging: dict[int, Any] = {}
    for group in filter(None, this.tasks):
        chains = [steps for _, steps in starts]
        for i, k, n in group:
            part = runner.part(i)
            for place, (members, _) in enumerate(starts):
                # The tasks of one group follow each other partition by partition: it is read once where it is not kept.
                run = LocalRun(rate, _seed_of(job, progress.n_done, i, k, members), k, n, members)
                chains[place] = runner.call(local_steps, part, chains[place], shared, run)
            if i not in judging:
                judging[i] = runner.call(_judge_begun, part, begun, shared)
        for of_task, steps in zip(ends, chains, strict=True):
            of_task.append(steps)
    averages = [_tree(runner, averaged, of_task) for of_task in ends]
    after = averages[0] if len(divided) == 1 else runner.call(joined_members, begun, divided, *averages)
    total = _tree(runner, sum_of, judging.values())
    after, judged = runner.results([after, total])
    return after, judged


def _seed_of(job, n_done, i, k, members):
    """The seed of one call: of its round, its rows, and the first of its members where they are not all of them."""
    names = [job.seeds["shuffle"], n_done, i, k, *(members or ())[:1]]
    return int(np.random.SeedSequence(names).generate_state(1)[0] >> 1)


def judge_everywhere(runner, job, trained, n_parts):
    """The Judged of a network on the held-out rows of all partitions."""
    runner.expect(range(n_parts))
    begun, shared = runner.call(Steps, trained, 0.0, 0.0), runner.share(job)
    sums = [runner.call(_judge_begun, runner.part(i), begun, shared) for i in range(n_parts)]
    return runner.results([_tree(runner, sum_of, sums)])[0]


def settle(progress, judged, this, tol, *, is_whole):
    """Note how the network that a round began with was judged, and say whether it is to be put back.

    Parameters
    ----------
    progress : Progress
        Changed in place: `records`, and `best` where the network is the best so far.
    judged : Judged
    this : tuple (number of the round, learning rate, training loss, seconds)
        Of the round whose result is judged.
    tol : float
        Smallest gain that counts, nats.
    is_whole : bool
        Whether the held-out rows of all partitions judged it. Only such figures are compared with each other.

    Returns
    -------
    has_collapsed : bool
        The weights are not finite, the loss is, or one class is predicted, where an earlier network predicted several.
    """
    number, rate, training_loss, seconds = this
    loss, share = judged.mean_loss, judged.predicted_share
    progress.records.append(
        EpochRecord(
            epoch=len(progress.records) + 1,
            loss=training_loss,
            learning_rate=rate,
            validation_loss=loss,
            validation_score=None if loss is None else -loss,
            validation_accuracy=judged.right / judged.mass if judged.mass > 0 else None,
            predicted_share=share,
            spread=judged.spread,
            seconds=seconds,
        )
    )
    if not is_finite(progress.current.trained) or (loss is not None and not math.isfinite(loss)):
        return True
    if loss is None:
        progress.best, progress.best_round = progress.current, number
        return False
    if max(share) == 1.0 and any(
        record.predicted_share and max(record.predicted_share) < 1.0 for record in progress.records
    ):
        return True
    if is_whole:
        progress.waited = 0 if loss < progress.best_loss - tol else progress.waited + 1
        if loss < progress.best_loss:
            progress.best, progress.best_loss, progress.best_round = progress.current, loss, number
    return False


def put_back(progress):
    """Go on from the best network so far, with smaller steps. Changes `progress`; False if that was tried enough."""
    progress.rollbacks.append(progress.n_done)
    progress.current = replace(progress.best)
    progress.factor *= SLOWER
    return len(progress.rollbacks) <= MOST_ROLLBACKS


def _judge_begun(part, begun, job):
    return judge(part, begun.trained, job)


def _tree(runner, combine, calls):
    """One call out of many, `NETWORKS_PER_AVERAGE` at a time. The tree depends on the number of calls only."""
    calls = list(calls)
    while len(calls) > 1:
        chunks = [calls[i : i + NETWORKS_PER_AVERAGE] for i in range(0, len(calls), NETWORKS_PER_AVERAGE)]
        calls = [runner.call(combine, *chunk) for chunk in chunks]
    return calls[0]
