"""From a classifier to predictors: which rows are whose, for a network, a pipeline and anything else."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from robust_mlp import RobustMLPClassifier
from robust_mlp.explanation import _predictors
from robust_mlp.explanation._predictors import predictors_of
from robust_mlp.explanation._swaps.network import NetworkPredictor
from robust_mlp.explanation._swaps.table import TablePredictor
from tests.explanation.known_answers import mixed_network, numbers_network


def answers(predictor, n_rows):
    """The probabilities of all rows as they are."""
    found = [None] * n_rows
    for block in predictor.blocks(np.arange(n_rows)):
        for row, probabilities in zip(block.rows, block.probabilities, strict=True):
            found[row] = probabilities
    return np.array(found)


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


def test_a_sparse_table_is_made_dense_if_it_is_small(monkeypatch):
    X = sparse.csr_array(np.eye(4))
    assert_array_equal(_predictors._dense(X), np.eye(4))
    monkeypatch.setattr(_predictors, "MOST_BYTES", 3 * 4 * 8)
    with pytest.raises(ValueError, match=r"Pass at most 3 of its rows, and in columns=\[\.\.\.\]"):
        _predictors._dense(X)
