"""What each member of an attempt learned, and a second training of single members.

`_collapse` decides which members failed."""

import time
from dataclasses import replace

import numpy as np

from robust_mlp._core.deadline import NO_DEADLINE
from robust_mlp._core.losses import SMALLEST_POSITIVE, log_losses, mean_loss
from robust_mlp._core.training_data import Hooks, Trained
from robust_mlp._network.layer_probe import PROBE_ROWS
from robust_mlp._network.training import finished, train


def member_gains(network, data, prior):
    """Share of the prior's loss that each member saves on some of its training rows: ndarray of shape (n_members,).

    `prior` is an ndarray of shape (n_classes,): the class shares in the loss.
    """
    gains = []
    for member, rows in enumerate(data.train):
        where = rows[np.linspace(0, len(rows) - 1, min(PROBE_ROWS, len(rows))).astype(int)]
        codes, weights = data.codes[where], data.weights[where]
        prior_loss = np.average(log_losses(prior[codes], SMALLEST_POSITIVE), weights=weights)
        gains.append(1 - _loss(network, member, data.rows[where], codes, weights) / prior_loss)
    return np.array(gains)


def retrain_members(attempt, members, data, seeds, *, deadline=NO_DEADLINE):
    """Train some members of an attempt again, alone and from other initial weights.

    Parameters
    ----------
    attempt : Attempt of `train`
    members : sequence of int
    data : TrainingData
        The data of the attempt, with held-out rows.
    seeds : dict of str to int
    deadline : Deadline, optional

    Returns
    -------
    attempt : Attempt
        A new member replaces the old one if it predicts its held-out rows better; `retrained` names these members. If
        this training was interrupted, the attempt counts as interrupted.
    """
    began = time.monotonic()
    again = train(
        replace(attempt.plan, n_members=len(members)), data.of_members(members), seeds, hooks=Hooks(deadline=deadline)
    )
    new, old = again.network.weights.network(), attempt.network.weights.network()
    eval_rows, better = data.eval_rows, []
    for place, member in enumerate(members):
        held_out = [part[data.held_out[member]] for part in eval_rows]
        if not _loss(new, place, *held_out) >= _loss(old, member, *held_out):
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
