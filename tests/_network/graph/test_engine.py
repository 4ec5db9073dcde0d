"""The engine: weights in and out, and one graph for all numbers."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import robust_mlp
from robust_mlp._network import engine_cache
from robust_mlp._network.graph import engine
from robust_mlp._network.training import train
from tests._network.graph.engines import engine_of, run, stopping_of
from tests._network.trainings import PLAN, SEEDS, data_of


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
    assert [int(np.sum(np.abs(v))) for v in made.slots()[0][:1]] == [0]
    again = run(made, 2, stopping_of(made))
    assert_array_equal(again["loss"], first["loss"])
    for a, b in zip(made.slots()[0], fresh[0], strict=True):
        assert_array_equal(a, b)


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
