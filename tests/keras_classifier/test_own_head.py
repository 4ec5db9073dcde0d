"""Where another head makes a network worse than it was, the user's own version is kept, and the report says so."""

import keras
import numpy as np
import pytest

from robust_mlp.keras_classifier import GuardedKerasClassifier
from tests.keras_classifier.examples import X, Y, classifier, softmax_on_one_unit

L = keras.layers
ROWS = (X - X.mean(axis=0)) / X.std(axis=0)


def codes_of(finding_list):
    return [finding.code for finding in finding_list]


def trained_before(loss="sparse_categorical_crossentropy"):
    """A network with a head that does not fit its loss, trained with one that does."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, "relu"), L.Dense(2, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(ROWS, np.eye(2)[Y], epochs=40, verbose=0)
    model.compile(keras.optimizers.Adam(5e-4), loss)
    return model


def test_a_network_that_was_trained_before_keeps_its_head_where_another_one_forgets():
    model = trained_before()
    clf = GuardedKerasClassifier(model, epochs=1, random_state=0).fit(ROWS, Y)
    (told,) = [finding for finding in clf.report_.advisories if finding.code == "head_kept"]
    assert told.evidence.endswith('with Dense(2, activation="softmax"), on 100 held-out rows')
    assert 'with Dense(2, activation="sigmoid"), ' in told.evidence
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.model_.layers[-1].activation is keras.activations.sigmoid
    assert clf.overridden_ == {}
    assert clf.score(ROWS, Y) > 0.95
    scale = clf.feature_encoder_.scale
    same = GuardedKerasClassifier(model, epochs=1, random_state=0, repair_head=False, scale=scale).fit(ROWS, Y)
    np.testing.assert_allclose(clf.predict_proba(ROWS), same.predict_proba(ROWS), rtol=1e-4, atol=1e-5)


def test_with_the_guard_off_and_without_held_out_rows_nothing_is_compared():
    for settings in ({"collapse_guard": "off"}, {"validation_fraction": None}):
        clf = GuardedKerasClassifier(trained_before(), epochs=1, random_state=0, **settings).fit(ROWS, Y)
        assert "head_kept" not in codes_of(clf.report_.advisories)
        assert clf.model_.layers[-1].activation is keras.activations.softmax


@pytest.mark.parametrize("model", [softmax_on_one_unit, lambda: keras.models.clone_model(trained_before())])
def test_the_other_head_is_kept_where_it_is_better(model):
    def fresh():
        made = model()
        made.compile(keras.optimizers.Adam(0.01), made.loss or "sparse_categorical_crossentropy")
        return made

    clf = classifier(fresh).fit(X, Y)
    assert clf.report_.verdict.value == "REPAIRED"
    assert "head_kept" not in codes_of(clf.report_.advisories)
    assert clf.score(X, Y) > 0.8
