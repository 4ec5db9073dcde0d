"""`partial_fit` of a user's network holds out a few rows, and warns where one class is predicted."""

import pickle
import warnings

import keras
import numpy as np
import pytest

from robust_mlp import OneClassWarning
from robust_mlp.keras_classifier import partial_fit
from tests.keras_classifier.examples import X, Y, classifier, still

L = keras.layers


def of_images():
    model = keras.Sequential([keras.Input((4, 2)), L.Flatten(), L.Dense(16, "relu"), L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def parts(n_parts=8):
    return zip(np.array_split(X, n_parts), np.array_split(Y, n_parts), strict=True)


def streamed(clf, n_passes=6):
    """The classifier after some passes over the table in parts; warnings are collected."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(n_passes):
            for rows, labels in parts():
                clf.partial_fit(rows, labels, classes=[0, 1])
    return clf, caught


def test_a_network_that_learns_is_healthy_by_rows_that_it_never_saw():
    clf, caught = streamed(classifier())
    assert clf.report_.verdict.value == "HEALTHY"
    assert "rows held out of the stream" in clf.report_.headline
    assert clf.score(X, Y) > 0.85
    kept = clf._stream.reservoir.table
    assert 20 <= len(kept) <= 60 and clf.report_.comparison.n_rows == len(kept)
    assert not [w for w in caught[-8:] if issubclass(w.category, OneClassWarning)]


def test_rows_that_are_held_out_stay_out_in_later_passes(monkeypatch):
    trained_on, train = [], partial_fit.train_one_epoch

    def noting(clf, table, seeds):
        trained_on.append(table.X.copy())
        train(clf, table, seeds)

    monkeypatch.setattr(partial_fit, "train_one_epoch", noting)
    clf, _ = streamed(classifier(), n_passes=2)
    kept = clf._stream.reservoir.table.X.astype(X.dtype)
    seen = {row.tobytes() for rows in trained_on for row in rows}
    assert len(kept) and not any(row.tobytes() in seen for row in kept)
    assert trained_on[0].dtype == X.dtype and trained_on[0].shape[1:] == X.shape[1:]


def test_a_network_that_gives_one_class_warns():
    def one_sided():
        model = still()
        model.layers[-1].bias.assign([-9.0])
        return model

    with pytest.warns(
        OneClassWarning, match=r"predict gives all \d+ (held-out rows|rows that are at hand) to class '0'"
    ):
        classifier(one_sided).partial_fit(X, Y)


def test_with_the_guard_off_all_rows_are_trained_on():
    clf = classifier(collapse_guard="off").partial_fit(X[:300], Y[:300])
    assert "_stream" not in vars(clf)
    assert clf.report_.headline.startswith("The guard is off")


def test_images_and_pickles_go_on():
    images = X.reshape(-1, 4, 2)
    clf = classifier(of_images)
    for _ in range(5):
        clf.partial_fit(images, Y)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_allclose(
        again.partial_fit(images, Y).predict_proba(images), clf.partial_fit(images, Y).predict_proba(images), rtol=1e-5
    )
    assert again.report_.comparison.n_rows == len(clf._stream.reservoir.table)


def test_a_fit_begins_a_new_stream():
    clf = classifier(epochs=3).partial_fit(X, Y)
    assert clf._stream is not None
    clf.fit(X, Y)
    assert "_stream" not in vars(clf)
    assert clf.partial_fit(X, Y)._stream.reservoir.has_trained.all()
