"""Additive members: networks without hidden units, which join the others where they do not lag behind them.

Behind numbers cut into pieces such a network is an additive model, a curve for each column and no interactions (Hastie
and Tibshirani 1986, doi 10.1214/ss/1177013604). It errs in other places than networks with hidden units, so that the
mean of both errs less; where interactions matter it is behind, and left out. The guard never sees it: a collapse of the
others would hide behind it."""

from dataclasses import replace

import numpy as np

from robust_mlp._collapse.evidence import common_rows, row_losses

# One additive member for so many others. Chosen by the imbalanced tables of benchmarks/accuracy.
MEMBERS_PER_ADDITIVE = 4
# Without hidden units a step changes the logits less, so that it may be longer; weights decay as fast as they did.
PACE = 5.0
# Additive members may lose this share more than the others do: networks that err in other places help the mean although
# they are worse. Chosen by one half of the tables of benchmarks/accuracy; .03 to .15 is alike on both halves.
MOST_BEHIND = 0.1


def plan_beside(plan):
    """The plan of the additive members that go with a plan's members.

    Parameters
    ----------
    plan : TrainingPlan

    Returns
    -------
    plan : TrainingPlan or None
        None where members are few, numbers are not cut into pieces, or the optimizer is not the one that `PACE` is for.
    """
    n_members = plan.n_members // MEMBERS_PER_ADDITIVE
    if not n_members or plan.numerical_embedding != "mixed" or plan.optimizer != "adam" or not plan.hidden_layer_sizes:
        return None
    return replace(
        plan,
        hidden_layer_sizes=(),
        n_members=n_members,
        learning_rate=plan.learning_rate * PACE,
        weight_decay=plan.weight_decay / PACE,
    )


def trace_ahead(plan, data):
    """Trace the graph of additive members while the others train; returns a function to wait for it.

    Parameters
    ----------
    plan : TrainingPlan of `plan_beside`
    data : TrainingData
        As for `train_beside`.
    """
    from robust_mlp._network.training import trace_ahead as trace

    return trace(plan, _data_beside(plan, data))


def train_beside(plan, data, seeds, *, deadline=None):
    """Train additive members.

    Parameters
    ----------
    plan : TrainingPlan of `plan_beside`
    data : TrainingData
        What the others were trained on, with held-out rows. Each additive member leaves out what one of the others did.
    seeds : dict of str to int
    deadline : float or None, default=None
        `time.monotonic()` value after which no further epoch begins.

    Returns
    -------
    attempt : Attempt
    """
    from robust_mlp._network.training import Hooks, train

    return train(plan, _data_beside(plan, data), seeds, hooks=Hooks(deadline=deadline))


def _data_beside(plan, data):
    """The rows for the additive members, which are shown all inputs."""
    members = range(MEMBERS_PER_ADDITIVE - 1, plan.n_members * MEMBERS_PER_ADDITIVE, MEMBERS_PER_ADDITIVE)
    return replace(data.of_members(members), hidden_inputs=None)


def lag_behind(held_out, of_others):
    """Whether additive members predict the rows that they left out too much worse than the others do.

    Parameters
    ----------
    held_out, of_others : HeldOut
        The additive members' rows are among the others'.

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
    return bool(loss > (1 + MOST_BEHIND) * loss_of_others)
