"""Contributions to sparse rows: they sum up, they are those of the dense rows, and equal cells add nothing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

from robust_mlp import RobustMLPClassifier, contributions, explain
from robust_mlp.explanation.contributions._integrated_gradients import integrated_gradients
from robust_mlp.explanation.contributions._network_game import NetworkGame
from robust_mlp.explanation.contributions._sparse_game import SparseGame, is_sparse_game
from tests._data.sparse_tables import words

X, Y = words()
Y3 = np.where(np.arange(len(Y)) % 5 == 0, 2, Y)


@pytest.fixture(scope="module", params=[Y, Y3], ids=["two classes", "three classes"])
def clf(request):
    return RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, request.param)


def log_odds(clf, rows):
    P = clf.predict_proba(rows)
    return np.log(P[:, 1] / P[:, 0]) if P.shape[1] == 2 else np.log(P / (1 - P))


@pytest.mark.parametrize("method", ["auto", "sampled", "gradients"])
def test_values_sum_to_the_log_odds_less_the_base(method, clf):
    found = contributions(clf, X[:3], X[20:40], method=method)
    assert found.values.shape[:2] == (3, X.shape[1])
    assert_allclose(found.base_values + found.values.sum(axis=1), log_odds(clf, X[:3]), atol=1e-6)
    assert_allclose(found.base_values[0], log_odds(clf, X[20:40]).mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("method", ["sampled", "gradients"])
def test_a_column_that_is_the_same_in_all_rows_adds_nothing(method, clf):
    found = contributions(clf, X[:2], X[20:40], method=method)
    stored = np.zeros(X.shape[1], dtype=bool)
    stored[np.unique(np.concatenate([X[:2].tocsr().indices, X[20:40].tocsr().indices]))] = True
    assert stored.sum() < X.shape[1] / 2
    assert not found.values[:, ~stored].any()
    assert found.values[:, stored].any()


def test_gradients_are_those_of_the_dense_rows(clf):
    rows, others = clf._read(X[:2]), clf._read(X[20:24])  # so few that they are read as dense rows
    assert is_sparse_game(clf._fitted)
    values, base = integrated_gradients(SparseGame(clf._fitted, rows, others))
    dense = NetworkGame(clf._fitted, rows, others, is_float64=True)
    expected, expected_base = integrated_gradients(dense)
    assert_allclose(values, expected, atol=1e-7)
    assert_allclose(base, expected_base, atol=1e-9)


def test_many_orders_come_near_the_shapley_values_of_all_orders(clf):
    """Rows that differ in three cells have six orders, which can all be played."""
    other = X[[30]].toarray()
    row = other.copy()
    places = np.flatnonzero(X.tocsc().indptr[1:] - X.tocsc().indptr[:-1] > 20)[:3]
    row[0, places] = 1 - np.sign(row[0, places])
    background = sparse.csr_array(np.concatenate([other, other]))
    found = contributions(clf, sparse.csr_array(row), background, method="sampled", n_coalitions=20_000)
    expected = np.zeros(found.values.shape[1:])
    for order in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]:
        mixed = other.copy()
        before = log_odds(clf, sparse.csr_array(mixed))[0]
        for place in order:
            mixed[0, places[place]] = row[0, places[place]]
            after = log_odds(clf, sparse.csr_array(mixed))[0]
            expected[places[place]] += (after - before) / 6
            before = after
    assert found.n_coalitions > 1000
    assert_allclose(found.values[0], expected, atol=0.02 * np.abs(expected).max())


def test_a_row_that_equals_all_background_rows_has_no_contributions(clf):
    found = contributions(clf, X[[5, 5]], X[[5, 5]], method="sampled")
    assert not found.values.any()


def test_explanations_hold_contributions_of_sparse_rows(clf):
    found = explain(clf, X[:200], np.arange(200) % 2, contributions_of=X[:2], n_repeats=1, random_state=0)
    assert len(found.contributions) == 2
    assert found.contributions.evidence(0).columns
