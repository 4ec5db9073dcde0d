"""What each member of an attempt learned, and a second training of single members.

`_collapse` decides which members failed."""

import time
from dataclasses import replace

import numpy as np

from robust_mlp._core.deadline import NO_DEADLINE
from robust_mlp._core.losses import SMALLEST_POSITIVE, log_losses, mean_loss
from robust_mlp._core.training_data import Hooks, Trained
from robust_mlp._network.held_out_predictions import finished
from robust_mlp._network.layer_probe import PROBE_ROWS
from robust_mlp._network.training import train


def member_gains(network, data, prior):
    """Share of the prior's loss that each member saves on some of its training rows: ndarray of shape (n_members,).

    `prior` is an ndarray of shape (n_classes,): the class shares in the loss.
    """
    gains = []
    for member in range(len(data.train)):
        rows, codes, weights = _probe_rows(data, member)
        prior_loss = np.average(log_losses(prior[codes], SMALLEST_POSITIVE), weights=weights)
        gains.append(1 - _loss(network, member, rows, codes, weights) / prior_loss)
    return np.array(gains)


def _probe_rows(data, member):
    """(rows, codes, weights) of some of a member's training rows."""
    rows = data.train[member]
    where = rows[np.linspace(0, len(rows) - 1, min(PROBE_ROWS, len(rows))).astype(int)]
    return data.rows[where], data.codes[where], data.weights[where]


def retrain_members(attempt, members, data, seeds, *, deadline=NO_DEADLINE, checkpoint=None):
    """Train some members of an attempt again, alone and from other initial weights.

    Parameters
    ----------
    attempt : Attempt of `train`
    members : sequence of int
    data : TrainingData
        The data of the attempt, with held-out rows.
    seeds : dict of str to int
    deadline : Deadline, optional
    checkpoint : callable or None, default=None
        As in `Hooks`.

    Returns
    -------
    attempt : Attempt
        A new member replaces the old one if it predicts its training rows better; `retrained` names these members. The
        held-out rows have no say: of two members, they would judge the luckier one. If this training was interrupted,
        the attempt counts as interrupted.
    """
    began = time.monotonic()
    hooks = Hooks(deadline=deadline, checkpoint=checkpoint)
    again = train(replace(attempt.plan, n_members=len(members)), data.of_members(members), seeds, hooks=hooks)
    new, old = again.network.weights.network(), attempt.network.weights.network()
    better = []
    for place, member in enumerate(members):
        probe = _probe_rows(data, member)
        if not _loss(new, place, *probe) >= _loss(old, member, *probe):
            better.append((place, member))
    if again.stop_reason == "interrupted":  # the user wants no further training either
        attempt = replace(attempt, stop_reason="interrupted")
    if not better:
        return attempt
    weights = attempt.network.weights.with_members(again.network.weights, better)
    trained = Trained(weights=weights, n_steps=attempt.network.n_steps)
    retrained = tuple(member for _, member in better)
    seconds = attempt.seconds + time.monotonic() - began
    return replace(finished(attempt, trained, data), retrained=retrained, seconds=seconds)


def _loss(network, member, rows, codes, weights):
    """Mean cross-entropy of one member, nats; NaN where it has no finite answer."""
    return mean_loss(network.member_probabilities(rows, member), codes, weights, SMALLEST_POSITIVE)
