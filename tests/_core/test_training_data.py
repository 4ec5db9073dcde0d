"""The records of a training: who may see which rows, and who is asked between epochs."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._core.training_data import Hooks, Trained, TrainingData

ROWS, CODES, WEIGHTS = np.zeros((6, 2), np.float32), np.arange(6) % 2, np.ones(6, np.float32)
PARTS = [np.arange(2), np.arange(2, 4), np.arange(4, 6)]


def data(**parts):
    where = np.arange(6)
    given = {"train": [np.setdiff1d(where, part) for part in PARTS], "held_out": PARTS}
    return TrainingData(ROWS, CODES, WEIGHTS, 2, eval_rows=(ROWS, CODES, WEIGHTS), **(given | parts))


def test_without_a_correction_nothing_is_added_and_weights_stay():
    assert_array_equal(data().correction, [[0, 0], [1, 1]])


def test_a_given_correction_is_taken():
    given = np.array([[0.5, -0.5], [2.0, 1.0]])
    assert data(loss_correction=given).correction is given


def test_members_that_see_the_same_inputs_form_a_group():
    hidden = np.array([[True, False], [False, False], [True, False]])
    groups = data(hidden_inputs=hidden).input_groups
    assert groups[0] == groups[2] != groups[1]
    assert sorted(set(groups)) == [0, 1]
    assert data().input_groups == ()
    assert data(kinds=(0, 0, 1)).input_groups == (0, 0, 1)


def test_some_members_keep_their_own_rows_and_inputs():
    hidden = np.array([[True, False], [False, False], [False, True]])
    some = data(hidden_inputs=hidden).of_members([2, 0])
    assert_array_equal(some.held_out, [PARTS[2], PARTS[0]])
    assert_array_equal(some.train[0], [0, 1, 2, 3])
    assert_array_equal(some.hidden_inputs, hidden[[2, 0]])


@pytest.mark.parametrize(
    "held_out, expected", [(PARTS, True), ([], False), ([PARTS[0], np.arange(0), PARTS[2]], False)]
)
def test_rows_are_held_out_only_if_every_member_has_some(held_out, expected):
    assert data(held_out=held_out).has_held_out is expected


@pytest.mark.parametrize("name, expected", [("on_epoch", True), ("score", True), ("keras", True), ("on_begin", False)])
def test_python_is_entered_after_each_epoch_only_for_those_who_ask(name, expected):
    assert Hooks(**{name: lambda *_: None}).want_every_epoch is expected
    assert not Hooks().want_every_epoch


def test_what_is_left_of_a_training_can_be_stored():
    again = pickle.loads(pickle.dumps(Trained(weights=[1.0], n_steps=3, inverse_temperature=0.5)))
    assert (again.weights, again.n_steps, again.inverse_temperature, again.slots) == ([1.0], 3, 0.5, None)
