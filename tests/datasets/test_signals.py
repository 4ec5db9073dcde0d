"""Each signal is as strong as was asked for, and seen only by who can see it."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from robust_mlp import datasets
from tests.datasets.scores import accuracy


def test_xor_is_invisible_to_a_line_and_plain_to_a_forest():
    X, y = datasets.make_xor(600, random_state=0)
    assert abs(accuracy(LogisticRegression(), X, y) - 0.5) < 0.1
    assert accuracy(RandomForestClassifier(30, random_state=0), X, y) > 0.95


def test_parity_needs_every_one_of_its_bits():
    X, y = datasets.make_parity(4000, 6, n_bits=3, random_state=0)
    assert accuracy(DecisionTreeClassifier(random_state=0), X[:, :3], y) == 1.0
    assert abs(accuracy(DecisionTreeClassifier(random_state=0), X[:, :2], y) - 0.5) < 0.05


@pytest.mark.parametrize("auc", [0.5, 0.56, 0.75, 0.95])
def test_weak_signal_has_the_auc_that_was_asked_for(auc):
    X, y = datasets.make_weak_signal(20_000, auc=auc, n_informative=4, random_state=0)
    # The standard error of an AUC of .5 over 10,000 + 10,000 rows is .0041.
    assert abs(roc_auc_score(y, X[:, :4].sum(axis=1)) - auc) < 0.0125


def test_weak_signal_has_the_positive_share_that_was_asked_for():
    assert datasets.make_weak_signal(1000, positive_share=0.116, random_state=0)[1].sum() == 116


def test_pure_noise_has_the_shares_and_nothing_else():
    X, y = datasets.make_pure_noise(2000, shares=(0.7, 0.2, 0.1), random_state=0)
    assert np.bincount(y).tolist() == [1400, 400, 200]
    assert accuracy(LogisticRegression(), X, y) < 0.72


def test_rings_lie_at_their_radii():
    X, y = datasets.make_rings(300, noise=0, radius=0.4, scale=100, random_state=0)
    assert np.allclose(np.linalg.norm(X, axis=1), np.where(y == 1, 40, 100))


def test_clusters_with_many_classes_keep_every_class():
    X, y = datasets.make_clusters(2000, n_classes=200, random_state=0)
    assert np.bincount(y).tolist() == [10] * 200
    assert X.shape == (2000, 20)


def test_centres_stand_at_right_angles_where_there_is_room():
    X, y = datasets.make_clusters(30_000, 6, n_classes=3, n_informative=6, separation=4.0, random_state=0)
    centres = np.array([X[y == label].mean(axis=0) for label in range(3)])
    assert np.allclose(centres @ centres.T, 16 * np.eye(3), atol=0.3)
