"""Networks trained on sparse rows: the same trainings as in the engine's graph on the same rows made dense."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import Hooks, Trained, TrainingData
from robust_mlp._network.architecture import NetworkShape, initial_weights
from robust_mlp._network.sparse_engine import SparseEngine, fitted_to_rows
from robust_mlp._network.training import train
from robust_mlp._prediction.network import NetworkWeights

SEEDS = {"weights": 1, "shuffle": 2, "dropout": 3}
PLAN = TrainingPlan(
    hidden_layer_sizes=(6, 5),
    activation="silu",
    linear_path=True,
    n_members=2,
    batch_size=24,
    learning_rate=0.01,
    weight_decay=0.1,
    max_iter=8,
    n_iter_no_change=100,
)
N_ROWS, N_INPUTS, N_CLASSES = 120, 15, 3


def data_of(n_members=2, held_out=True, seed=0, **changes):
    """A sparse table whose labels a network learns in part."""
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((N_ROWS, N_INPUTS)) < 0.3, rng.normal(size=(N_ROWS, N_INPUTS)), 0).astype(np.float32)
    rows = sparse.csr_array(dense)
    codes = (dense[:, :N_CLASSES] * 3 + rng.gumbel(size=(N_ROWS, N_CLASSES))).argmax(axis=1).astype(np.int32)
    weights = rng.uniform(0.2, 1.8, N_ROWS).astype(np.float32)
    parts = np.split(rng.permutation(N_ROWS), [20, 45, 80])[:n_members]
    data = TrainingData(
        rows,
        codes,
        weights,
        N_CLASSES,
        train=[np.setdiff1d(np.arange(N_ROWS), part if held_out else []) for part in parts],
        eval_rows=(rows, codes, weights),
        held_out=parts if held_out else [],
        train_eval_rows=np.arange(N_ROWS),
    )
    return replace(data, **changes)


def dense(data):
    """The same training data with dense rows."""
    rows = data.rows.toarray()
    return replace(data, rows=rows, eval_rows=(rows, *data.eval_rows[1:]))


def start_of(plan, data):
    """The same initial weights for both engines."""
    shape = NetworkShape.of(plan, N_INPUTS, data.n_classes)
    drawn = initial_weights(SparseEngine(shape, plan).variables, shape, "auto", 5)
    moving = SparseEngine(shape, plan).moving(best=False)
    weights = NetworkWeights(
        drawn, moving, shape.activation, len(shape.hidden_layer_sizes), shape.batch_norm, shape.has_linear_path,
        shape.n_members,
    )  # fmt: skip
    return Trained(weights)


def assert_trained_alike(plan, data):
    """Both ways give the same weights, records and predictions, up to rounding."""
    start = start_of(plan, data)
    on_sparse, in_graph = (train(plan, one, SEEDS, start=start) for one in (data, dense(data)))
    for a, b in zip(on_sparse.network.weights.trainable, in_graph.network.weights.trainable, strict=True):
        assert a.shape == b.shape
        assert_allclose(a, b, atol=3e-5)
    for a, b in zip(on_sparse.network.weights.moving, in_graph.network.weights.moving, strict=True):
        assert a.shape == b.shape
        assert_allclose(a, b, atol=1e-5)
    assert (on_sparse.stop_reason, on_sparse.best_epoch) == (in_graph.stop_reason, in_graph.best_epoch)
    names = ["loss", "learning_rate", "update_ratio"]
    if data.has_held_out:
        names += ["validation_loss", "untempered_loss", "validation_score", "validation_accuracy", "spread"]
        names += ["predicted_share"]
    for name in names:
        pairs = [[getattr(record, name) for record in attempt.records] for attempt in (on_sparse, in_graph)]
        assert_allclose(*pairs, rtol=2e-4, atol=1e-6, err_msg=name)
    assert_allclose(on_sparse.held_out.probabilities, in_graph.held_out.probabilities, atol=1e-5)
    return on_sparse


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n_members": 1},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": (), "n_members": 1, "linear_path": False},
        {"hidden_layer_sizes": (4,), "linear_path": False},
        {"dropout": 0.3},
        {"batch_norm": True, "optimizer": "sgd", "learning_rate": 0.1},
        {"batch_norm": True, "dropout": 0.2, "n_members": 1, "optimizer": "sgd", "learning_rate": 0.1},
        {"label_smoothing": 0.2},
        {"clip_norm": 0.05},
        {"max_norm": 0.5},
        {"optimizer": "sgd", "learning_rate": 0.1},
        {"optimizer": "rmsprop"},
        {"activation": "relu"},
        {"activation": "tanh"},
        {"activation": "gelu"},
        {"activation": "softplus"},
        {"learning_rate_schedule": "cosine"},
        {"shuffle": False},
        {"early_stopping": False},
        {"max_iter": 60, "n_iter_no_change": 4, "learning_rate": 0.05},
    ],
    ids=str,
)
def test_a_network_trains_as_on_the_dense_rows(changes):
    plan = replace(PLAN, **changes)
    assert_trained_alike(plan, data_of(plan.n_members))


@pytest.mark.parametrize(
    "changes",
    [
        {"held_out": False},
        {"weights": np.broadcast_to(np.float32(1), N_ROWS)},
        {"loss_correction": np.array([[0.1, -0.4, 0.2], [1.0, 2.0, 0.5]])},
        {"kinds": (0, 1)},
        {"seed": 7},
    ],
    ids=lambda changes: str([*changes]),
)
def test_all_kinds_of_data_are_trained_alike(changes):
    assert_trained_alike(PLAN, data_of(**changes))


def test_members_that_hold_out_the_same_rows_are_judged_together():
    part = np.arange(0, N_ROWS, 3)
    train_rows = np.setdiff1d(np.arange(N_ROWS), part)
    assert_trained_alike(PLAN, data_of(train=[train_rows] * 2, held_out=[part] * 2, shares_held_out=True))


def test_the_first_kernel_is_drawn_for_the_size_of_rows():
    data, shape = data_of(), NetworkShape.of(PLAN, N_INPUTS, N_CLASSES)
    drawn = initial_weights(SparseEngine(shape, PLAN).variables, shape, "auto", 5)
    before = [array.copy() for array in drawn]
    square = np.average(np.square(data.rows.toarray()).sum(axis=1), weights=data.weights)
    fitted_to_rows(drawn, data.rows, data.weights, shape)
    assert_allclose(drawn[0], before[0] * np.sqrt(N_INPUTS / square), rtol=1e-5)
    for array, old in zip(drawn[1:], before[1:], strict=True):
        assert_array_equal(array, old)


def test_dropout_of_inputs_drops_stored_cells_and_keeps_their_mean():
    plan = replace(PLAN, input_dropout=0.4)
    engine = SparseEngine(NetworkShape.of(plan, N_INPUTS, N_CLASSES), plan)
    rows = sparse.csr_array(np.ones((4_000, N_INPUTS), np.float32))
    dropped = engine._with_dropout(rows, 7)
    assert set(np.unique(dropped.data).tolist()) == {0.0, float(np.float32(1 / 0.6))}
    assert dropped.data.mean() == pytest.approx(1.0, abs=0.01)
    assert_array_equal(dropped.data, engine._with_dropout(rows, 7).data)


def test_a_loss_that_is_no_number_ends_the_training():
    attempt = train(replace(PLAN, learning_rate=1e30), data_of(), SEEDS)
    assert attempt.stop_reason == "nonfinite"


def test_the_same_training_gives_the_same_bits():
    first, second = (train(replace(PLAN, dropout=0.3, input_dropout=0.2), data_of(), SEEDS) for _ in range(2))
    for a, b in zip(first.network.weights.trainable, second.network.weights.trainable, strict=True):
        assert_array_equal(a, b)


def test_a_hook_sees_every_epoch():
    seen = []
    train(PLAN, data_of(), SEEDS, hooks=Hooks(on_epoch=lambda record, make: seen.append(make().n_members) or False))
    assert seen == [2] * PLAN.max_iter
