"""Networks of every kind learn, in one graph where that can be and through Keras where it cannot."""

import keras
import numpy as np
import pytest

from robust_mlp.keras_classifier.training import can_run_in_graph
from tests.keras_classifier.examples import X, Y, classifier

L = keras.layers


def functional(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    x = L.Dense(16, activation="relu")(inputs)
    x = L.add([x, L.Dense(16, activation="relu")(x)])
    model = keras.Model(inputs, L.Dense(1, activation="sigmoid")(x))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.out, self.first = L.Dense(1, activation="sigmoid"), L.Dense(16, activation="relu")

    def call(self, x):
        return self.out(self.first(x))


def subclassed():
    model = Subclassed()
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def without_input_shape():
    model = keras.Sequential([L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def regularized():
    layers = [
        *(L.Dense(32, kernel_regularizer="l2"), L.BatchNormalization(), L.Activation("relu"), L.Dropout(0.3)),
        L.Dense(1, activation="sigmoid", kernel_constraint="max_norm"),
    ]
    model = keras.Sequential([keras.Input((8,)), *layers])
    rate = keras.optimizers.schedules.CosineDecay(0.02, 500)
    model.compile(keras.optimizers.AdamW(rate, clipnorm=1.0), keras.losses.BinaryCrossentropy(label_smoothing=0.05))
    return model


def own_training_step():
    class Own(keras.Model):
        def train_step(self, data):
            return super().train_step(data)

    inputs = keras.Input((8,))
    model = Own(inputs, L.Dense(1, activation="sigmoid")(L.Dense(16, activation="relu")(inputs)))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def other_metrics():
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, activation="relu"), L.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=[keras.metrics.AUC(from_logits=True)])
    return model


@pytest.mark.parametrize(
    "make_model, in_graph",
    [
        (functional, True),
        (subclassed, True),
        (without_input_shape, True),
        (regularized, True),
        (own_training_step, False),
        (other_metrics, False),
    ],
)
def test_networks_of_every_kind(make_model, in_graph):
    clf = classifier(make_model).fit(X, Y)
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.score(X, Y) > 0.85
    assert can_run_in_graph(clf.model_) is in_graph


def test_both_ways_of_training_learn_the_same():
    in_graph = classifier(epochs=8).fit(X, Y)
    in_keras = classifier(epochs=8, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_: None)]).fit(
        X, Y
    )
    np.testing.assert_allclose(in_graph.predict_proba(X), in_keras.predict_proba(X), atol=2e-4)


def test_a_network_instead_of_a_function_is_copied():
    model = subclassed_free = functional({"n_features_in_": 8})
    before = [np.array(w) for w in model.get_weights()]
    classifier(model, epochs=5).fit(X, Y)
    for old, new in zip(before, subclassed_free.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
