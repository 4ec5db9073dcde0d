"""Members that learned nothing are trained again, alone, and take the old one's place where they are better."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._collapse.symptoms.rules import failed_members
from robust_mlp._network import retraining, training
from robust_mlp._network.training import train
from tests._network.trainings import PLAN, SEEDS, data_of, loss_of


def broken_member(monkeypatch, member):
    """Let the first training begin with weights from which this member cannot learn: dead units, and no linear path."""
    draw, calls = training.initial_weights, []

    def draw_broken(variables, shape, initializer, seed, **kwargs):
        weights = draw(variables, shape, initializer, seed, **kwargs)
        calls.append(shape.n_members)
        if len(calls) == 1:
            weights[0][member], weights[1][member] = 0, -100
        return weights

    monkeypatch.setattr(training, "initial_weights", draw_broken)
    return calls


def test_a_member_that_failed_is_trained_again_alone(monkeypatch):
    calls = broken_member(monkeypatch, 2)
    data = data_of(n_members=4, n_rows=400)
    plan = replace(PLAN, activation="relu", n_members=4, max_iter=30, learning_rate=0.02)
    attempt = train(plan, data, SEEDS)
    before = attempt.network.weights.network()
    prior = np.bincount(data.codes) / len(data.codes)
    gains = retraining.member_gains(before, data, prior)
    assert gains[2] < 0.1 < gains[[0, 1, 3]].min()
    assert failed_members(gains) == (2,)
    again = retraining.retrain_members(attempt, (2,), data, SEEDS | {"weights": 77})
    assert calls == [4, 1]
    after = again.network.weights.network()
    assert again.retrained == (2,)
    assert failed_members(retraining.member_gains(after, data, prior)) == ()
    assert loss_of(after, data, 2) < loss_of(before, data, 2) - 0.2
    for k in (0, 1, 3):
        assert_array_equal(after.kernels[0][k], before.kernels[0][k])
    assert_allclose(again.held_out.probabilities.sum(axis=1), 1)


def test_a_member_that_gets_no_better_stays():
    data = data_of(n_members=3)
    plan = replace(PLAN, n_members=3, max_iter=30, learning_rate=0.02)
    attempt = train(plan, data, SEEDS)
    worse = replace(attempt, plan=replace(plan, max_iter=1, learning_rate=1e-9))
    assert retraining.retrain_members(worse, (1,), data, SEEDS) is worse
