"""Which member left out which row: the stored out-of-member probabilities are found again, or the rows are others."""

import numpy as np
import pandas as pd

from robust_mlp import RobustMLPClassifier
from robust_mlp.explanation._swaps.held_out_rows import NOBODY, members_that_held_out
from tests.explanation.known_answers import mixed_network, numbers_network


def test_each_training_row_has_a_member_that_was_not_trained_on_it():
    clf, X, _ = numbers_network()
    member_of = members_that_held_out(clf, clf._read(X))
    assert (member_of != NOBODY).all()
    for row, member in enumerate(member_of):
        assert row not in clf.sample_indices_[member]


def test_the_member_gives_the_stored_probability():
    clf, frame, _ = mixed_network()
    matrix = clf._read(frame)
    member_of = members_that_held_out(clf, matrix)
    network = clf._fitted.answering_weights.network()
    for member in range(clf.n_members_):
        rows = np.flatnonzero(member_of == member)
        found = network.member_probabilities(clf._fitted.encoding.transform(matrix[rows]), member)
        stored = clf.oof_decision_function_[rows]
        odds, stored_odds = np.log(found[:, 1] / found[:, 0]), np.log(stored[:, 1] / stored[:, 0])
        factors = (stored_odds / odds)[np.abs(odds) > 0.1]  # other rows teach the temperature, by fold
        assert len(np.unique(factors.round(2))) <= 5


def test_other_rows_are_not_taken_for_those_of_the_training():
    clf, X, _ = numbers_network()
    assert members_that_held_out(clf, X + 0.1) is None  # as many rows
    assert members_that_held_out(clf, X[:100]) is None
    assert members_that_held_out(clf, X[::-1]) is None


def test_a_classifier_of_one_member_left_no_row_to_a_member():
    _, X, y = numbers_network()
    clf = RobustMLPClassifier(n_members=1, max_iter=2, hidden_layer_sizes=(4,), random_state=0).fit(X, y)
    assert members_that_held_out(clf, clf._read(X)) is None


def test_rows_that_occur_twice_are_left_out_together():
    rng = np.random.default_rng(0)
    X = np.repeat(rng.standard_normal((90, 2)), 2, axis=0)
    y = np.repeat((X[::2, 0] + 0.5 * rng.standard_normal(90) > 0).astype(int), 2)
    clf = RobustMLPClassifier(n_members=3, max_iter=3, hidden_layer_sizes=(4,), random_state=0).fit(X, y)
    member_of = members_that_held_out(clf, clf._read(X))
    assert (member_of != NOBODY).all()
    assert (member_of[::2] == member_of[1::2]).all()


def test_rows_of_weight_zero_are_nobodys():
    _, X, y = numbers_network()
    weights = np.ones(len(X))
    weights[:20] = 0
    clf = RobustMLPClassifier(n_members=3, max_iter=3, hidden_layer_sizes=(4,), random_state=0)
    clf.fit(pd.DataFrame(X, columns=list("abcd")), y, sample_weight=weights)
    member_of = members_that_held_out(clf, clf._read(pd.DataFrame(X, columns=list("abcd"))))
    assert (member_of[:20] == NOBODY).all()
    assert (member_of[20:] != NOBODY).all()
