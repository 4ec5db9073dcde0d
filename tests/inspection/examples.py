"""Labels, rows and networks that several tests of inspect_model look at."""

import keras
import numpy as np

from robust_mlp.inspection._read.facts import HeadFacts, LossFacts
from robust_mlp.inspection._read.losses import loss_family

L = keras.layers

BITS = np.array([0, 1] * 20)
THREE = np.array([0, 1, 2] * 20)
ONE_HOT = np.eye(3)[THREE]
SEVERAL = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1], [1, 0, 0]] * 5)
RNG = np.random.default_rng(0)
X4 = RNG.normal(size=(80, 4)).astype("float32")
Y4 = (X4[:, 0] > 0).astype(int)


def codes_of(findings):
    return tuple(finding.code for finding in findings)


def model_of(*layers, shape=(4,), loss="binary_crossentropy", optimizer="adam", metrics=None):
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return model


def plain_model():
    return model_of(L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"))


class Subclassed(keras.Model):
    """Ends in what it is told; its layers are listed in another order than they are used."""

    def __init__(self, units, activation):
        super().__init__()
        self.out = L.Dense(units, activation=activation)
        self.first = L.Dense(8, activation="relu")

    def call(self, x):
        return self.out(self.first(x))


def head_of(units, *chain, dropout_after=0.0):
    return HeadFacts(units=units, chain=chain, layer="dense", dropout_after=dropout_after)


def loss_of(name, **settings):
    return LossFacts(name=name, family=loss_family(name), **settings)
