"""From a classifier to predictors: which rows are whose, for a network, a pipeline and anything else."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from robust_mlp import RobustMLPClassifier
from robust_mlp.explanation._predictors import predictors_of
from robust_mlp.explanation._swaps import network
from robust_mlp.explanation._swaps.network import NetworkPredictor
from robust_mlp.explanation._swaps.table import TablePredictor
from tests._data.sparse_tables import words
from tests.explanation.known_answers import mixed_network, numbers_network


def answers(predictor, n_rows):
    """The probabilities of all rows as they are."""
    found = [None] * n_rows
    for block in predictor.blocks(np.arange(n_rows)):
        for row, probabilities in zip(block.rows, block.probabilities, strict=True):
            found[row] = probabilities
    return np.array(found) if all(one is not None for one in found) else found


def assert_same_up_to_temperature(found, stored):
    """A fit stores each row at the temperature that other rows teach: the order of classes stays.

    Members that were trained on the rows give probabilities that follow the stored ones far less closely.
    """
    np.testing.assert_array_equal(found.argmax(axis=1), stored.argmax(axis=1))
    logs, stored_logs = (np.log(P / P[:, :1])[:, 1:].ravel() for P in (found, stored))
    assert np.corrcoef(logs, stored_logs)[0, 1] > 0.98


def test_training_rows_are_predicted_by_the_members_that_left_them_out():
    clf, frame, _ = mixed_network()
    predictors = predictors_of(clf, frame)
    assert predictors.is_training
    assert_same_up_to_temperature(answers(predictors.honest, len(frame)), clf.oof_decision_function_)
    np.testing.assert_allclose(answers(predictors.whole, len(frame)), clf.predict_proba(frame), atol=1e-5)
    assert isinstance(predictors.whole, NetworkPredictor)


def test_new_rows_are_predicted_by_all_members():
    clf, X, _ = numbers_network()
    predictors = predictors_of(clf, X[:50] * 1.1)
    assert not predictors.is_training
    assert predictors.honest is predictors.whole


def test_the_rows_of_a_pipelines_training_are_left_out_too():
    _, X, y = numbers_network()
    frame = pd.DataFrame(X * 100 + 7, columns=list("abcd"))
    clf = RobustMLPClassifier(n_members=2, max_iter=3, hidden_layer_sizes=(4,), random_state=0)
    pipeline = make_pipeline(StandardScaler(), clf).fit(frame, y)
    predictors = predictors_of(pipeline, frame)
    assert predictors.is_training and isinstance(predictors.honest, TablePredictor)
    assert [view.name for view in predictors.views] == list("abcd")
    assert_same_up_to_temperature(answers(predictors.honest, 160), clf.oof_decision_function_)
    np.testing.assert_allclose(answers(predictors.whole, 160), pipeline.predict_proba(frame), atol=1e-9)


def test_any_classifier_is_asked_for_its_probabilities():
    _, X, y = numbers_network()
    clf = LogisticRegression().fit(X, y)
    predictors = predictors_of(clf, X.tolist())
    assert isinstance(predictors.whole, TablePredictor) and not predictors.is_training
    np.testing.assert_allclose(answers(predictors.whole, 160), clf.predict_proba(X))


def test_a_classifier_without_probabilities_is_refused():
    _, X, y = numbers_network()
    with pytest.raises(TypeError) as error:
        predictors_of(LinearSVC().fit(X, y), X)
    assert str(error.value) == (
        "LinearSVC has no predict_proba, and an explanation is about probabilities. Pass a classifier that has it, for "
        "example CalibratedClassifierCV(your_classifier)."
    )


def test_a_table_has_rows_and_columns():
    _, X, y = numbers_network()
    with pytest.raises(ValueError) as error:
        predictors_of(LogisticRegression().fit(X, y), X[:, 0])
    assert str(error.value) == ("X has 1 dimensions, and a table has 2: rows and columns. Pass X.reshape(-1, 1), say.")


def test_a_large_sparse_table_stays_sparse_and_is_predicted_block_by_block(monkeypatch):
    X, y = words()
    clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    predictors = predictors_of(clf, X[:90])
    assert sparse.issparse(predictors.whole.matrix)
    monkeypatch.setattr(network, "MOST_BYTES_OF_BLOCK", 4 * predictors.whole.encoding.n_outputs * 40)
    sizes = [len(block.rows) for block in predictors.whole.blocks(np.arange(90))]
    assert sizes == [30, 30, 30]
    np.testing.assert_allclose(answers(predictors.whole, 90), clf.predict_proba(X[:90]), atol=1e-6)


def test_sparse_rows_of_the_training_are_predicted_by_the_members_that_left_them_out():
    X, y = words()
    clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    predictors = predictors_of(clf, X)
    assert predictors.is_training
    rows = predictors.honest.rows
    found = answers(predictors.honest, len(y))
    assert_same_up_to_temperature(np.array([found[row] for row in rows]), clf.oof_decision_function_[rows])
