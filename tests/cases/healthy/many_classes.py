"""Many classes, and several labels per row."""

import keras
import numpy as np

from tests.cases.healthy.parts import HEALTHY, N_COLUMNS, compiled, generator, healthy, hidden, one_hot, row, table

L = keras.layers


def _many(n_classes):
    """Softmax over n_classes, sparse labels."""

    def make():
        X, y = table(n_classes)
        model = row((N_COLUMNS,), *hidden(), L.Dense(n_classes, activation="softmax"))
        return compiled(model, "sparse_categorical_crossentropy"), X, y, None

    HEALTHY[f"softmax_over_{n_classes}_classes"] = make


for _n_classes in (3, 5, 10, 30, 100):
    _many(_n_classes)


@healthy
def softmax_one_hot():
    X, y = table(5)
    model = row((N_COLUMNS,), *hidden(), L.Dense(5, activation="softmax"))
    return compiled(model, "categorical_crossentropy", "rmsprop"), X, one_hot(y), None


@healthy
def label_smoothing_categorical():
    X, y = table(5)
    model = row((N_COLUMNS,), *hidden(), L.Dense(5, activation="softmax"))
    return compiled(model, keras.losses.CategoricalCrossentropy(label_smoothing=0.1)), X, one_hot(y), None


@healthy
def logits_categorical():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4))
    return compiled(model, keras.losses.CategoricalCrossentropy(from_logits=True)), X, one_hot(y), None


@healthy
def log_softmax_as_logits():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="log_softmax"))
    return compiled(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True)), X, y, None


@healthy
def categorical_focal_loss():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="softmax"))
    return compiled(model, keras.losses.CategoricalFocalCrossentropy()), X, one_hot(y), None


@healthy
def divergence_from_soft_labels():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="softmax"))
    return compiled(model, "kl_divergence"), X, 0.9 * one_hot(y) + 0.025, None


@healthy
def one_against_rest():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="sigmoid"))
    return compiled(model, "binary_crossentropy"), X, one_hot(y), None


@healthy
def several_labels_per_row():
    X, _ = table()
    y = (X[:, :5] + generator().normal(0, 0.3, (len(X), 5)) > 0).astype(int)
    return compiled(row((N_COLUMNS,), *hidden(), L.Dense(5, activation="sigmoid")), "binary_crossentropy"), X, y, None


@healthy
def a_class_that_this_sample_lacks():
    X, y = table(10)
    model = row((N_COLUMNS,), *hidden(), L.Dense(10, activation="softmax"))
    return compiled(model, "sparse_categorical_crossentropy"), X[y != 9], y[y != 9], None


@healthy
def ignored_class():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="softmax"))
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    return compiled(model, loss), X, np.where(np.arange(len(y)) % 10 == 0, -1, y), None


@healthy
def softmax_as_a_layer():
    X, y = table(4)
    return (
        compiled(row((N_COLUMNS,), *hidden(), L.Dense(4), L.Softmax()), "sparse_categorical_crossentropy"),
        X,
        y,
        None,
    )
