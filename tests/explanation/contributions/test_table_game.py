"""The game of any classifier: scores of mixed tables, probabilities of 0, and no warnings about mixed rows."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from robust_mlp.explanation.contributions._table_game import LEAST_PROBABILITY, TableGame

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


class Warns(LogisticRegression):
    """A classifier that warns whenever it predicts."""

    def predict_proba(self, X):
        """Probabilities, with a warning."""
        warnings.warn("said once", UserWarning, stacklevel=2)
        return super().predict_proba(X)


class Broken(LogisticRegression):
    """A classifier that predicts NaN."""

    def predict_proba(self, X):
        """No probabilities."""
        return np.full((len(X), 2), np.nan)


def test_mixed_rows_score_as_the_classifier_scores_them():
    clf = LogisticRegression().fit(X, Y)
    game = TableGame(clf, X[:4], X[10:15], 2)
    masks = np.array([[True, False, True], [False, False, True]])
    found = game.scores(slice(1, 3), game.prepare(masks, np.array([4, 0])))
    for i, row in enumerate((1, 2)):
        for e, other in enumerate((14, 10)):
            mixed = np.where(masks[e], X[row], X[other])
            assert_allclose(found[i, e, 0], clf.decision_function([mixed])[0])
    assert_allclose(game.scores_of_rows()[:, 0], clf.decision_function(X[:4]))
    assert_allclose(game.scores_of_background()[:, 0], clf.decision_function(X[10:15]))
    assert_allclose(game.of_background().scores_of_rows(), game.scores_of_background())


def test_probabilities_of_zero_have_finite_log_odds():
    clf = DecisionTreeClassifier().fit(X, Y)
    scores = TableGame(clf, X[:4], X[10:15], 2).scores_of_rows()
    assert_allclose(np.abs(scores), -np.log(LEAST_PROBABILITY))


def test_warnings_are_shown_for_whole_rows_only():
    game = TableGame(Warns().fit(X, Y), X[:4], X[10:15], 2)
    with pytest.warns(UserWarning, match="said once"):
        game.scores_of_rows()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        game.scores(slice(0, 4), game.prepare(np.eye(3, dtype=bool), np.arange(3)))


def test_nan_is_no_probability():
    with pytest.raises(ValueError, match=r"Broken.predict_proba gave NaN or infinity, which has no log-odds"):
        TableGame(Broken().fit(X, Y), X[:4], X[10:15], 2).scores_of_rows()


@pytest.mark.parametrize("most_cells", [1, 2**20])
def test_rows_and_pairs_are_predicted_in_tiles(monkeypatch, most_cells):
    monkeypatch.setattr("robust_mlp.explanation.contributions._table_game.MOST_CELLS", most_cells)
    clf = LogisticRegression().fit(X, Y)
    game = TableGame(clf, X[:4], X[10:15], 2)
    masks = np.array([[True, False, True], [False, False, True]])
    found = game.scores(slice(0, 4), game.prepare(masks, np.array([4, 0])))
    assert_allclose(found[3, 1, 0], clf.decision_function([np.where(masks[1], X[3], X[10])])[0])
    (pairs,) = game.scores_of_pairs([(masks, np.array([0, 2, 4]), np.array([1, 3, 0]))])
    assert pairs.shape == (3, 2, 1)
    assert_allclose(pairs[2, 0, 0], clf.decision_function([np.where(masks[0], X[14], X[10])])[0])
    assert game.features_of_rows().shape == (4, 0)
