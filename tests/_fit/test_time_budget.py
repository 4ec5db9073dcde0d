"""What a time budget leaves of a table, and when there is time for extra members."""

import numpy as np
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.deadline import NO_DEADLINE, Deadline
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._data.tables import read_table
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.time_budget import (
    EXTRA_MEMBERS,
    FEWEST_OF_CLASS,
    FEWEST_ROWS,
    LARGEST_SHARE_OF_ESTIMATE,
    MOST_MEMBERS_IN_TIME,
    SHARE_FOR_MEMBERS,
    cost_of,
    drawn_by_class,
    may_train_extras,
    members_in_time,
    within_budget,
)
from tests._network.trainings import data_of


def still():
    """A clock that stands still."""
    return 0.0


def table_of(n_rows=3000, n_columns=4, n_classes=2):
    """(classifier, LabelledTable, TableReader)."""
    rng = np.random.default_rng(0)
    clf, X = RobustMLPClassifier(), rng.normal(size=(n_rows, n_columns))
    matrix, reader = read_table(clf, X, categorical_features="from_dtype", reset=True)
    return clf, LabelledTable(matrix, rng.integers(0, n_classes, n_rows), np.ones(n_rows)), reader


def test_without_a_budget_and_with_time_enough_every_row_is_used():
    clf, table, reader = table_of()
    for deadline in (NO_DEADLINE, Deadline(60.0, still)):
        assert within_budget(clf, table, reader, deadline, 2, 0) is table
        assert deadline.left_out == ()


def test_a_budget_too_small_for_all_rows_gets_as_many_as_fit_and_notes_the_others():
    clf, table, reader = table_of(20_000, n_columns=100)
    cost = cost_of(clf, table, reader, 2)
    deadline = Deadline(20_000 * cost.seconds_per_row, still)  # half of it may go into the rows
    found = within_budget(clf, table, reader, deadline, 2, 0)
    assert 9_999 <= len(found) <= 10_002
    np.testing.assert_array_equal(found.X, table.X[found.places])
    assert deadline.left_out == (f"{20_000 - len(found):,} of 20,000 rows",)


def test_next_to_no_time_leaves_some_rows_of_every_class():
    clf, table, reader = table_of(20_000, 300, n_classes=400)
    found = within_budget(clf, table, reader, Deadline(1e-3, still), 400, 0)
    assert FEWEST_ROWS < len(found) < 5000
    assert np.bincount(found.codes, minlength=400).min() >= FEWEST_OF_CLASS


def test_rows_are_drawn_in_the_shares_of_the_classes_ascending_and_by_the_seed():
    codes = np.repeat([0, 1, 2], [9000, 990, 10])
    rows = drawn_by_class(codes, 1000, 0)
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(np.bincount(codes[rows]), [900, 99, FEWEST_OF_CLASS])
    np.testing.assert_array_equal(rows, drawn_by_class(codes, 1000, 0))
    assert not np.array_equal(rows, drawn_by_class(codes, 1000, 1))


def test_a_class_of_fewer_rows_keeps_them_all():
    codes = np.repeat([0, 1], [998, 2])
    assert np.bincount(codes[drawn_by_class(codes, 100, 0)]).tolist() == [100, 2]


@pytest.mark.parametrize("seconds, is_time", [(None, True), (600.0, True), (0.5, False)])
def test_extra_members_need_time_for_more_than_the_others(seconds, is_time):
    deadline = Deadline(seconds, still)
    assert may_train_extras(TrainingPlan(), data_of(), deadline) is is_time
    assert deadline.left_out == (() if is_time else (EXTRA_MEMBERS,))


def members(seconds, n_rows=20_000, **parameters):
    """Members of a classifier of so many rows under a budget."""
    clf, table, reader = table_of(n_rows)
    clf.set_params(**parameters)
    return members_in_time(clf, 6, n_rows, lambda: cost_of(clf, table, reader, 2), Deadline(seconds, still))


def test_a_budget_pays_for_more_members_and_never_for_fewer():
    found = [members(seconds) for seconds in (None, 1.0, 10.0, 20.0, 30.0, 600.0)]
    assert found[:2] == [6, 6] and found[-1] == MOST_MEMBERS_IN_TIME
    assert found == sorted(found) and len(set(found)) > 2


def test_the_members_that_a_budget_pays_for_take_their_share_of_it():
    clf, table, reader = table_of(20_000)
    cost = cost_of(clf, table, reader, 2)
    n = members(20.0)
    whole = LARGEST_SHARE_OF_ESTIMATE * cost.plan.max_iter * cost.seconds_of_epoch(20_000) * n / cost.plan.n_members
    assert 6 < n < MOST_MEMBERS_IN_TIME and whole < SHARE_FOR_MEMBERS * 20.0


def test_typed_members_and_those_of_few_rows_stay():
    assert members(600.0, n_members=6) == 6
    clf, table, reader = table_of()
    cost = lambda: cost_of(clf, table, reader, 2)  # noqa: E731
    assert members_in_time(clf, 12, 3000, cost, Deadline(600.0, still)) == 12
