"""One update: what Keras' own step does, and decay and norms as asked for."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import robust_mlp
from robust_mlp._network.graph import training_step
from robust_mlp._network.training import train
from tests._network.trainings import PLAN, SEEDS, data_of


def test_weight_decay_shrinks_kernels_and_leaves_biases_alone():
    data = data_of(held_out=False)
    plan = replace(PLAN, optimizer="sgd", early_stopping=False, learning_rate=1e-12, weight_decay=1e10, max_iter=1)
    start = train(replace(plan, weight_decay=0.0), data, SEEDS).network.weights.trainable
    shrunk = train(plan, data, SEEDS).network.weights.trainable
    n_steps = 8
    assert_allclose(shrunk[0], start[0] * (1 - 0.01) ** n_steps, rtol=1e-4)
    assert_allclose(shrunk[1], start[1], atol=1e-9)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("n_members", [1, 5])
def test_large_kernels_decay_as_small_ones(n_members, weight_decay, optimizer, monkeypatch):
    data = data_of(n_members)
    plan = replace(
        PLAN, hidden_layer_sizes=(20_000,), optimizer=optimizer, weight_decay=weight_decay, n_members=n_members
    )
    expected = train(plan, data, SEEDS).network.weights.trainable
    robust_mlp.clear_cache()
    monkeypatch.setattr(training_step, "LARGE", 2**16)
    found = train(plan, data, SEEDS).network.weights.trainable
    robust_mlp.clear_cache()
    for now, before in zip(found, expected, strict=True):
        assert_array_equal(now, before)


def test_max_norm_bounds_every_unit():
    attempt = train(replace(PLAN, max_norm=0.5, learning_rate=0.1), data_of(), SEEDS)
    kernel = attempt.network.weights.trainable[0]
    assert np.linalg.norm(kernel, axis=0).max() <= 0.5 + 1e-6
