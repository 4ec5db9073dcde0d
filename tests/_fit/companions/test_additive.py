"""Additive members: which rows each trains on, and that one attempt comes of them as it is."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import TrainingData
from robust_mlp._fit.companions.additive import companions
from robust_mlp._fit.companions.common import MEMBERS_PER_COMPANION, plan_without_hidden_units

PLAN = TrainingPlan(n_members=9, numerical_embedding="mixed", optimizer="adam", learning_rate=1e-3, max_iter=30)
SEEDS = {"weights": 0, "shuffle": 0, "dropout": 0}


def data_of(n_rows=200, n_members=9):
    """Rows whose classes a sum of the columns tells apart; each member leaves out others."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, 3)).astype(np.float32)
    codes = (rows.sum(axis=1) > 0).astype(np.int32)
    held_out = np.array_split(np.arange(n_rows), n_members)
    train = [np.setdiff1d(np.arange(n_rows), part) for part in held_out]
    weights = np.ones(n_rows, np.float32)
    return TrainingData(rows, codes, weights, 2, train, (rows, codes, weights), held_out)


def made(plan=PLAN, data=None):
    return companions(plan, data_of() if data is None else data, None, SEEDS)


def test_each_leaves_out_what_one_of_the_others_did():
    data = data_of()
    beside = made(data=data)
    assert beside.plan == plan_without_hidden_units(PLAN)
    last_of_each_four = [MEMBERS_PER_COMPANION - 1, 2 * MEMBERS_PER_COMPANION - 1]
    assert len(beside.data.train) == beside.plan.n_members == len(last_of_each_four)
    for k, member in enumerate(last_of_each_four):
        assert_array_equal(beside.data.train[k], data.train[member])
        assert_array_equal(beside.data.held_out[k], data.held_out[member])
    assert beside.data.rows is data.rows  # the encoded rows as they are
    assert beside.member_weights == 1.0


def test_they_see_inputs_that_are_hidden_from_the_others():
    data = replace(data_of(), hidden_inputs=np.ones((9, 3), bool))
    assert made(data=data).data.hidden_inputs is None


@pytest.mark.parametrize("change", [{"n_members": 3}, {"numerical_embedding": None}, {"optimizer": "sgd"}])
def test_there_are_none_where_plans_have_no_companions(change):
    assert made(replace(PLAN, **change)) is None


def test_one_attempt_with_all_of_them_comes_of_the_training_and_reads_encoded_rows():
    data = data_of()
    beside = made(data=data)
    ((attempt, own),) = beside.train(SEEDS)
    assert own is beside.data
    weights = attempt.network.weights
    assert (weights.n_members, weights.n_hidden, weights.units) == (2, 0, None)
    network = weights.network()
    logits = [network.logits(data.rows, member) for member in range(2)]
    for of_member, rows in zip(logits, own.held_out, strict=True):
        assert np.mean(of_member[rows].argmax(axis=1) == data.codes[rows]) > 0.8
    # Without hidden units the logits of a mean of rows are the mean of their logits.
    middle = network.logits((data.rows[:1] + data.rows[1:2]) / 2, 0)
    np.testing.assert_allclose(middle, logits[0][:2].mean(axis=0, keepdims=True), atol=1e-5)
