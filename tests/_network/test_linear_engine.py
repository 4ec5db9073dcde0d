"""Linear heads trained in NumPy: the same trainings as in the engine's graph, and who is trained so."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import Hooks, TrainingData
from robust_mlp._network import engine_cache
from robust_mlp._network.graph.engine import Engine
from robust_mlp._network.linear_engine import MOST_WEIGHTS, LinearEngine, lent_for
from robust_mlp._network.training import train

SEEDS = {"weights": 1, "shuffle": 2, "dropout": 3}
PLAN = TrainingPlan(
    hidden_layer_sizes=(),
    n_members=3,
    batch_size=24,
    learning_rate=0.03,
    weight_decay=0.1,
    max_iter=60,
    n_iter_no_change=5,
)
N_ROWS, N_INPUTS, N_CLASSES = 150, 6, 4


def data_of(n_members=3, **changes):
    """Labels that a linear head learns in part; members leave out different numbers of rows."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(N_ROWS, N_INPUTS)).astype(np.float32)
    codes = (rows[:, :N_CLASSES] + rng.normal(size=(N_ROWS, N_CLASSES))).argmax(axis=1).astype(np.int32)
    weights = rng.uniform(0.2, 1.8, N_ROWS).astype(np.float32)
    parts = np.split(rng.permutation(N_ROWS), [20, 45, 80, 120])[:n_members]
    data = TrainingData(
        rows,
        codes,
        weights,
        N_CLASSES,
        train=[np.setdiff1d(np.arange(N_ROWS), part) for part in parts],
        eval_rows=(rows, codes, weights),
        held_out=parts,
    )
    return replace(data, **changes)


def assert_trained_alike(plan, data):
    in_numpy, in_graph = (train(plan, data, SEEDS, lend=lend) for lend in (lent_for, engine_cache.borrowed_engine))
    assert in_numpy.records[0].spread is None  # nothing but NumPy leaves that out
    assert in_graph.records[0].spread is not None
    for a, b in zip(in_numpy.network.weights.trainable, in_graph.network.weights.trainable, strict=True):
        assert a.shape == b.shape
        assert_allclose(a, b, atol=1e-5)
    assert (in_numpy.stop_reason, in_numpy.best_epoch) == (in_graph.stop_reason, in_graph.best_epoch)
    for name in ("epoch", "loss", "learning_rate", "untempered_loss", "validation_score", "update_ratio"):
        pairs = [[getattr(record, name) for record in attempt.records] for attempt in (in_numpy, in_graph)]
        assert_allclose(*pairs, rtol=1e-4, err_msg=name)
    assert_allclose(in_numpy.held_out.probabilities, in_graph.held_out.probabilities, atol=1e-5)
    return in_numpy


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kinds": (0, 1, 0)},
        {"weights": np.broadcast_to(np.float32(1), N_ROWS)},
        {"loss_correction": np.array([[0.1, -0.4, 0.2, 0.0], [1.0, 2.0, 0.5, 1.0]])},
    ],
    ids=str,
)
def test_members_train_as_in_the_graph(changes):
    attempt = assert_trained_alike(PLAN, data_of(**changes))
    assert attempt.stop_reason == "early_stopping"
    assert 1 < attempt.best_epoch < len(attempt.records)


def test_a_single_head_trains_as_in_the_graph():
    assert_trained_alike(replace(PLAN, n_members=1), data_of(n_members=1))


@pytest.mark.parametrize(
    "changes",
    [{"early_stopping": False, "max_iter": 7}, {"learning_rate_schedule": "cosine"}, {"shuffle": False}],
    ids=str,
)
def test_every_setting_that_it_serves_is_heeded(changes):
    plan = replace(PLAN, **changes)
    assert_trained_alike(plan, data_of())


def test_epochs_run_one_by_one_are_the_same():
    at_once = train(PLAN, data_of(), SEEDS, lend=lent_for)
    one_by_one = train(PLAN, data_of(), SEEDS, hooks=Hooks(on_epoch=lambda *_: False), lend=lent_for)
    assert len(one_by_one.records) == len(at_once.records)
    for a, b in zip(one_by_one.network.weights.trainable, at_once.network.weights.trainable, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_that_blows_up_ends_without_a_warning():
    attempt = train(replace(PLAN, learning_rate=1e38), data_of(), SEEDS, lend=lent_for)
    assert attempt.stop_reason == "nonfinite"


def test_held_out_rows_that_count_nothing_end_the_training():
    rows, codes, _ = data_of().eval_rows
    data = data_of(eval_rows=(rows, codes, np.zeros(N_ROWS, np.float32)))
    assert train(PLAN, data, SEEDS, lend=lent_for).stop_reason == "nonfinite"


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_layer_sizes": (4,)},
        {"input_dropout": 0.1},
        {"max_norm": 1.0},
        {"clip_norm": 1.0},
        {"label_smoothing": 0.1},
        {"optimizer": "sgd"},
    ],
    ids=str,
)
def test_what_it_does_not_know_is_trained_in_the_graph(changes):
    with lent_for(replace(PLAN, **changes), N_INPUTS, N_CLASSES, True) as (engine, _):
        assert isinstance(engine, Engine)


def test_small_heads_are_trained_in_numpy_and_large_ones_in_the_graph():
    most = MOST_WEIGHTS // (PLAN.n_members * N_CLASSES) - 1
    for n_inputs, kind in ((most, LinearEngine), (most + 1, Engine)):
        with lent_for(PLAN, n_inputs, N_CLASSES, True) as (engine, _):
            assert isinstance(engine, kind)


@pytest.mark.parametrize("more", [{"has_held_out": False}, {"embedding_sizes": (9,)}, {"hides_inputs": True}], ids=str)
def test_other_data_goes_to_the_graph(more):
    with lent_for(PLAN, N_INPUTS, N_CLASSES, **({"has_held_out": True} | more)) as (engine, _):
        assert isinstance(engine, Engine)


def test_nobody_goes_on_from_it():
    with lent_for(PLAN, N_INPUTS, N_CLASSES, True) as (engine, _):
        engine.reset([np.zeros(shape, np.float32) for shape in engine.shapes])
        assert engine.slots() is None
        with pytest.raises(ValueError, match="goes on with none"):
            engine.reset([np.zeros(shape, np.float32) for shape in engine.shapes], slots=[np.zeros(3)])
