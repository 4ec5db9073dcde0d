"""Inside scikit-learn's own machinery, and through pickle."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.keras_classifier.examples import IRIS, SPECIES, X, Y, classifier, softmax_on_one_unit, uncompiled


def test_scikit_learn_takes_it_for_a_classifier():
    assert is_classifier(classifier())
    scores = cross_val_score(classifier(epochs=5), X, Y, cv=3, scoring="roc_auc")
    assert scores.min() > 0.85
    by_class = cross_val_score(
        classifier(uncompiled, loss="sparse_categorical_crossentropy", optimizer="adam", epochs=40, batch_size=8),
        IRIS,
        SPECIES,
        cv=3,
    )
    assert by_class.min() > 0.8  # sorted by class: only stratified folds can do that


@pytest.mark.parametrize(
    "outer",
    [
        lambda clf: make_pipeline(StandardScaler(), clf),
        lambda clf: VotingClassifier([("own", clf), ("lr", LogisticRegression())], voting="soft"),
        lambda clf: StackingClassifier([("own", clf)], cv=2),
        lambda clf: CalibratedClassifierCV(clf, cv=2),
        lambda clf: GridSearchCV(clf, {"model__width": [4, 16], "model__rate": [0.003, 0.03]}, cv=2),
    ],
    ids=["pipeline", "voting", "stacking", "calibrated", "grid search"],
)
def test_it_works_inside(outer):
    assert outer(classifier(epochs=5)).fit(X, Y).score(X, Y) > 0.85


def test_it_pickles_small_and_answers_the_same():
    clf = classifier(epochs=3, callbacks=[keras.callbacks.EarlyStopping(patience=50)]).fit(X, Y)
    text = pickle.dumps(clf)
    assert len(text) < 60_000
    again = pickle.loads(text)
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert again.report_.to_dict() == clf.report_.to_dict()


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_a_repaired_network_pickles_as_well():
    clf = classifier(softmax_on_one_unit, epochs=3).fit(X, Y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X))
