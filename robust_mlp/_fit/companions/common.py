"""Companions: extra ensemble members, kept if their held-out loss is not far above that of the others.

Their errors differ from those of the plan's own members, so the mean has fewer errors. The guard never sees companions,
because they could hide a collapse. The kinds are in `additive`, `radial` and `effects`."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robust_mlp._collapse.simple_models.comparison import common_rows
from robust_mlp._core.deadline import NO_DEADLINE, OutOfTime
from robust_mlp._core.group_errors import error_of_mean
from robust_mlp._core.losses import row_losses

# A plan gets one companion of each kind per this many of its members. Chosen on the imbalanced tables of
# benchmarks/accuracy.
MEMBERS_PER_COMPANION = 4
# Without hidden units, a training step changes the logits less, so the learning rate may be larger. The product of
# learning rate and weight decay stays the same.
LEARNING_RATE_FACTOR = 5.0
# Companions are kept although their held-out loss is higher by up to this share: their errors differ, so they still
# improve the mean. Chosen on the balanced tables of benchmarks/accuracy. Values from .05 to .2 give equal results there
# and on the imbalanced tables.
MOST_BEHIND = 0.15
# The same beside those members that count in the mean, where others see inputs that are worse for the table and count
# nothing. On diamonds an additive member is 38 % behind, and spoils the mean by 1 %. They have to be behind by so many
# standard errors: on few rows, members that help seemed to be (hayes-roth, RiceFarms, a ball of 900 rows).
MOST_BEHIND_VOTERS, CLEARLY_BEHIND = 0.25, 3.0
# A loss of 0 is divided by this, nats.
TINY_LOSS = 1e-12


@dataclass(frozen=True, eq=False)
class Companions:
    """Companions that are not trained yet.

    Attributes
    ----------
    plan : TrainingPlan
    data : TrainingData
    split : callable
        Splits the trained Attempt into a list of (Attempt, TrainingData), one per group. Each group is judged on its
        own, and its network reads encoded rows.
    member_weights : float
        Weight of each companion in the mean. A member of the plan has weight 1.
    """

    plan: Any
    data: Any
    split: Callable
    member_weights: float = 1.0

    def train(self, seeds, deadline=NO_DEADLINE, is_cancelled=None):
        """Train the companions and return the list of (Attempt, TrainingData) that `split` makes.

        Parameters
        ----------
        seeds : dict of str to int
        deadline : Deadline, optional
        is_cancelled : callable or None, default=None
            Takes no arguments. It is called between epochs; the training stops if it returns True.
        """
        from robust_mlp._core.training_data import Hooks
        from robust_mlp._network.linear_engine import lent_for
        from robust_mlp._network.training import train

        should_stop = None if is_cancelled is None else lambda records: "cancelled" if is_cancelled() else None
        hooks = Hooks(deadline=deadline, should_stop=should_stop)
        return self.split(train(self.plan, self.data, seeds, hooks=hooks, lend=lent_for))


class BackgroundTask:
    """A task in another thread. The calling thread will probably need its result later.

    Parameters
    ----------
    task : callable
        Called with this object. It must check `is_cancelled` from time to time, and it may call `await_release`.
    """

    def __init__(self, task):
        self._task = task
        self._cancelled, self._released = threading.Event(), threading.Event()

    def start(self):
        """Start the task. The caller must make sure first that `cancel` is called even after an error."""
        worker = ThreadPoolExecutor(max_workers=1)
        self._future = worker.submit(self._task, self)
        worker.shutdown(wait=False)

    def release(self):
        """Let the task continue after `await_release`."""
        self._released.set()

    def await_release(self):
        """Called by the task: wait until it is released or cancelled."""
        self._released.wait()

    def result(self, deadline=NO_DEADLINE):
        """Wait for what the task returns, and raise what it raised.

        Parameters
        ----------
        deadline : Deadline, optional
            If its time is used up first, the task is cancelled, and OutOfTime is raised.
        """
        self.release()
        try:
            return self._future.result(max(deadline.left, 0.0) if deadline.is_set else None)
        except TimeoutError as error:
            self.cancel()
            raise OutOfTime from error

    def cancel(self):
        """Tell the task that its result is no longer needed."""
        self._cancelled.set()
        self.release()

    @property
    def is_cancelled(self):
        """Whether the result is no longer needed. The task may then return an incomplete result."""
        return self._cancelled.is_set()


def plan_without_hidden_units(plan, n_kinds=1):
    """The plan of the companions: networks without hidden units, one of each kind per four members of the given plan.

    Parameters
    ----------
    plan : TrainingPlan
    n_kinds : int, default=1

    Returns
    -------
    plan : TrainingPlan or None
        None if the plan has too few members, no hidden layer or no "mixed" embedding of numbers. Also None if the
        optimizer is not Adam: `LEARNING_RATE_FACTOR` was chosen for Adam.
    """
    n_members = n_kinds * (plan.n_members // MEMBERS_PER_COMPANION)
    if not n_members or plan.numerical_embedding != "mixed" or plan.optimizer != "adam" or not plan.hidden_layer_sizes:
        return None
    return replace(
        plan,
        hidden_layer_sizes=(),
        n_members=n_members,
        longest_schedule=None,  # more epochs are for what takes many units to learn
        learning_rate=plan.learning_rate * LEARNING_RATE_FACTOR,
        weight_decay=plan.weight_decay / LEARNING_RATE_FACTOR,
    )


def rows_beside(plan, data, first):
    """Training data for companions: each holds out the same rows as one of a plan's members.

    These are the members `first`, `first` + 4, `first` + 8 and so on.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
        Of the plan's members.
    first : int
        In ``[0, MEMBERS_PER_COMPANION)``.

    Returns
    -------
    data : TrainingData
        No input is hidden from a member.
    """
    n_counted = plan.n_members // MEMBERS_PER_COMPANION * MEMBERS_PER_COMPANION
    return rows_of(data, range(first, n_counted, MEMBERS_PER_COMPANION))


def rows_of(data, members):
    """Training data for companions that hold out the same rows as these of the plan's members, see `rows_beside`."""
    # Scales of their own would keep linear heads from training in NumPy. No held-out figure is reported of companions.
    return replace(data.of_members(members), hidden_inputs=None, input_scales=None, weighs_inputs=())


def is_much_worse(held_out, of_others, of_voters):
    """Whether companions predict their held-out rows so much worse than the other members that they are left out.

    Parameters
    ----------
    held_out, of_others, of_voters : HeldOut
        Of the companions, of the other members, and of those of them that count in the mean. The held-out rows of the
        companions are a subset of those of all others.

    Returns
    -------
    is_behind : bool
        Decided by the log loss on the rows that companions and others both hold out. On rows that members without a
        vote hold out, those that count are taken to be as much better as on their own.
    """
    mine, theirs = common_rows(held_out.rows, of_others.rows)
    losses = row_losses(of_others.probabilities, of_others.codes)
    counts = np.isin(of_others.rows, of_voters.rows)
    as_voters = losses
    if not counts.all():
        of_these, of_the_rest = (np.average(losses[k], weights=of_others.weights[k]) for k in (counts, ~counts))
        as_voters = np.where(counts, losses, losses * of_these / max(of_the_rest, TINY_LOSS))
    weights, own = held_out.weights[mine], row_losses(held_out.probabilities[mine], held_out.codes[mine])
    if not np.average(own, weights=weights) <= (1 + MOST_BEHIND) * np.average(losses[theirs], weights=weights):
        return True  # for a loss of NaN, too
    behind = own - (1 + MOST_BEHIND_VOTERS) * as_voters[theirs]
    return bool(np.average(behind, weights=weights) > CLEARLY_BEHIND * error_of_mean(behind, weights))
