"""The penalized linear member of sparse tables: which penalty, which rows, which weight in the mean."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from robust_mlp._core.deadline import Deadline, OutOfTime
from robust_mlp._core.losses import row_losses
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import HeldOut
from robust_mlp._core.training_data import TrainingData
from robust_mlp._fit.companions import ridge
from robust_mlp._fit.companions.ridge import MOST_MEMBERS, SHARES, best_share, n_judging, ridge_attempt

PLAN = TrainingPlan(hidden_layer_sizes=(4,), n_members=3)


def data_of(noise, n_rows=600, seed=0):
    rng = np.random.default_rng(seed)
    rows = sparse.random(n_rows, 60, density=0.1, format="csr", random_state=rng, dtype=np.float32)
    scores = rows @ rng.normal(size=60) * 8 + noise * rng.logistic(size=n_rows)
    codes = (scores > np.median(scores)).astype(np.int32)
    weights = np.ones(n_rows, np.float32)
    parts = np.array_split(rng.permutation(n_rows), 3)
    return TrainingData(
        sparse.csr_array(rows),
        codes,
        weights,
        2,
        train=[np.setdiff1d(np.arange(n_rows), part) for part in parts],
        eval_rows=(sparse.csr_array(rows), codes, weights),
        held_out=parts,
    )


def one_table(data):
    return replace(data, eval_rows=(data.rows, data.codes, data.weights))


def test_noise_asks_for_a_larger_penalty():
    clear, noisy = (ridge_attempt(PLAN, data_of(noise), 3).plan.weight_decay for noise in (0.1, 10.0))
    assert clear < noisy


def test_the_penalty_has_the_least_held_out_loss(monkeypatch):
    data = data_of(3.0)
    chosen = ridge_attempt(PLAN, data, 3)

    def loss(attempt):
        return row_losses(attempt.held_out.probabilities, attempt.held_out.codes).mean()

    monkeypatch.setattr(ridge, "BETWEEN", ())
    for penalty in (64.0, 1.0, 1 / 16):
        monkeypatch.setattr(ridge, "PENALTIES", (penalty,))
        assert loss(chosen) <= loss(ridge_attempt(PLAN, data, 3)) + 1e-4


def test_held_out_predictions_do_not_know_the_labels_of_their_rows():
    data = one_table(data_of(1.0))
    first = ridge_attempt(PLAN, data, 3)
    part = data.held_out[0]
    codes = data.codes.copy()
    codes[part] = 1 - codes[part]
    other = one_table(replace(data, codes=codes))
    P, Q = first.held_out.probabilities[: len(part)], ridge_attempt(PLAN, other, 3).held_out.probabilities[: len(part)]
    if first.plan.weight_decay == ridge_attempt(PLAN, other, 3).plan.weight_decay:
        assert_array_equal(P, Q)
    before = (P.argmax(axis=1) == data.codes[part]).mean()
    after = (Q.argmax(axis=1) == codes[part]).mean()
    assert before > 0.6 > after


def test_the_final_member_learns_from_all_rows():
    data = one_table(data_of(1.0))
    network = ridge_attempt(PLAN, data, 3).network.weights
    assert (network.n_members, network.n_hidden) == (1, 0)
    assert_array_equal(ridge._all_rows(data), np.arange(600))
    assert ridge._all_rows(data_of(1.0)) is not None
    assert len(ridge._all_rows(data_of(1.0))) == 400  # another table: resampled rows of the first member


def test_the_time_budget_ends_it():
    deadline = Deadline(1e-9)
    with pytest.raises(OutOfTime):
        ridge_attempt(PLAN, data_of(1.0), 3, deadline=deadline)


def test_few_members_judge():
    data = data_of(1.0)
    assert n_judging(data) == 3
    assert n_judging(replace(data, train=[data.train[0]] * 9)) == MOST_MEMBERS
    assert n_judging(replace(data, shares_held_out=True)) == 1


@pytest.mark.parametrize("sure, expected", [(0.9, 0.9), (0.5, 0.0)])
def test_the_share_is_that_of_the_better_predictions(sure, expected):
    codes = np.zeros(50, int)
    rows = np.arange(50)
    mine = HeldOut(codes=codes, probabilities=np.tile([sure, 1 - sure], (50, 1)), weights=np.ones(50), rows=rows)
    theirs = replace(mine, probabilities=np.tile([0.7, 0.3], (50, 1)))
    assert best_share(mine, theirs) == expected
    assert expected in SHARES


def test_predictions_that_are_no_numbers_have_no_share():
    codes, rows = np.zeros(5, int), np.arange(5)
    mine = HeldOut(codes=codes, probabilities=np.full((5, 2), np.nan), weights=np.ones(5), rows=rows)
    assert best_share(mine, replace(mine, probabilities=np.full((5, 2), 0.5))) == 0.0
