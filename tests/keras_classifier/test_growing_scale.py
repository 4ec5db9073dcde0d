"""The scale of a stream under a user's own network: it follows, the network answers as before, units are noticed."""

import warnings

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import StandardScaler

from robust_mlp import DriftWarning, GuardedKerasClassifier
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.scale_following import ScaleFollowing
from robust_mlp.keras_classifier import partial_fit
from robust_mlp.keras_classifier.growing_scale import follow
from tests.keras_classifier.examples import X, Y

L = keras.layers


def dense(optimizer=None):
    model = keras.Sequential([keras.Input((8,)), L.Dense(32, activation="relu"), L.Dense(2, activation="softmax")])
    model.compile(optimizer or keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


def with_a_path_around():
    given = keras.Input((8,))
    hidden = L.Dense(32, activation="relu")(given)
    model = keras.Model(given, L.Dense(2, activation="softmax")(L.Concatenate()([given, hidden])))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


def functional():
    given = keras.Input((8,))
    model = keras.Model(given, L.Dense(2, activation="softmax")(L.Dense(32, activation="relu")(given)))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


def without_bias():
    model = keras.Sequential(
        [keras.Input((8,)), L.Dense(32, activation="relu", use_bias=False), L.Dense(2, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


def classifier(make=dense, **settings):
    return GuardedKerasClassifier(make, random_state=0, **({"batch_size": 32} | settings))


def part_of(rows):
    return LabelledTable(X[rows], Y[rows], np.ones(len(rows)))


@pytest.mark.parametrize("make", [dense, functional])
def test_the_scale_follows_and_answers_stay(make):
    clf = classifier(make, collapse_guard="off")
    clf.partial_fit(X[:100], Y[:100], classes=[0, 1])
    clf.partial_fit(X[100:200], Y[100:200])
    before, scaler = clf.predict_proba(X), clf.feature_encoder_
    other = np.arange(200, 400)
    table = part_of(other)
    table.X[:] = 3 * table.X + 2
    table.codes[:] = clf.predict(table.X)  # the rule is that of the rows before, on a wider range
    follow(clf, table)
    clf._keras_model.set_weights(clf._trained.weights)
    expected = StandardScaler().fit(np.vstack([X[:200], table.X]))
    assert_allclose(clf.feature_encoder_.center_, expected.mean_, rtol=1e-5, atol=1e-6)
    assert_allclose(clf.feature_encoder_.divisor_, expected.scale_, rtol=1e-5)
    assert np.abs(clf.feature_encoder_.divisor_ / scaler.divisor_ - 1).min() > 0.3
    assert_allclose(clf.predict_proba(X), before, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adagrad"])
def test_the_optimizer_follows(optimizer):
    """Means of gradients are divided by what the kernel is multiplied by, and squares by its square."""
    clf = classifier(lambda: dense(optimizer), collapse_guard="off")
    clf.partial_fit(X[:200], Y[:200], classes=[0, 1])
    slots = clf._trained.slots
    table = part_of(np.arange(200, 400))
    table.X[:] = 2 * table.X + 1
    table.codes[:] = clf.predict(table.X)
    follow(clf, table)
    assert [s.shape for s in clf._trained.slots] == [s.shape for s in slots]
    of_kernel = [i for i, s in enumerate(slots) if s.shape == (8, 32)]
    assert all(np.isfinite(clf._trained.slots[i]).all() for i in of_kernel)
    assert all(not np.array_equal(clf._trained.slots[i], slots[i]) for i in of_kernel)
    if optimizer in ("rmsprop", "adagrad"):
        (place,) = of_kernel
        factor = np.sqrt(slots[place] / clf._trained.slots[place])
        assert_allclose(factor, np.broadcast_to(factor[:, :1], factor.shape), rtol=1e-4)
        assert factor.min() > 1 and factor.max() < 4
    others = set(range(len(slots))) - set(of_kernel)
    assert all(np.array_equal(clf._trained.slots[i], slots[i]) for i in others)


@pytest.mark.parametrize("make", [with_a_path_around, without_bias])
def test_another_network_keeps_the_scale_of_its_first_call(make):
    clf = classifier(make)
    clf.partial_fit(X[:200], Y[:200], classes=[0, 1])
    scaler = clf.feature_encoder_
    clf.partial_fit(2 * X[200:400] + 1, Y[200:400])
    assert_array_equal(clf.feature_encoder_.center_, scaler.center_)
    assert_array_equal(clf.feature_encoder_.divisor_, scaler.divisor_)


@pytest.mark.parametrize("make", [dense, with_a_path_around, without_bias])
@pytest.mark.parametrize("n_first", [1, 50])
@pytest.mark.parametrize("factor", [1000, 0.001])
def test_a_stream_that_begins_in_other_units_recovers(make, n_first, factor):
    clf, said = classifier(make), []
    parts = [(factor * X[:n_first], Y[:n_first])]
    parts += [(X[i : i + 50], Y[i : i + 50]) for i in range(n_first, 800, 50)] * 3
    for table, labels in parts:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            clf.partial_fit(table, labels, classes=[0, 1])
        said += [warning for warning in caught if warning.category is DriftWarning]
    assert clf.score(X, Y) > 0.85
    if n_first > 1:
        assert "'x0', of which mean and standard deviation were" in str(said[0].message)
        assert said[0].filename == __file__
        assert_allclose(clf.feature_encoder_.divisor_, X.std(axis=0), rtol=0.3)


def test_columns_that_keep_growing_are_scaled_and_answers_are_to_scaled_rows():
    def loss_after(known):
        clf = classifier()
        for i in range(16):
            rows = slice(50 * i, 50 * i + 50)
            clf.partial_fit(1.3**i * X[rows], Y[rows], classes=[0, 1])
            if known is not None:
                clf._following = known
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            P = clf.predict_proba(1.3**15 * X)
        return -np.log(P[np.arange(len(Y)), Y]).mean(), clf

    loss, clf = loss_after(None)
    following, _ = loss_after(ScaleFollowing(total=-1e6, squares=1.0))  # no call turns over so much evidence
    assert clf._following.is_worse
    assert loss < following - 0.02


def test_a_call_that_fails_after_the_scale_has_changed_leaves_the_answers(monkeypatch):
    clf = classifier()
    for i in (0, 100, 200):
        clf.partial_fit(X[i : i + 100], Y[i : i + 100], classes=[0, 1])
    before, history = clf.predict_proba(X), {name: list(values) for name, values in clf.history_.items()}
    for name, error in (("run_training", RuntimeError), ("judge", KeyboardInterrupt)):

        def fails(*arguments, error=error):
            raise error

        with monkeypatch.context() as patch, pytest.raises(error):
            patch.setattr(partial_fit, name, fails)
            clf.partial_fit(3 * X[:100] + 2, Y[:100])
        assert_array_equal(clf.predict_proba(X), before)
        assert clf.history_ == history


def test_a_column_that_was_constant_comes_alive():
    for make in (dense, with_a_path_around):
        clf = classifier(make)
        first = X[:100].copy()
        first[:, 3] = 7.0
        clf.partial_fit(first, Y[:100], classes=[0, 1])
        assert np.isinf(clf.feature_encoder_.divisor_[3])
        clf.partial_fit(X[100:300], Y[100:300])
        assert np.isfinite(clf.feature_encoder_.divisor_[3])


def test_a_stream_after_a_fit_goes_on_with_its_scale():
    clf = classifier(epochs=5).fit(X[:400], Y[:400])
    score, center = clf.score(X, Y), clf.feature_encoder_.center_
    clf.partial_fit(X[400:500], Y[400:500])
    assert clf.score(X, Y) > score - 0.05
    assert 0 < np.abs(clf.feature_encoder_.center_ - center).max() < 0.5


def test_a_call_that_raises_leaves_the_scale():
    clf = classifier()
    clf.partial_fit(X[:100], Y[:100], classes=[0, 1])
    scaler, weights = clf.feature_encoder_, clf.model_.get_weights()
    with pytest.raises(ValueError):
        clf.partial_fit(X[:100], Y[:100] + 5)
    assert clf.feature_encoder_ is scaler
    assert all(map(np.array_equal, clf.model_.get_weights(), weights))


@pytest.mark.parametrize("scale", [None, "robust"])
def test_other_scales_train_on(scale):
    clf = classifier(scale=scale)
    for i in range(0, 800, 100):
        clf.partial_fit(X[i : i + 100], Y[i : i + 100], classes=[0, 1])
    assert clf.score(X, Y) > 0.7


def test_pictures_have_one_scale():
    def pictures():
        model = keras.Sequential([keras.Input((4, 2)), L.Flatten(), L.Dense(16, activation="relu"), L.Dense(2)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    clf = classifier(pictures)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf.partial_fit(255 * X[:100].reshape(-1, 4, 2), Y[:100], classes=[0, 1])
        for i in range(100, 800, 100):
            clf.partial_fit(X[i : i + 100].reshape(-1, 4, 2), Y[i : i + 100])
    assert any("'X', of which mean" in str(warning.message) for warning in caught)
    assert clf.feature_encoder_.divisor_.shape == (1,)
    assert clf.feature_encoder_.divisor_[0] < 5
