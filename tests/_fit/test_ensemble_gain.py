"""What members gain together: estimated on rows that most of them were trained on, and true on new rows."""

from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._core.losses import mean_loss
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._core.training_data import Hooks
from robust_mlp._data.tables import read_table
from robust_mlp._fit.ensemble_gain import loss_of_mean
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.prepare_table import prepare_table
from robust_mlp._fit.run_attempt import FitJob, run_attempt
from tests.tiny_fits import tiny


def ripples(n_rows, seed):
    """A border of waves among six columns, a tenth of the labels wrong."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 6))
    y = (np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] > 0) ^ (rng.random(n_rows) < 0.1)
    return X, y.astype(np.int32)


def trained(n_members, **parameters):
    """(Attempt, TrainingTable) of networks that overfit a little, so that their mean is better than each."""
    X, y = ripples(700, 0)
    settings = {"hidden_layer_sizes": (64,), "max_iter": 40, "learning_rate": 0.01, "early_stopping": True}
    clf = tiny(n_members=n_members, **(settings | parameters))
    matrix, reader = read_table(clf, X, categorical_features=None, reset=True)
    table = LabelledTable(matrix, y, np.ones(len(y)))
    prepared, plan = prepare_table(clf, table, reader, np.unique(y), spawn_seeds(0))
    return run_attempt(FitJob(prepared, lambda *_: Hooks()), plan), prepared


@pytest.mark.parametrize("n_members", [3, 6])
def test_the_estimate_is_near_the_truth_on_new_rows(n_members):
    attempt, _ = trained(n_members)
    X, y = ripples(5000, 1)
    network = attempt.network
    together = mean_loss(network.probabilities(X), y)
    members = network.answering_weights.network()
    encoded = network.encoding.transform(X)
    alone = np.mean([mean_loss(members.member_probabilities(encoded, m), y) for m in range(n_members)])
    assert together < 0.97 * alone  # there is something to estimate
    assert attempt.loss_of_mean() == pytest.approx(together / alone, abs=0.06)


def test_a_single_member_gains_nothing_and_has_nobody_to_ask():
    attempt, prepared = trained(1)
    assert attempt.loss_of_mean is None
    assert loss_of_mean(attempt.network, prepared.table, prepared.held_out) == 1.0


def test_equal_members_gain_nothing():
    attempt, prepared = trained(2)
    weights = attempt.network.weights
    twice = weights.of_members([0, 0])
    factor = np.repeat(np.atleast_1d(attempt.network.inverse_temperature)[0], 2)
    network = replace(attempt.network, weights=twice, inverse_temperature=factor, member_weights=None)
    # Both have left out the same rows here, so none looks too good on them.
    rows = prepared.held_out[0]
    assert loss_of_mean(network, prepared.table, [rows, rows]) == pytest.approx(1.0, abs=0.02)
