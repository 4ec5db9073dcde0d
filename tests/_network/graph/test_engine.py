"""The engine: weights in and out, one graph for all numbers, and the stopping rule."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import robust_mlp
from robust_mlp._network import engine_cache
from robust_mlp._network.architecture import NetworkShape, build_model, initial_weights
from robust_mlp._network.graph import engine
from robust_mlp._network.graph.epochs import GraphOptions
from robust_mlp._network.graph.graph_inputs import NEVER, EpochOrders, Stopping, TrainingSettings
from robust_mlp._network.graph.masks import KINDS, Masks
from robust_mlp._network.graph.training_step import SCALARS
from robust_mlp._network.optimizers import make_optimizer
from robust_mlp._network.training import train
from robust_mlp._prediction.network import NetworkWeights
from tests._network.trainings import PLAN, SEEDS, data_of, table


def test_batches_that_are_fetched_ahead_are_the_same_batches(monkeypatch):
    data = data_of()

    def trained():
        engine_cache.clear()
        attempt = train(PLAN, data, SEEDS)
        return attempt.network.weights.trainable, [record.loss for record in attempt.records]

    in_turn = trained()
    monkeypatch.setattr(engine, "WIDE", 1)
    ahead = trained()
    engine_cache.clear()
    for one, other in zip(in_turn[0], ahead[0], strict=True):
        assert_array_equal(one, other)
    assert in_turn[1] == ahead[1]


def test_numbers_in_a_plan_do_not_trace_again():
    robust_mlp.clear_cache()
    data = data_of()
    for change in ({}, {"learning_rate": 0.1}, {"weight_decay": 0.1}, {"batch_size": 7}, {"max_iter": 9}, {"tol": 0.1}):
        train(replace(PLAN, **change), data, SEEDS)
    train(PLAN, data_of(n_rows=60), SEEDS)
    assert engine_cache.count_traces() == 1


def network_of(**settings):
    """The shape of a small plan's network."""
    return NetworkShape.of(replace(PLAN, **settings), 4, 3)


def engine_of(*, n_members=1, optimizer="adam", options=None, **settings):
    """An engine, set to weights that a seed draws."""
    shape = network_of(n_members=n_members, **settings)
    options = options or GraphOptions(has_held_out=True)
    made = engine.Engine(
        build_model(shape, in_engine=True),
        make_optimizer(optimizer),
        options,
        n_members=n_members,
        dropout_layers=shape.dropout_layers,
    )
    weights = initial_weights(made.variables, shape, "auto", 0)
    made.reset(weights)
    return made, weights


def stopping_of(engine, *, patience=np.inf, tol=0.0, n_held_out=20):
    """The stopping rule before the first epoch; each member holds out rows of its own."""
    rows = np.arange(engine.n_members * n_held_out, dtype=np.int32).reshape(engine.n_members, n_held_out)
    n_watched = engine.n_watched
    return Stopping(
        rows=rows,
        mask=np.ones(rows.shape, np.float32),
        best=np.full(n_watched, np.inf, np.float32),
        waited=np.zeros(n_watched, np.float32),
        patience=patience,
        tol=tol,
    )


def run(engine, n_epochs, stopping, *, rate=0.01, first_step=0, order_seed=0):
    """Epochs of four batches of 16 rows, the same order for the same seed and first step."""
    rows, codes = table()
    weights = np.ones(len(codes), np.float32)
    rng = np.random.default_rng(order_seed)
    orders = np.stack([rng.permutation(len(rows))[: engine.n_members * 64] for _ in range(first_step // 4 + n_epochs)])
    orders = orders[first_step // 4 :].reshape(n_epochs, engine.n_members, 4, 16).astype(np.int32)
    return engine.run(
        *engine.tables((rows, codes, weights), (rows, codes, weights)),
        EpochOrders(orders=orders, rates=np.full(4 * n_epochs, rate, np.float32), first_step=first_step),
        TrainingSettings(
            scalars=dict.fromkeys(SCALARS, 0.0),
            masks=Masks(0, engine.dropout_layers, 16, dict.fromkeys(KINDS, 0.5), engine.n_members),
            correction=np.float32([[0, 0, 0], [1, 1, 1]]),
        ),
        stopping,
    )


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_weights_go_in_and_come_out_as_they_were(n_members, batch_norm):
    made, weights = engine_of(n_members=n_members, batch_norm=batch_norm)
    assert made.shapes == [w.shape for w in weights]
    for best in (True, False):
        for found, expected in zip(made.weights(best=best), weights, strict=True):
            assert_array_equal(found, expected)
    moving = made.moving(best=False)
    assert len(moving) == (2 if batch_norm else 0)
    if batch_norm:
        assert_array_equal(moving[0], np.zeros_like(moving[0]))
        assert_array_equal(moving[1], np.ones_like(moving[1]))


@pytest.mark.parametrize(
    "settings", [{}, {"n_members": 2}, {"batch_norm": True}, {"dropout": 0.5}, {"optimizer": "lion"}], ids=str
)
def test_two_runs_are_one_longer_run(settings):
    made, weights = engine_of(**settings)
    whole = run(made, 6, stopping_of(made))
    expected = made.weights(best=False)
    made.reset(weights)
    stopping = stopping_of(made)
    first = run(made, 2, stopping)
    kept, moving, slots = made.weights(best=False), made.moving(best=False), made.slots()
    made.reset(kept, moving, slots)  # as another fit that goes on from this one does
    second = run(made, 4, stopping, first_step=8)
    assert_allclose(np.concatenate([first["loss"], second["loss"]]), whole["loss"], rtol=1e-6)
    for found, wanted in zip(made.weights(best=False), expected, strict=True):
        assert_allclose(found, wanted, atol=1e-6)
    assert made.n_traces == 1


def test_a_reset_without_slots_begins_with_a_fresh_optimizer():
    made, weights = engine_of()
    first = run(made, 2, stopping_of(made))
    fresh = made.slots()
    made.reset(weights)
    assert all((array == 0).all() for arrays in made.slots()[0].of_weights.values() for array in arrays)
    again = run(made, 2, stopping_of(made))
    assert_array_equal(again["loss"], first["loss"])
    for name, arrays in made.slots()[0].of_weights.items():
        for a, b in zip(arrays, fresh[0].of_weights[name], strict=True):
            assert_array_equal(a, b)


def test_the_optimizer_state_is_told_by_weight_array():
    made, weights = engine_of(n_members=2)
    run(made, 1, stopping_of(made))
    for state in made.slots():
        assert sorted(state.of_weights) == ["now_momentum", "now_velocity"]
        for arrays in state.of_weights.values():
            assert [a.shape for a in arrays] == [
                w.shape[1:] if w.ndim == 3 and w.shape[1] > 1 else (w.shape[-1],) for w in weights
            ]


def test_sums_over_rows_of_an_optimizer_are_kept_as_they_are():
    made, weights = engine_of(optimizer="adafactor")
    whole = run(made, 4, stopping_of(made))
    made.reset(weights)
    first = run(made, 2, stopping_of(made))
    made.reset(made.weights(best=False), made.moving(best=False), made.slots())
    second = run(made, 2, stopping_of(made), first_step=8)
    assert_allclose(np.concatenate([first["loss"], second["loss"]]), whole["loss"], rtol=1e-5)


def test_the_best_weights_are_those_of_the_epoch_with_the_least_held_out_loss():
    made, weights = engine_of()
    measured = run(made, 12, stopping_of(made), rate=0.5)  # so long a step that the loss goes up and down
    best = int(measured["refined_loss"].argmin())
    assert 0 < best < 11
    assert measured["improved"][best] == 1 and not measured["improved"][best + 1 :].any()
    expected = made.weights(best=True)
    made.reset(weights)
    run(made, best + 1, stopping_of(made), rate=0.5)
    for found, wanted in zip(made.weights(best=False), expected, strict=True):
        assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("patience, tol, n_run", [(3, 1e9, 4), (2, 1e9, 3), (100, 1e9, 10), (2, 0.0, 10)])
def test_it_ends_after_as_many_epochs_without_a_gain_as_the_rule_says(patience, tol, n_run):
    made, _ = engine_of()
    stopping = stopping_of(made, patience=patience, tol=tol)
    measured = run(made, 10, stopping, rate=1e-4)  # every epoch gains, and little
    assert len(measured["loss"]) == n_run
    assert stopping.is_over == (n_run < 10)
    assert_allclose(stopping.best, measured["refined_loss"].min(), rtol=1e-6)


def test_the_figures_are_those_of_the_networks_that_were_trained():
    made, weights = engine_of(n_members=2)
    measured = run(made, 1, stopping_of(made))
    rows, codes = table()
    now = made.weights(best=False)
    network = NetworkWeights(now, [], "relu", 1, False, False, 2).network()
    held_out = [np.arange(20), np.arange(20, 40)]
    probabilities = np.concatenate([network.member_probabilities(rows, k, part) for k, part in enumerate(held_out)])
    codes = codes[:40]
    assert_allclose(measured["held_out_loss"], -np.log(probabilities[np.arange(40), codes]).mean(), rtol=1e-5)
    chosen = probabilities.argmax(axis=1)
    assert_allclose(measured["held_out_accuracy"], np.mean(chosen == codes), rtol=1e-6)
    assert_allclose(measured["held_out_share"][0], np.bincount(chosen, minlength=3) / 40, rtol=1e-6)
    moved = np.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(now, weights, strict=True)))
    before = np.sqrt(sum((b**2).sum() for b in weights))
    assert_allclose(measured["update_ratio"], moved / before, rtol=1e-4)


def test_without_held_out_rows_the_training_loss_decides():
    made, _ = engine_of(options=GraphOptions(has_held_out=False))
    stopping = stopping_of(made, patience=3, tol=1e9, n_held_out=0)
    measured = run(made, 10, stopping)
    assert len(measured["loss"]) == 4
    assert_allclose(stopping.best, measured["loss"].min(), rtol=1e-6)
    assert (measured["held_out_loss"] == np.float32(NEVER)).all() and (measured["spread"] == np.float32(NEVER)).all()


def test_the_graph_goes_with_the_engine():
    made, _ = engine_of()
    made.prepare(16)
    assert made.n_traces == 1
    run(made, 1, stopping_of(made))
    assert made.n_traces == 1  # it was ready
    (graph,) = made._graphs.values()
    gone = weakref.ref(graph)
    del made, graph
    gc.collect()
    assert gone() is None
