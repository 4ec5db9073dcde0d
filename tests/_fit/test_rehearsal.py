"""Rehearsal: rows of classes that a call lacks, with the weight of their share."""

import numpy as np
from numpy.testing import assert_array_equal

from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.rehearsal import MOST_ROWS_OF_CLASS, Rehearsal


def rows_of(codes, start=0):
    """Rows that hold their own number."""
    codes = np.asarray(codes)
    return LabelledTable(start + np.arange(len(codes), dtype=float)[:, np.newaxis], codes, np.ones(len(codes)))


def test_nothing_is_added_before_the_first_call():
    table = rows_of([0, 0])
    assert Rehearsal().joined_to(table, np.array([2.0, 0.0])) is table


def test_a_class_that_does_not_come_weighs_as_one_that_does():
    rehearsal = Rehearsal().after(rows_of([0] * 100), 3)
    joined = rehearsal.joined_to(rows_of([1] * 40, start=1000), np.array([100.0, 40.0, 0.0]))
    assert joined.weights[joined.codes == 0].sum() == 40
    assert joined.weights[joined.codes == 1].sum() == 40
    assert_array_equal(joined.X[joined.codes == 0, 0], np.arange(100 - MOST_ROWS_OF_CLASS, 100))


def test_a_rare_class_keeps_its_share():
    rehearsal = Rehearsal().after(rows_of([0] * 90 + [1] * 10), 2)
    joined = rehearsal.joined_to(rows_of([0] * 30, start=1000), np.array([180.0, 20.0]))
    assert np.isclose(joined.weights[joined.codes == 1].sum(), 30 * 20 / 180)


def test_a_call_with_all_classes_stays_as_it_is():
    rehearsal = Rehearsal().after(rows_of([0, 1]), 2)
    table = rows_of([1, 0], start=5)
    assert rehearsal.joined_to(table, np.array([2.0, 2.0])) is table


def test_the_last_rows_stay():
    rehearsal = Rehearsal()
    for i in range(50):
        rehearsal = rehearsal.after(rows_of([0, 1, 1], start=10 * i), 2)
    kept = rehearsal.table
    assert np.bincount(kept.codes).tolist() == [MOST_ROWS_OF_CLASS] * 2
    assert kept.X[kept.codes == 0, 0].tolist() == [10.0 * i for i in range(50 - MOST_ROWS_OF_CLASS, 50)]
