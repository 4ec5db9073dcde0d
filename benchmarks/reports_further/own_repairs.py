"""Repairs of a network of the user's own that may do harm, and answers that diagnose reads."""

import keras
import numpy as np

from benchmarks.reports_further.cases import GOOD, case, caught, clouds
from robust_mlp import diagnose
from robust_mlp.keras_classifier import GuardedKerasClassifier

L = keras.layers


def embedding_network():
    rows = keras.Input((2,))
    vectors = [L.Flatten()(L.Embedding(40, 4)(rows[:, j : j + 1])) for j in range(2)]
    outputs = L.Dense(1, "sigmoid")(L.Dense(16, "relu")(L.Concatenate()(vectors)))
    model = keras.Model(rows, outputs)
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


def codes_table():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 40, size=(900, 2)).astype("float32")
    good = rng.permutation(40) < 20
    return X, (good[X[:, 0].astype(int)] ^ good[X[:, 1].astype(int)]).astype(int)


@case
def codes_in_embeddings():
    X, y = codes_table()
    clf, said, _ = caught(
        lambda: GuardedKerasClassifier(embedding_network, epochs=40, random_state=0).fit(X[:600], y[:600])
    )
    assert clf.score(X[600:], y[600:]) > GOOD, (clf.score(X[600:], y[600:]), said)


@case
def distances_computed_inside():
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(900, 2)).astype("float32")
    y = (np.hypot(X[:, 0] - 1, X[:, 1]) < 1.5).astype(int)

    def make():
        rows = keras.Input((2,))
        near = keras.ops.sum(keras.ops.square(rows - np.array([1.0, 0.0], "float32")), axis=1, keepdims=True)
        model = keras.Model(rows, L.Dense(1, "sigmoid")(near))
        model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
        return model

    clf, said, _ = caught(lambda: GuardedKerasClassifier(make, epochs=30, random_state=0).fit(X[:600], y[:600]))
    assert clf.score(X[600:], y[600:]) > GOOD, (clf.score(X[600:], y[600:]), said)


@case
def trained_network_with_a_wrong_loss():
    X, y = clouds(600, spread=3.0)
    X = X.astype("float32")
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(2, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(X, np.eye(2)[y], epochs=30, verbose=0)
    before = float(np.mean(model.predict(X, verbose=0).argmax(axis=1) == y))
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    clf, said, _ = caught(lambda: GuardedKerasClassifier(model, epochs=1, random_state=0).fit(X, y))
    assert clf.score(X, y) > before - 0.05, (before, clf.score(X, y), said)


@case
def one_row_a_batch_with_batch_norm():
    X, y = clouds(200, spread=3.0)

    def make():
        layers = [keras.Input((4,)), L.Dense(8), L.BatchNormalization(), L.Activation("relu"), L.Dense(1, "sigmoid")]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        return model

    clf, said, _ = caught(lambda: GuardedKerasClassifier(make, epochs=5, batch_size=1, random_state=0).fit(X, y))
    text = said + str(clf.report_)
    assert clf.score(X, y) > GOOD or "batch" in text.lower(), (clf.score(X, y), text[-400:])


@case
def logits_without_a_softmax():
    X, y = clouds(spread=3.0)
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(2)])
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X.astype("float32"), y, epochs=15, verbose=0)
    told = float(np.mean(model.predict(X.astype("float32"), verbose=0).argmax(axis=1) == y))
    text = str(diagnose(model, X.astype("float32"), y))
    assert f"accuracy {told:.3f}" in text, (told, text[:300])


def two_inputs():
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    model = keras.Model([left, right], L.Dense(1, "sigmoid")(L.Dense(8, "relu")(L.Concatenate()([left, right]))))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


@case
def a_dict_of_inputs():
    X, y = clouds(spread=3.0)
    parts = {"left": X[:, :2].astype("float32"), "right": X[:, 2:].astype("float32")}
    clf, said, _ = caught(lambda: GuardedKerasClassifier(two_inputs, epochs=15, random_state=0).fit(parts, y))
    assert not isinstance(clf, Exception) and clf.score(parts, y) > GOOD, (clf, said)


@case
def batches_of_tensorflow():
    import tensorflow as tf

    X, y = clouds(spread=3.0)
    batches = tf.data.Dataset.from_tensor_slices((X.astype("float32"), y)).batch(32)

    def make():
        model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
        return model

    clf, said, _ = caught(lambda: GuardedKerasClassifier(make, epochs=15, random_state=0).fit(batches, None))
    assert not isinstance(clf, Exception) and clf.score(X, y) > GOOD, (clf, said)
