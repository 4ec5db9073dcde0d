"""Rounds: what the groups do in each, and what the client decides from round to round.

A round sends one network to all groups, each makes its local steps, and the results are averaged. The client holds the
averaged network of each round: a worker that dies costs the steps of one round, and a network that collapses is put
back to the best one before."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from robust_mlp._core.records import EpochRecord
from robust_mlp._core.schedule_end import schedule_end
from robust_mlp._core.training_state import Cooling
from robust_mlp.dask._local_steps import LocalRun, Steps, averaged, is_finite, judge, local_steps, sum_of
from robust_mlp.dask._member_tasks import joined_members, steps_of_members
from robust_mlp.dask._round_plan import learning_rate_at

# Networks that are averaged by one task: a tree of such tasks keeps the traffic of each worker small.
NETWORKS_PER_AVERAGE = 8
# A network that is put back goes on at this share of its learning rate, so often at most.
SLOWER, MOST_ROLLBACKS = 0.5, 3
# Where early stopping ends a schedule, the rate falls to 0 within this share of the epochs that the best network took.
# A network at a high rate is noisy: a fall of the rate lowers its loss wherever it begins, and a third of the training
# is enough (Hägele et al. 2024, Scaling laws and compute-optimal training beyond fixed training durations, 2405.18392).
SHARE_OF_COOLING = 1 / 3


@dataclass
class Progress:
    """Where a training by rounds is: what a checkpoint holds, and all that the next round depends on.

    `current` is the Steps that come from the last round; `best` the best network that was judged, its loss and its
    round; `n_done` rounds; `factor` of the learning rate; `waited` rounds over all partitions without a gain; `records`
    of judged rounds; `rollbacks` the rounds whose network was put back. `losses` are the held-out losses after each
    epoch, None where the network was not judged on all partitions; `cooling` the last rounds, once they are known.
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
    losses: list[float | None] = field(default_factory=list)
    cooling: Cooling | None = None


def end_of_schedule(plan, progress):
    """The epoch with which the rounds end, as far as the held-out losses so far tell (see `schedule_end`).

    In the first epochs, a round is judged by some partitions only. The first loss over all of them stands for these.
    """
    known = [loss for loss in progress.losses if loss is not None]
    so_far = [known[0] if loss is None else loss for loss in progress.losses]
    return schedule_end(so_far, plan.max_iter, plan.longest_schedule)


def begin_cooling(progress, rounds, end):
    """Go on from the best network, with a rate that falls to 0 soon. Changes `progress`.

    Returns
    -------
    is_begun : bool
        False if it was begun before, or if the schedule, which ends with epoch `end`, ends as soon.
    """
    best = rounds[progress.best_round].begin
    n_rounds = math.ceil(SHARE_OF_COOLING * best)
    if progress.cooling is not None or end - best <= n_rounds or not n_rounds:
        return False
    progress.current, progress.cooling = replace(progress.best), Cooling(progress.n_done, n_rounds, best / end)
    return True


def most_epochs_with_cooling(plan):
    """Epochs at most that rounds may take, in a schedule and after it."""
    return plan.most_epochs + math.ceil(SHARE_OF_COOLING * plan.most_epochs)


def learning_rate_of(plan, this, end, progress):
    """The learning rate of the next round, if the schedule ends with epoch `end`."""
    share, cooling = this.middle / end, progress.cooling
    if cooling is not None:
        share = cooling.share + (1 - cooling.share) * (progress.n_done - cooling.first + 0.5) / cooling.n_rounds
    return progress.factor * learning_rate_at(plan, share, len(this.tasks))


def run_round(runner, job, rounds, progress, rate):
    """Make the local steps of the next round, and judge the network that it begins with.

    Parameters
    ----------
    runner : ClusterRunner or LocalRunner
    job : RoundJob
    rounds : list of Round
    progress : Progress
    rate : float
        The learning rate.

    Returns
    -------
    after : Steps
        Averaged over the groups.
    judged : Judged
        Of the network that the round began with, on the held-out rows of the partitions of this round.
    """
    this = rounds[progress.n_done]
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


def settle(progress, judged, this, tol, *, is_whole, n_epochs=None):
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
    n_epochs : int or None, default=None
        Epochs that were over; None in the middle of one.

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
        if n_epochs:
            unknown = [None] * (n_epochs - 1 - len(progress.losses))
            progress.losses = [*progress.losses[: n_epochs - 1], *unknown, loss]
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
