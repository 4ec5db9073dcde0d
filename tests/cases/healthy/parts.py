"""What the networks with nothing wrong are made of: the list of them, tables, images, sequences, and layers."""

import keras
import numpy as np

L = keras.layers
N_ROWS, N_COLUMNS = 240, 8
HEALTHY = {}


def healthy(make):
    """Register a healthy network under the name of its function."""
    HEALTHY[make.__name__] = make
    return make


def generator():
    """The same draws for every network."""
    return np.random.default_rng(0)


def table(n_classes=2, n_columns=N_COLUMNS):
    """Standardized columns and codes 0 ... n_classes-1, each class at a place of its own."""
    draw = generator()
    n_rows = max(N_ROWS, 6 * n_classes)
    y = draw.permutation(np.arange(n_rows) % n_classes)
    X = draw.normal(size=(n_classes, n_columns))[y] + 0.7 * draw.normal(size=(n_rows, n_columns))
    return X.astype("float32"), y


def one_hot(y):
    """One column per class."""
    return np.eye(y.max() + 1, dtype="float32")[y]


def images(n_classes=3, size=12, channels=1, top=1.0):
    """Images whose brightness pattern is the class, values in [0, top]."""
    draw = generator()
    y = np.arange(120) % n_classes
    X = np.clip(
        draw.uniform(size=(n_classes, size, size, channels))[y] + draw.normal(0, 0.2, (120, size, size, channels)), 0, 1
    )
    return (X * top).astype("float32"), y


def sequences(n_classes=2, steps=20, channels=3):
    """Noisy sines of as many frequencies as classes."""
    draw = generator()
    y = np.arange(120) % n_classes
    t = np.linspace(0, 6, steps)
    X = np.sin((y[:, None] + 1) * t)[:, :, None] + draw.normal(0, 0.3, (120, steps, channels))
    return X.astype("float32"), y


def texts(n_words=50, length=12):
    """Word numbers; class 1 uses the upper half of the vocabulary more often."""
    draw = generator()
    y = np.arange(120) % 2
    X = (
        draw.integers(1, n_words // 2, size=(120, length))
        + (y[:, None] & draw.integers(0, 2, (120, length))) * n_words // 2
    )
    return X, y


def compiled(model, loss, optimizer="adam", metrics=("accuracy",)):
    """The model, compiled."""
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics))
    return model


def row(shape, *layers):
    """A Sequential model."""
    return keras.Sequential([keras.Input(shape), *layers])


def hidden(activation="relu", **settings):
    """Two hidden layers."""
    return [L.Dense(32, activation=activation, **settings), L.Dense(16, activation=activation, **settings)]


def binary(*layers, loss="binary_crossentropy", **settings):
    """A binary classifier on the plain table."""
    X, y = table()
    return compiled(row((N_COLUMNS,), *layers), loss, **settings), X, y, None
