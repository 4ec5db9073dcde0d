"""Tables, images, words and labels of every form reach the network as it needs them, and labels come back."""

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.preprocessing import StandardScaler

from robust_mlp.keras_classifier import GuardedKerasClassifier
from tests.keras_classifier.examples import IRIS, SPECIES, X, Y, classifier, create_mlp, uncompiled

L = keras.layers


def test_columns_are_standardized_and_may_have_gaps():
    raw = X * np.logspace(0, 6, 8) + 1e4
    raw[5, 3] = np.nan
    clf = classifier().fit(raw, Y)
    assert clf.score(raw, Y) > 0.85
    assert np.isfinite(clf.predict_proba(raw)).all()


def test_a_network_that_scales_its_inputs_gets_them_raw():
    def with_normalization():
        scale = L.Normalization()
        scale.adapt(1000 * X)
        model = keras.Sequential(
            [keras.Input((8,)), scale, L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")]
        )
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        return model

    clf = classifier(with_normalization).fit(1000 * X, Y)
    np.testing.assert_allclose(clf.feature_encoder_.transform(1000 * X), 1000 * X)
    assert clf.score(1000 * X, Y) > 0.85


def test_another_feature_encoder_can_be_put_in():
    class Own(GuardedKerasClassifier):
        @property
        def feature_encoder(self):
            return StandardScaler(with_std=False)

    clf = Own(create_mlp, epochs=5, random_state=0).fit(X, Y)
    assert isinstance(clf.feature_encoder_, StandardScaler)
    assert clf.score(X, Y) > 0.8


def test_words_as_numbers_stay_whole_numbers():
    words = np.random.default_rng(0).integers(1, 30, size=(400, 6))
    labels = (words > 15).sum(axis=1) > 3

    def embedding():
        model = keras.Sequential(
            [keras.Input((6,), dtype="int32"), L.Embedding(30, 8), L.Flatten(), L.Dense(1, activation="sigmoid")]
        )
        model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
        return model

    assert classifier(embedding).fit(words, labels).score(words, labels) > 0.8


def test_images_and_sequences():
    images = np.repeat(X[:, :, None, None], 8, axis=2) * 50 + 100

    def create_cnn(meta):
        layers = [L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(1, activation="sigmoid")]
        model = keras.Sequential([keras.Input(meta["X_shape_"][1:]), *layers])
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        return model

    assert classifier(create_cnn).fit(images, Y).score(images, Y) > 0.7


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame(X, columns=list("abcdefgh")), scipy.sparse.csr_matrix(X), X.tolist(), X.astype(object)],
    ids=["pandas", "sparse", "lists", "objects"],
)
def test_tables_of_any_type(table):
    clf = classifier(epochs=3).fit(table, Y)
    np.testing.assert_allclose(clf.predict_proba(table), classifier(epochs=3).fit(X, Y).predict_proba(X), rtol=1e-5)
    assert hasattr(clf, "feature_names_in_") == isinstance(table, pd.DataFrame)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["no", "yes"])[Y],
        Y.astype(bool),
        2 * Y - 1,
        Y * 5.0 + 3,
        pd.Series(np.array(["no", "yes"])[Y], dtype="category"),
    ],
    ids=["strings", "bools", "signs", "floats", "category"],
)
def test_labels_of_any_type(labels):
    clf = classifier().fit(X, labels)
    assert clf.score(X, labels) > 0.85
    assert set(np.unique(clf.predict(X))) <= set(np.unique(np.asarray(labels)))


def test_one_hot_labels_come_back_one_hot():
    one_hot = np.eye(3)[SPECIES]
    clf = classifier(uncompiled, loss="categorical_crossentropy", optimizer="adam", epochs=60, batch_size=8).fit(
        IRIS, one_hot
    )
    assert clf.predict(IRIS).shape == (150, 3)
    assert clf.score(IRIS, one_hot) > 0.9


def test_several_labels_per_row():
    several = np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 0]).astype(int)
    clf = classifier(epochs=30).fit(X, several)
    assert clf.predict(X).shape == several.shape and np.mean(clf.predict(X) == several) > 0.9
    assert clf.report_.verdict.value == "UNCHECKED"
