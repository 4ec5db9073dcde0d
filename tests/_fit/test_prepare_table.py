"""What a fit's table is split for, before any training."""

import numpy as np

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._data.tables import read_table
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.prepare_table import prepare_table


def prepared(clf, X, y, **settings):
    """(TrainingTable, TrainingPlan)."""
    matrix, reader = read_table(clf, X, categorical_features="from_dtype", reset=True)
    table = LabelledTable(matrix, y, np.ones(len(y)))
    return prepare_table(clf, table, reader, np.unique(y), spawn_seeds(0), **settings)


def test_equal_rows_become_one_that_carries_their_weight():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(60, 2))] * 2)
    X = np.vstack([X, rng.normal(size=(100, 2))])
    y = np.concatenate([np.arange(60) % 2] * 2 + [np.arange(100) % 2])
    table, _ = prepared(RobustMLPClassifier(), X, y)
    assert table.table.weights.sum() == len(X) and np.bincount(table.table.weights.astype(int)).tolist() == [
        60,
        100,
        60,
    ]


def test_the_split_is_for_the_members_of_the_plan_and_a_budget_pays_for_more():
    X, y = np.random.default_rng(0).normal(size=(2500, 2)), np.arange(2500) % 2
    for deadline, n_members in ((Deadline(None), 8), (Deadline(1e6, lambda: 0.0), 24)):
        table, plan = prepared(RobustMLPClassifier(), X, y, deadline=deadline)
        assert plan.n_members == len(table.train) == len(table.held_out) == n_members
        np.testing.assert_array_equal(np.sort(np.concatenate(table.held_out)), np.arange(2500))


def test_a_fit_under_a_budget_has_these_members(monkeypatch):
    X, y = np.random.default_rng(0).normal(size=(2500, 2)), np.arange(2500) % 2
    monkeypatch.setattr("robust_mlp._fit.time_budget.MOST_MEMBERS_IN_TIME", 9)
    clf = RobustMLPClassifier(max_time=60, max_iter=2, hidden_layer_sizes=4, collapse_guard="off", random_state=0)
    assert clf.fit(X, y).n_members_ == 9
    assert clf.set_params(max_time=None).fit(X, y).n_members_ == 8
