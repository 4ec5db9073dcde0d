"""Tables and networks that several tests of GuardedKerasClassifier train on."""

import keras
from sklearn.datasets import load_iris, make_classification

from robust_mlp.keras_classifier import GuardedKerasClassifier

L = keras.layers
IRIS, SPECIES = load_iris(return_X_y=True)
X, Y = make_classification(800, 8, n_informative=5, random_state=0)
X = X.astype("float32")


def create_mlp(meta, width=16, activation="relu", dropout=0.0, rate=0.01):
    """A network of the usual form for the labels it is told of."""
    binary = meta["target_type_"] == "binary"
    head = "softmax" if meta["target_type_"].startswith("multiclass") else "sigmoid"
    layers = [L.Dense(width, activation=activation), L.Dense(1 if binary else meta["n_classes_"], activation=head)]
    if dropout:
        layers.insert(1, L.Dropout(dropout))
    model = keras.Sequential([keras.Input(meta["X_shape_"][1:]), *layers])
    loss = "sparse_categorical_crossentropy" if head == "softmax" else "binary_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def uncompiled(meta):
    """A network that leaves optimizer and loss to the classifier."""
    head = [L.Dense(meta["n_classes_"], activation="softmax")]
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), L.Dense(16, activation="relu"), *head])


def still():
    """A network that does not move: the learning rate is far too small."""
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(1e-12), "binary_crossentropy")
    return model


def softmax_on_one_unit():
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, activation="relu"), L.Dense(1, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def classifier(model=create_mlp, **settings):
    return GuardedKerasClassifier(model, **{"epochs": 15, "random_state": 0, **settings})
