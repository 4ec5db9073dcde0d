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
    cost_of,
    drawn_by_class,
    may_train_extras,
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
