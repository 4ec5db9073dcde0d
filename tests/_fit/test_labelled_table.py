"""A labelled table: its parts stay together, and rows remember where they stood."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._fit.labelled_table import LabelledTable

X = np.arange(10.0).reshape(5, 2)
CODES, WEIGHTS = np.array([0, 1, 0, 1, 2]), np.array([1.0, 0.0, 2.0, 0.5, 0.0])


def test_rows_of_weight_zero_are_dropped_and_the_others_keep_their_places():
    kept = LabelledTable(X, CODES, WEIGHTS).drop_zero_weight()
    assert len(kept) == 3
    assert_array_equal(kept.X, X[[0, 2, 3]])
    assert_array_equal(kept.codes, [0, 0, 1])
    assert_array_equal(kept.weights, [1.0, 2.0, 0.5])
    assert_array_equal(kept.places, [0, 2, 3])


def test_a_table_whose_rows_all_count_stays_itself():
    table = LabelledTable(X, CODES, WEIGHTS + 1)
    assert table.drop_zero_weight() is table
    assert table.places is None


def test_places_are_those_in_what_the_user_passed_however_often_rows_are_chosen():
    kept = LabelledTable(X, CODES, WEIGHTS).drop_zero_weight().at(np.array([2, 0]))
    assert_array_equal(kept.places, [3, 0])
    assert_array_equal(kept.X, X[[3, 0]])


@pytest.mark.parametrize("shape", [(5, 2, 1), (5,), (5, 4, 4, 3)])
def test_rows_may_have_any_shape(shape):
    table = LabelledTable(np.zeros(shape), CODES, WEIGHTS)
    assert table.at(np.array([1, 4])).X.shape == (2, *shape[1:])


def test_the_mass_of_a_class_is_the_weight_of_its_rows():
    table = LabelledTable(X, CODES, WEIGHTS)
    assert_array_equal(table.class_mass(4), [3.0, 0.5, 0.0, 0.0])
    assert_array_equal(table.class_mass(3, np.array([2, 3])), [2.0, 0.5, 0.0])
