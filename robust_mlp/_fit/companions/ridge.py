"""An extra member for sparse tables: logistic regression with a penalty that held-out rows choose, on all rows.

A table of words has few rows for each column. There a linear model with the right penalty is hard to beat, and a
network learns from fewer rows, since it holds some out. The mean of both is at least as good as the network on the
held-out rows that choose the weights. Never changes the plan's own members."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from robust_mlp._core.deadline import NO_DEADLINE
from robust_mlp._core.losses import row_losses
from robust_mlp._core.records import Attempt, HeldOut
from robust_mlp._core.training_data import Trained
from robust_mlp._data.sparse_rows import blocks, column_sums
from robust_mlp._fit.companions.ridge_learning import RidgeRows
from robust_mlp._prediction.network import NetworkWeights

# 1 / C of scikit-learn, for cells of size 1, from strong to weak. Then the two between the best and its neighbours are
# tried: between steps of two the loss changes by about one percent.
PENALTIES = (64.0, 16.0, 4.0, 1.0, 1 / 4, 1 / 16)
BETWEEN = (2.0, 1 / 2)
# Members whose held-out rows choose the penalty: more of them choose the same.
MOST_MEMBERS = 4
# Shares of the extra member in the mean that are tried. With less than the first it is left out.
SHARES = (0.0, 0.25, 0.5, 0.75, 0.9)


class _Tried(NamedTuple):
    """One penalty: the held-out loss, the predictions for these rows, and the weights of each member."""

    penalty: float
    loss: float
    probabilities: np.ndarray
    vectors: list


def ridge_attempt(plan, data, n_members, *, deadline=NO_DEADLINE):
    """Learn a penalized linear network.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
        With sparse rows and with held-out rows.
    n_members : int
        The held-out rows of so many members choose the penalty; see `n_judging`.
    deadline : Deadline, optional

    Returns
    -------
    attempt : Attempt of Trained
        One network without hidden units, trained on all rows. Its held-out predictions are those of networks that were
        trained without these rows.

    Raises
    ------
    OutOfTime
        If the time is used up before.
    """
    sizes = _sizes(data)
    tables = [_rows_of(data, data.train[k], sizes) for k in range(n_members)]
    parts = [data.held_out[k] for k in range(n_members)]
    where = np.concatenate(parts)
    eval_rows, codes, weights = data.eval_rows

    def tried(penalty, vectors):
        """The _Tried of a penalty, from the vectors of another."""
        vectors = [table.fitted(penalty, v, deadline.check) for table, v in zip(tables, vectors, strict=True)]
        networks = [_weights(table, v).network() for table, v in zip(tables, vectors, strict=True)]
        found = np.concatenate([n.probabilities(eval_rows, part) for n, part in zip(networks, parts, strict=True)])
        loss = np.average(row_losses(found, codes[where]), weights=weights[where])
        return _Tried(penalty, float(loss), found, vectors)

    best = tried(PENALTIES[0], [None] * n_members)
    for penalty in PENALTIES[1:]:
        found = tried(penalty, best.vectors)
        if not found.loss < best.loss:
            break
        best = found
    best = min([best, *(tried(best.penalty * factor, best.vectors) for factor in BETWEEN)], key=lambda one: one.loss)
    table = _rows_of(data, _all_rows(data), sizes)
    return Attempt(
        plan=replace(plan, hidden_layer_sizes=(), n_members=1, linear_path=False, weight_decay=best.penalty),
        records=(),
        best_epoch=0,
        stop_reason="max_iter",
        held_out=HeldOut(
            codes=codes[where],
            probabilities=best.probabilities,
            weights=weights[where].astype(np.float64),
            rows=where if data.eval_origin is None else data.eval_origin[where],
        ),
        network=Trained(_weights(table, table.fitted(best.penalty, best.vectors[0], deadline.check))),
    )


def n_judging(data):
    """Number of members whose held-out rows choose the penalty."""
    return 1 if data.shares_held_out else min(MOST_MEMBERS, len(data.train))


def _all_rows(data):
    """All rows to learn from, each once; of resampled ones those of the first member."""
    if data.eval_rows[0] is not data.rows:
        return data.train[0]
    return np.unique(np.concatenate([*data.train, *data.held_out]))


def best_share(held_out, of_others):
    """The share of the extra member in the mean that predicts held-out rows best.

    Parameters
    ----------
    held_out, of_others : HeldOut
        Predictions of the extra member, and of the plan's own.

    Returns
    -------
    share : float
        One of `SHARES`.
    """
    _, mine, theirs = np.intersect1d(held_out.rows, of_others.rows, return_indices=True)
    codes, weights = of_others.codes[theirs], of_others.weights[theirs]
    P, Q = held_out.probabilities[mine], of_others.probabilities[theirs]
    losses = [np.average(row_losses(share * P + (1 - share) * Q, codes), weights=weights) for share in SHARES]
    return SHARES[int(np.argmin(losses))] if np.isfinite(losses).all() else 0.0


def _sizes(data):
    """Root mean square of the stored cells of each input, ndarray of shape (n_inputs,); 1 if there is none."""
    rows, n_inputs = data.rows, data.rows.shape[1]
    total, squares = np.zeros(n_inputs), np.zeros(n_inputs)
    for cells, row in blocks(rows):
        weights, columns = data.weights[row].astype(np.float64), rows.indices[cells]
        total += column_sums(weights, columns, n_inputs)
        squares += column_sums(weights * np.square(rows.data[cells], dtype=np.float64), columns, n_inputs)
    return np.sqrt(np.where(squares > 0, squares / np.where(total > 0, total, 1.0), 1.0))


def _rows_of(data, where, sizes):
    is_all = len(where) == data.rows.shape[0] and (np.diff(where) == 1).all()
    return RidgeRows(
        rows=data.rows if is_all else data.rows[where],
        codes=data.codes[where],
        weights=data.weights[where].astype(np.float64),
        sizes=sizes,
        n_classes=data.n_classes,
    )


def _weights(table, vector):
    """NetworkWeights of one member without hidden units."""
    return NetworkWeights(
        list(table.layers(vector)), [], "linear", n_hidden=0, batch_norm=False, has_linear_path=False, n_members=1
    )
