"""Companions: extra ensemble members, kept if their held-out loss is within 15 % of the others'.

Their errors differ from those of the plan's own members, so the mean has fewer errors. The guard never sees companions,
because they could hide a collapse. The kinds are in `additive` and `radial`."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robust_mlp._collapse.simple_models.comparison import common_rows
from robust_mlp._core.losses import row_losses

# One member of each kind for so many others. Chosen by the imbalanced tables of benchmarks/accuracy.
MEMBERS_PER_COMPANION = 4
# Without hidden units a step changes the logits less, so it may be longer. The product of rate and decay stays the
# same.
LEARNING_RATE_FACTOR = 5.0
# The held-out loss of companions may be higher by this share. Their errors differ, so they help the mean although they
# are worse. Chosen on the balanced tables of benchmarks/accuracy; .05 to .2 are equal there and on the imbalanced ones.
MOST_BEHIND = 0.15


@dataclass(frozen=True, eq=False)
class Companions:
    """A training of companions that is to come.

    Attributes
    ----------
    plan : TrainingPlan
    data : TrainingData
    split : callable
        From the attempt that comes of these to a list of (Attempt, TrainingData): the groups that are judged by
        themselves, each with a network that reads encoded rows.
    member_weights : float
        What each of them counts in the mean, where a member of the plan's own counts 1.
    """

    plan: Any
    data: Any
    split: Callable
    member_weights: float = 1.0

    def train(self, seeds, deadline=None, is_cancelled=None):
        """Train them: a list of (Attempt, TrainingData) as `split` returns it.

        Parameters
        ----------
        seeds : dict of str to int
        deadline : float or None, default=None
            `time.monotonic()` value after which no further epoch begins.
        is_cancelled : callable or None, default=None
            Without arguments; asked between epochs whether to stop.
        """
        from robust_mlp._core.training_data import Hooks
        from robust_mlp._network.linear_engine import lent_for
        from robust_mlp._network.training import train

        should_stop = None if is_cancelled is None else lambda records: "cancelled" if is_cancelled() else None
        hooks = Hooks(deadline=deadline, should_stop=should_stop)
        return self.split(train(self.plan, self.data, seeds, hooks=hooks, lend=lent_for))


class BackgroundTask:
    """A task in another thread, for what the calling thread will most likely want once it is done with its own.

    Parameters
    ----------
    task : callable
        Handed this object, it is to ask now and then whether `is_cancelled`, and may `await_release`.
    """

    def __init__(self, task):
        self._task = task
        self._cancelled, self._released = threading.Event(), threading.Event()

    def start(self):
        """Begin. By now someone should hold this who will cancel it, whatever happens from here on."""
        worker = ThreadPoolExecutor(max_workers=1)
        self._future = worker.submit(self._task, self)
        worker.shutdown(wait=False)

    def release(self):
        """Let the task go past `await_release`."""
        self._released.set()

    def await_release(self):
        """Called by the task: wait until it is released or cancelled."""
        self._released.wait()

    def result(self):
        """Wait for what the task returns, and raise what it raised."""
        self.release()
        return self._future.result()

    def cancel(self):
        """Tell the task that nobody wants its result any more."""
        self._cancelled.set()
        self.release()

    @property
    def is_cancelled(self):
        """Whether nobody wants the result any more, which may then be a part of one."""
        return self._cancelled.is_set()


def plan_without_hidden_units(plan, n_kinds=1):
    """The plan of companions: linear heads on what they are given, one of each kind for four of a plan's members.

    Parameters
    ----------
    plan : TrainingPlan
    n_kinds : int, default=1

    Returns
    -------
    plan : TrainingPlan or None
        None where members are few, numbers are not cut into pieces, or the optimizer is not Adam, for which
        `LEARNING_RATE_FACTOR` was chosen.
    """
    n_members = n_kinds * (plan.n_members // MEMBERS_PER_COMPANION)
    if not n_members or plan.numerical_embedding != "mixed" or plan.optimizer != "adam" or not plan.hidden_layer_sizes:
        return None
    return replace(
        plan,
        hidden_layer_sizes=(),
        n_members=n_members,
        learning_rate=plan.learning_rate * LEARNING_RATE_FACTOR,
        weight_decay=plan.weight_decay / LEARNING_RATE_FACTOR,
    )


def rows_beside(plan, data, first):
    """The rows of every fourth of a plan's members, from the first-th on, for companions that leave out what these do.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
        Of the plan's members.
    first : int
        Below `MEMBERS_PER_COMPANION`.

    Returns
    -------
    data : TrainingData
        All inputs are shown.
    """
    n_counted = plan.n_members // MEMBERS_PER_COMPANION * MEMBERS_PER_COMPANION
    return replace(data.of_members(range(first, n_counted, MEMBERS_PER_COMPANION)), hidden_inputs=None)


def is_much_worse(held_out, of_others):
    """Whether companions predict the rows that they left out too much worse than the others do.

    Parameters
    ----------
    held_out, of_others : HeldOut
        The companions' rows are among the others'.

    Returns
    -------
    is_behind : bool
        From the log loss of the rows that both left out.
    """
    mine, theirs = common_rows(held_out.rows, of_others.rows)
    codes, weights = held_out.codes[mine], held_out.weights[mine]
    loss, loss_of_others = (
        np.average(row_losses(probabilities, codes), weights=weights)
        for probabilities in (held_out.probabilities[mine], of_others.probabilities[theirs])
    )
    return not loss <= (1 + MOST_BEHIND) * loss_of_others  # nor may a loss that is no number join
