"""Whole epochs in the graph: figures, the best weights and the stopping rule."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._network.graph.epochs import GraphOptions
from robust_mlp._prediction.network import NetworkWeights
from tests._network.graph.engines import engine_of, run, stopping_of
from tests._network.trainings import table


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
    assert np.isnan(measured["held_out_loss"]).all() and np.isnan(measured["spread"]).all()
