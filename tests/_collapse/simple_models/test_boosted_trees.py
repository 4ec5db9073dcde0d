"""Boosted trees beside a network: ahead only where the rows decide it, and never at the cost of the training."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._collapse.simple_models import boosted_trees
from robust_mlp._collapse.simple_models.boosted_trees import FEWEST_TRAINED, affordable_rows, trees_beside
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import HeldOut
from tests._collapse.simple_models.probe_sources import source

N_ROWS = 8_000
PLENTY = 10**6


def board(seed=0, n_rows=N_ROWS, n_fields=6, noise=0.1):
    """Rows and labels of a chess board, and the true probability of label 1."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(size=(n_rows, 4))
    is_black = np.floor(X[:, :2] * n_fields).sum(axis=1).astype(int) % 2
    p = np.where(is_black == 1, 1 - noise, noise)
    return X, (rng.random(n_rows) < p).astype(int), p


def predicted(y, p, rows=None):
    """HeldOut of a network that predicts these probabilities of label 1."""
    rows = np.arange(len(y)) if rows is None else rows
    return HeldOut(
        codes=y[rows], probabilities=np.column_stack([1 - p, p])[rows], weights=np.ones(len(rows)), rows=rows
    )


def test_trees_are_ahead_of_a_network_that_sees_no_board_and_not_of_one_that_knows_it():
    X, y, p = board()
    blind = trees_beside(source(X, y), predicted(y, np.full(len(y), y.mean())), PLENTY)
    assert blind.is_ahead_of(blind.loss)
    assert (blind.n_rows, blind.n_trained) == (2000, 6000)
    assert blind.loss == pytest.approx(0.693, abs=0.002)
    assert 0.3 < blind.other < 0.55
    knowing = trees_beside(source(X, y), predicted(y, p), PLENTY)
    assert knowing.other == blind.other
    assert not knowing.is_ahead_of(knowing.loss)


def test_a_small_lead_and_a_lead_by_chance_are_none():
    X, y, _ = board()
    beside = trees_beside(source(X, y), predicted(y, np.full(len(y), 0.5)), PLENTY)
    assert not beside.is_ahead_of(beside.other / 0.98)
    assert beside.is_ahead_of(beside.other / 0.96)
    assert not replace(beside, errors=3.0).is_ahead_of(beside.loss)


@pytest.mark.parametrize("seed", range(12))
def test_trees_are_not_ahead_of_the_true_probabilities(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(6_000, 5))
    p = 1 / (1 + np.exp(-X @ rng.normal(0, rng.uniform(0, 1.5), 5) - rng.normal()))
    y = (rng.random(len(X)) < p).astype(int)
    beside = trees_beside(source(X, y), predicted(y, p), PLENTY, seed=seed)
    assert not beside.is_ahead_of(beside.loss)


def test_rows_of_a_group_are_on_one_side():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(N_ROWS // 20), 20)
    X = rng.normal(size=(N_ROWS // 20, 3))[group] + rng.normal(0, 1e-6, (N_ROWS, 3))
    y = rng.integers(0, 2, N_ROWS // 20)[group]  # each group's label says nothing of the others'
    blind = predicted(y, np.full(len(y), 0.5))
    apart = trees_beside(source(X, y, groups=group, is_grouped=True), replace(blind, groups=group), PLENTY)
    assert not apart.is_ahead_of(apart.loss)
    split = trees_beside(source(X, y), blind, PLENTY)
    assert split.is_ahead_of(split.loss)  # trees know the rows' twins


def test_where_few_rows_were_held_out_these_are_tested_and_all_others_trained_on():
    X, y, p = board()
    rows = np.arange(0, N_ROWS, 10)
    beside = trees_beside(source(X, y), predicted(y, p, rows), PLENTY)
    assert (beside.n_rows, beside.n_trained) == (len(rows), N_ROWS - len(rows))


def test_held_out_rows_of_another_table_are_compared_in_encoded_columns():
    X, y, _ = board()
    X_val, y_val, p_val = board(1, 3000)
    table = source(X, y, validation=X_val)
    blind = trees_beside(table, predicted(y_val, np.full(len(y_val), 0.5)), PLENTY)
    assert (blind.n_rows, blind.n_trained) == (3000, N_ROWS)
    assert blind.is_ahead_of(blind.loss)
    knowing = trees_beside(table, predicted(y_val, p_val), PLENTY)
    assert not knowing.is_ahead_of(knowing.loss)
    wide = source(X, y, validation=np.tile(X_val, 5))
    assert trees_beside(wide, predicted(y_val, p_val), PLENTY) is None
    without = source(X, y, has_foreign_rows=True)
    assert trees_beside(without, predicted(y_val, p_val), PLENTY) is None


def test_categories_are_told_from_numbers_and_missing_cells_are_read():
    rng = np.random.default_rng(3)
    level = rng.integers(0, 40, N_ROWS)
    effect = rng.permutation(np.linspace(-2, 2, 40))
    y = (rng.random(N_ROWS) < 1 / (1 + np.exp(-effect[level]))).astype(int)
    X = np.column_stack([level, rng.normal(size=N_ROWS)]).astype(float)
    X[::7, 1] = np.nan
    table = source(X, y, is_number=np.array([False, True]))
    beside = trees_beside(table, predicted(y, np.full(N_ROWS, 0.5)), PLENTY)
    assert beside.is_ahead_of(beside.loss)
    many = np.column_stack([np.arange(N_ROWS), X[:, 1]]).astype(float)  # more levels than trees take
    assert trees_beside(source(many, y, is_number=table.is_number), predicted(y, np.full(N_ROWS, 0.5)), PLENTY)


def test_with_little_time_fewer_rows_are_trained_on_or_none():
    X, y, p = board()
    held = predicted(y, p)
    assert trees_beside(source(X, y), held, FEWEST_TRAINED).n_trained == FEWEST_TRAINED
    assert trees_beside(source(X, y), held, FEWEST_TRAINED - 1) is None
    clock = iter(range(10))
    assert trees_beside(source(X, y), held, PLENTY, deadline=Deadline(0.5, lambda: next(clock))) is None
    assert trees_beside(source(X, y), replace(held, in_sample=True), PLENTY) is None


def test_the_same_rows_are_drawn_for_the_same_seed():
    X, y, p = board()
    first, again, other = (trees_beside(source(X, y), predicted(y, p), 5000, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first.other != other.other


def test_weights_count():
    X, y, _ = board()
    weights = np.where(y == 1, 3.0, 1.0)
    p = np.full(len(y), 0.5)
    plain = trees_beside(source(X, y), predicted(y, p), PLENTY)
    weighted = trees_beside(source(X, y, weights=weights), replace(predicted(y, p), weights=weights), PLENTY)
    assert weighted.other != plain.other


def test_what_is_affordable_grows_with_the_training_and_shrinks_with_columns_and_classes():
    plan = TrainingPlan(hidden_layer_sizes=(128, 128), numerical_embedding="piecewise", n_members=4, batch_size=256)
    usual = affordable_rows(plan, 30, 9_000, 8, 2)
    assert usual > 2 * FEWEST_TRAINED
    assert affordable_rows(plan, 60, 9_000, 8, 2) > usual
    assert affordable_rows(plan, 30, 9_000, 8, 8) < usual
    assert affordable_rows(plan, 1, 9_000, 8, 2) == 0
    assert affordable_rows(plan, 10**6, 9_000, 500, 2) == boosted_trees.MOST_CELLS // 500


def test_nothing_of_the_table_is_changed():
    X, y, p = board()
    before = X.copy()
    trees_beside(source(X, y), predicted(y, p), PLENTY)
    assert_array_equal(X, before)
