"""The engine: weights in and out, one graph for all numbers, and the stopping rule."""

from dataclasses import replace

from numpy.testing import assert_array_equal

import robust_mlp
from robust_mlp._network import engine_cache
from robust_mlp._network.graph import engine
from robust_mlp._network.training import train
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
