"""Each faulty table has its fault in the measure that was asked for, and no other."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from robust_mlp import datasets
from tests.datasets.scores import accuracy


@pytest.mark.parametrize("n_classes", [2, 5])
def test_noisy_labels_are_wrong_as_often_as_asked_for(n_classes):
    clean = datasets.make_noisy_labels(500, n_classes=n_classes, noise=0, random_state=0)
    noisy = datasets.make_noisy_labels(500, n_classes=n_classes, noise=0.3, random_state=0)
    assert np.array_equal(clean[0], noisy[0])
    assert (clean[1] != noisy[1]).sum() == 150


def test_duplicates_occur_as_often_as_asked_for_and_contradict_each_other():
    X, y = datasets.make_conflicting_duplicates(400, n_copies=4, conflict=0.25, random_state=0)
    _, group, counts = np.unique(X, axis=0, return_inverse=True, return_counts=True)
    positives = np.bincount(group.ravel(), weights=y)
    assert counts.tolist() == [4] * 100
    assert np.mean((positives > 0) & (positives < 4)) > 0.5


def test_decades_are_the_spread_of_the_columns():
    X, y = datasets.make_many_decades(500, 13, decades=(-6, 6), random_state=0)
    assert 1e11 < X.std(axis=0).max() / X.std(axis=0).min() < 1e14
    assert accuracy(LogisticRegression(), StandardScaler().fit_transform(X), y) > 0.95


def test_imbalance_is_the_ratio_that_was_asked_for_and_never_less_than_two_rows():
    assert datasets.make_imbalanced(10_010, ratio=1000, random_state=0)[1].sum() == 10
    assert datasets.make_imbalanced(100, ratio=1000, random_state=0)[1].sum() == 2


def test_identifier_columns_name_each_row_and_say_nothing():
    X, y = datasets.make_identifier_columns(400, 6, n_identifiers=2, random_state=0)
    assert [np.unique(X[:, j]).size for j in (6, 7)] == [400, 400]
    assert accuracy(DecisionTreeClassifier(max_depth=3, random_state=0), X[:, 6:], y) < 0.65
    assert accuracy(DecisionTreeClassifier(max_depth=3, random_state=0), X, y) > 0.9


def test_the_tail_of_sorted_rows_is_one_class():
    _, y = datasets.make_sorted(1000, n_classes=5, random_state=0)
    assert np.array_equal(y, np.sort(y))
    assert set(y[-200:]) == {4}


def test_misaligned_labels_have_left_their_rows():
    X, y = datasets.make_misaligned(1000, random_state=0)
    assert accuracy(RandomForestClassifier(30, random_state=0), X, y) < 0.57
