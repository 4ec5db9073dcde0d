"""Small trainings that several tests of the network run."""

import numpy as np

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._core.training_data import TrainingData

SEEDS = spawn_seeds(0)


PLAN = TrainingPlan(hidden_layer_sizes=(8,), batch_size=16, max_iter=4, n_iter_no_change=100, tol=0.0)


def table(n_rows=128, n_inputs=4, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, n_inputs)).astype(np.float32)
    scores = rows @ rng.normal(size=(n_inputs, n_classes)) + 0.3 * rng.gumbel(size=(n_rows, n_classes))
    return rows, scores.argmax(axis=1).astype(np.int32)


def data_of(n_members=1, held_out=True, weights=None, n_rows=128):
    rows, codes = table(n_rows)
    where = np.arange(n_rows)
    parts = np.array_split(where, max(n_members, 4))[:n_members]
    weights = np.ones(n_rows, np.float32) if weights is None else weights
    return TrainingData(
        rows=rows,
        codes=codes,
        weights=weights,
        eval_rows=(rows, codes, weights),
        train_eval_rows=where,
        n_classes=3,
        train=[np.setdiff1d(where, part) for part in parts] if held_out else [where] * n_members,
        held_out=parts if held_out else [],
    )


def loss_of(network, data, member=0):
    part = data.held_out[member]
    return -np.log(network.member_probabilities(data.rows[part], member)[np.arange(len(part)), data.codes[part]]).mean()
