"""NetworkPredictor: blocks of rows, donors from rows of the table, and missing columns."""

import warnings

import numpy as np
import pytest

from robust_mlp import RobustMLPClassifier, explain
from robust_mlp.explanation._swaps import network as network_module
from robust_mlp.explanation._swaps.network import NetworkPredictor, Part, pieces
from tests.explanation.known_answers import mixed_network, numbers_network, whole_predictor


def test_changed_rows_have_the_probabilities_that_predict_proba_gives_to_such_a_table():
    clf, frame, _ = mixed_network()
    predictor = whole_predictor(clf, frame)
    rows = np.random.default_rng(0).permutation(len(frame))[:50]
    block = next(predictor.blocks(rows))
    donors = predictor.donors([np.array([3, 8]), np.array([5]), np.array([1, 2]), np.array([], dtype=int)])
    changed = frame.iloc[rows].copy()
    changed["age"] = frame["age"].iloc[8]
    changed["day"] = frame["day"].iloc[2]
    second = np.ones(50, dtype=int)
    found = block.changed([[0], [2]], donors, [(second, second)])[0]
    np.testing.assert_allclose(found, clf.predict_proba(changed), atol=1e-5)


def test_columns_of_a_group_take_the_values_of_one_row_together():
    clf, X, _ = numbers_network()
    block = next(whole_predictor(clf, X).blocks(np.arange(len(X))))
    order = np.arange(len(X))[::-1]
    changed = X.copy()
    changed[:, [1, 2]] = X[order][:, [1, 2]]
    found = block.changed([[1, 2]], None, [(order,)])[0]
    np.testing.assert_allclose(found, clf.predict_proba(changed), atol=1e-5)


@pytest.mark.parametrize("column, name", list(enumerate(["age", "city", "day", "income"])))
def test_a_missing_column_is_what_predict_proba_takes_for_missing(column, name):
    clf, frame, _ = mixed_network()
    few = frame.iloc[:15].copy()  # so few that no drift is warned of
    block = next(whole_predictor(clf, few).blocks(np.arange(15)))
    few[name] = few[name].where(np.zeros(15, dtype=bool))
    np.testing.assert_allclose(block.without(column), clf.predict_proba(few), atol=1e-5)


def test_blocks_cover_all_rows_once_and_each_part_answers_for_its_own(monkeypatch):
    clf, X, _ = numbers_network()
    monkeypatch.setattr(network_module, "BLOCK_ROWS", 16)
    fitted = clf._fitted
    networks = [fitted.answering_weights.of_members([member]).network() for member in (0, 1)]
    parts = [Part(np.arange(0, 80), [networks[0]]), Part(np.arange(80, 150), [networks[1]])]
    predictor = NetworkPredictor(X, fitted.encoding, parts)
    order = np.random.default_rng(0).permutation(len(X))
    blocks = list(predictor.blocks(order))
    assert sorted(np.concatenate([block.rows for block in blocks]).tolist()) == list(range(150))
    assert max(len(block.rows) for block in blocks) <= 16
    for block in blocks:
        network = networks[0] if block.rows[0] < 80 else networks[1]
        np.testing.assert_allclose(
            block.probabilities, network.probabilities(fitted.encoding.transform(X[block.rows])), atol=1e-5
        )
    assert predictor.rows.tolist() == list(range(150))


def test_the_first_rows_of_a_block_are_a_block():
    clf, X, _ = numbers_network()
    block = next(whole_predictor(clf, X).blocks(np.arange(30)))
    few = block.first(10)
    assert few.rows.tolist() == list(range(10))
    np.testing.assert_allclose(few.probabilities, block.probabilities[:10], atol=1e-6)
    assert block.first(30) is block


def test_rows_are_cut_into_nearly_equal_pieces():
    assert [len(piece) for piece in pieces(np.arange(10), 4)] == [4, 3, 3]
    assert pieces(np.arange(0), 4) == []


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_unscaled_table_that_overflows_warns_of_nothing():
    X = np.random.default_rng(0).normal(size=(40, 2)) * 1e300
    y = (X[:, 0] > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        clf = RobustMLPClassifier((4,), n_members=1, max_iter=2, max_restarts=0, scale=None, random_state=0).fit(X, y)
        explain(clf, X, y)
    codes = [advisory.code for advisory in clf.report_.advisories]
    assert "scores_are_nan" not in codes  # nobody passed a scorer
