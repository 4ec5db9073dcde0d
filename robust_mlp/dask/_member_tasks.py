"""Members of a network as tasks of their own: which members a task trains, and one network from those of all tasks.

Members of an ensemble share nothing while they train. So a group of partitions can train them in several tasks, where
workers would otherwise have nothing to do: each task encodes the rows again, and no average is needed."""

from dataclasses import replace
from typing import Any

import numpy as np

from robust_mlp._core.training_data import Trained
from robust_mlp.dask._local_steps import Steps


def divided_members(n_members, members_per_task):
    """Which members each task of a group trains.

    Parameters
    ----------
    n_members : int
    members_per_task : 'all' or int

    Returns
    -------
    divided : tuple of tuple of int
        Members in their order, in tasks of about equally many.

    Examples
    --------
    >>> divided_members(6, 4)
    ((0, 1, 2), (3, 4, 5))
    >>> divided_members(3, "all")
    ((0, 1, 2),)
    """
    most = n_members if members_per_task == "all" else members_per_task
    n_tasks = -(-n_members // most)
    return tuple(tuple(part.tolist()) for part in np.array_split(np.arange(n_members), n_tasks))


def steps_of_members(steps, members):
    """The Steps of some of several members, in the order of `members`."""
    trained = steps.trained
    slots = None if trained.slots is None else [trained.slots[k] for k in members]
    return replace(steps, trained=Trained(trained.weights.of_members(members), slots, trained.n_steps))


def joined_members(begun, divided, *ends):
    """The Steps of all members, from those of each task.

    Parameters
    ----------
    begun : Steps
        What the tasks began with. Its members have their places.
    divided : tuple of tuple of int
        Which members each of `ends` has.
    *ends : Steps
        All have seen the same rows.
    """
    weights, loss, n_steps = begun.trained.weights, 0.0, 0
    slots: list[Any] = [None] * weights.n_members
    for members, end in zip(divided, ends, strict=True):
        weights = weights.with_members(end.trained.weights, list(enumerate(members)))
        loss += end.loss * len(members) / len(slots)
        n_steps = max(n_steps, end.trained.n_steps)
        for place, member in enumerate(members):
            slots[member] = None if end.trained.slots is None else end.trained.slots[place]
    has_slots = all(state is not None for state in slots)
    return Steps(Trained(weights, slots if has_slots else None, n_steps), ends[0].mass, loss)
