"""The table of a fit on its way to the network: who may see which row, and what each row weighs."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._data.tables import read_table
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.prepare_table import prepare_table
from robust_mlp._fit.training_table import hidden_inputs
from tests.tiny_fits import clouds, tiny


def prepared(X, y, weights=None, validation=None, earlier=None, **parameters):
    """(TrainingTable, TrainingPlan) of a classifier's parameters."""
    clf = tiny(**({"early_stopping": "auto", "n_members": "auto"} | parameters))
    matrix, reader = read_table(clf, X, categorical_features=None, reset=True)
    table = LabelledTable(matrix, y.astype(np.int32), np.ones(len(y)) if weights is None else weights)
    if validation is not None:
        validation = LabelledTable(*validation, np.ones(len(validation[1])))
    return prepare_table(clf, table, reader, np.unique(y), spawn_seeds(0), validation=validation, earlier=earlier)


def test_each_row_is_left_out_by_one_member_and_no_member_is_trained_on_what_it_left_out():
    table, plan = prepared(*clouds(240), n_members=4)
    assert plan.n_members == 4 and plan.early_stopping
    for train, held_out in zip(table.train, table.held_out, strict=True):
        assert np.intersect1d(train, held_out).size == 0
    assert_array_equal(np.sort(np.concatenate(table.held_out)), np.arange(240))


def test_equal_rows_are_never_on_both_sides():
    X, y = clouds(120)
    table, _ = prepared(np.repeat(X, 3, axis=0), np.repeat(y, 3), n_members=3)
    rows = table.table.X
    for train, held_out in zip(table.train, table.held_out, strict=True):
        assert not {row.tobytes() for row in rows[train]} & {row.tobytes() for row in rows[held_out]}


def test_the_plan_has_the_members_that_the_rows_allow():
    X, y = clouds(9)
    table, plan = prepared(X, y, n_members=12)
    assert plan.n_members == len(table.train) <= 9
    alone, plan = prepared(X[:3], y[:3], n_members=12)
    assert plan.n_members == len(alone.train) == 1
    assert not plan.early_stopping and alone.held_out == []


def test_the_users_own_rows_judge_all_members_and_none_is_given_up():
    X, y = clouds(60)
    table, plan = prepared(X, y, n_members=2, validation=(X[:5] + 0.1, y[:5].astype(np.int32)))
    assert plan.early_stopping
    assert [len(rows) for rows in table.train] == [60, 60]
    assert [rows.tolist() for rows in table.held_out] == [[0, 1, 2, 3, 4]] * 2
    assert table.eval_rows is table.validation
    data, _ = table.training_data(plan)
    assert data.shares_held_out
    assert len(data.eval_rows[1]) == 5


def test_weights_in_the_loss_have_mean_one_over_the_rows_that_members_are_trained_on():
    X, y = clouds(120)
    weights = np.linspace(0.5, 5, 120)
    table, plan = prepared(X, y, weights, n_members=3, class_weight="balanced")
    data, _ = table.training_data(plan)
    assert np.mean([data.weights[rows].mean() for rows in data.train]) == pytest.approx(1, rel=1e-6)
    shares = table.class_shares(plan)
    assert_allclose(shares.loss_prior, np.full(3, 1 / 3))
    assert not np.allclose(shares.prior, shares.loss_prior)


def test_a_plan_that_dropped_the_class_weights_sees_the_shares_of_the_data():
    X, y = clouds(120)
    table, plan = prepared(X, y, np.linspace(0.5, 5, 120), class_weight="balanced")
    dropped = table.class_shares(replace(plan, use_class_weight=False))
    assert_allclose(dropped.loss_prior, dropped.prior)


def test_plans_that_scale_alike_share_the_encoded_rows():
    table, plan = prepared(*clouds(60))
    data, encoding = table.training_data(plan)
    assert table.training_data(replace(plan, learning_rate=1.0)) == (data, encoding)
    assert table.training_data(replace(plan, scale="robust"))[0] is not data


def test_values_of_held_out_rows_reach_all_rows_that_are_the_same():
    X, y = clouds(30)
    table, _ = prepared(np.repeat(X, 2, axis=0), np.repeat(y, 2), n_members=3)
    where = np.concatenate(table.held_out)
    spread = table.for_each_row(where, table.table.X[where][:, :1], 60)
    assert_array_equal(spread[:, 0], np.repeat(X, 2, axis=0)[:, 0].astype(spread.dtype))


def test_a_third_of_the_members_see_numbers_whole():
    table, plan = prepared(*clouds(600), n_members=6, numerical_embedding="mixed")
    _, encoding = table.training_data(plan)
    hidden = hidden_inputs(encoding, plan)
    assert hidden.any(axis=1).tolist() == [False, True, False, False, True, False]
    assert_array_equal(hidden[1], encoding.is_piece)
    assert hidden_inputs(encoding, replace(plan, numerical_embedding=None)) is None
    assert hidden_inputs(encoding, replace(plan, n_members=1)) is None


def test_a_third_of_the_members_see_numbers_in_detail():
    rng = np.random.default_rng(0)
    x = rng.random(6000)
    y = (rng.random(6000) < 1 / (1 + np.exp(-rng.normal(0, 3, 60)[(x * 60).astype(int)]))).astype(int)
    table, plan = prepared(np.column_stack([x, rng.normal(size=6000)]), y, n_members=6, numerical_embedding="mixed")
    _, encoding = table.training_data(plan)
    hidden = hidden_inputs(encoding, plan)
    assert encoding.is_detail.any() and not hidden[[0, 3]].any()
    assert_array_equal(hidden[[1, 4]], [encoding.is_piece] * 2)
    assert_array_equal(hidden[[2, 5]], [encoding.is_detail] * 2)
    assert hidden_inputs(encoding, replace(plan, numerical_embedding="piecewise_linear")) is None
