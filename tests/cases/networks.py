"""Real networks that predicted one class, as they were asked about in public, with imitated data.

Each case is a function of a seed that returns a `Case`: the table as it was handed to `model.fit`, the function that
builds the compiled network, and what is documented as the root cause. Sources are given at each case; "so" numbers are
questions on stackoverflow.com, the others issue threads on github.com."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from sklearn.datasets import load_digits, load_iris, make_blobs, make_multilabel_classification

L = keras.layers


@dataclass(frozen=True, kw_only=True)
class Case:
    """One network with its data.

    `X, y` and `X_new, y_new` come from the same source; rows of the second pair are held out, or the same where the
    table is the whole population. `root_causes` are the codes of findings that name the documented root cause; none
    where it is not in head, loss or labels. `expected` is what has to come of it: "beats the prior", "no signal", or
    "no alarm" for a network with nothing wrong.
    """

    build: Callable[[], keras.Model]
    X: np.ndarray
    y: Any
    X_new: np.ndarray
    y_new: Any
    root_causes: tuple[str, ...] = ()
    fit: dict = field(default_factory=dict)  # arguments of model.fit
    expected: str = "beats the prior"
    callbacks: Callable[[], list] = list  # makes the callbacks of the fit


def sequential(shape, *layers, loss, optimizer="adam", metrics=("accuracy",)):
    """A compiled Sequential model."""
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics))
    return model


def old_normal():
    """Keras 1's "normal" initializer."""
    return keras.initializers.RandomNormal(0.0, 0.05)


def old_uniform():
    """Keras 1's "uniform" initializer."""
    return keras.initializers.RandomUniform(-0.05, 0.05)


def sgd(rate, momentum=0.0, nesterov=False):
    """Plain descent."""
    return keras.optimizers.SGD(rate, momentum=momentum, nesterov=nesterov)


def split(X, y, seed, n_new=None):
    """Shuffled rows, a quarter of them (or `n_new`) held out."""
    order = np.random.default_rng(seed).permutation(len(X))
    n_new = n_new or len(X) // 4
    new, old = order[:n_new], order[n_new:]
    return {"X": X[old], "y": y[old], "X_new": X[new], "y_new": y[new]}


def whole(X, y):
    """A table that is its own population."""
    return {"X": X, "y": y, "X_new": X, "y_new": y}


def digits(classes, seed, scale=16.0, n_rows=800):
    """8 x 8 images of the given digits, rows flat, shuffled."""
    X, y = load_digits(return_X_y=True)
    chosen = np.isin(y, classes)
    X, y = X[chosen] / scale, np.searchsorted(classes, y[chosen])
    order = np.random.default_rng(seed).permutation(len(X))[:n_rows]
    return X[order].astype("float32"), y[order]


def one_hot(y, n_classes):
    """One column per class."""
    return np.eye(n_classes, dtype="float32")[y]


# ---- A. Softmax on a single output unit


def a1_ones_and_zeros(seed):
    """so 31880720: class 1 all ones, class 0 all zeros; accuracy .50 for ever."""

    def create_mlp():
        return sequential(
            (128,),
            L.Dense(50, activation="relu"),
            L.Dropout(0.2),
            L.Dense(50, activation="relu"),
            L.Dropout(0.2),
            L.Dense(1, activation="softmax"),
            loss="binary_crossentropy",
            optimizer=keras.optimizers.RMSprop(0.001),
        )

    y = np.random.default_rng(seed).permutation(np.repeat([True, False], 200))
    X = np.repeat(y[:, None], 128, axis=1).astype("float32")
    fit = {"batch_size": 16, "epochs": 3}  # the post has batches of 1 row of 20,000
    return Case(build=create_mlp, root_causes=("softmax_on_one_unit",), fit=fit, **split(X, y, seed))


XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32"), np.array([0, 1, 1, 0])


def a2_xor(seed):
    """keras#112: four rows, 2 sigmoid units, one softmax unit, categorical cross-entropy."""

    def create_mlp():
        return sequential(
            (2,),
            L.Dense(2, activation="sigmoid"),
            L.Dense(1, activation="softmax"),
            loss="categorical_crossentropy",
            optimizer=sgd(0.01),
        )

    fit = {"batch_size": 32, "epochs": 5}
    return Case(build=create_mlp, root_causes=("softmax_on_one_unit",), fit=fit, **whole(*XOR))


def a3_xor_repeated(seed):
    """so 34311586: XOR and two repeats, labels as a column, mean squared error."""

    def create_mlp():
        return sequential(
            (2,),
            L.Dense(2, activation="sigmoid", kernel_initializer=old_uniform()),
            L.Dense(3, activation="sigmoid", kernel_initializer=old_uniform()),
            L.Dense(1, activation="softmax", kernel_initializer=old_uniform()),
            loss="mean_squared_error",
            optimizer=sgd(0.001, 0.9, nesterov=True),
        )

    rows = [0, 1, 2, 3, 0, 2]
    fit = {"batch_size": 4, "epochs": 20}
    return Case(
        build=create_mlp, root_causes=("softmax_on_one_unit",), fit=fit, **whole(XOR[0][rows], XOR[1][rows][:, None])
    )


def a6_images(seed):
    """so 58844149: grey images of two kinds, a convolution and one softmax unit."""

    def create_cnn():
        return sequential(
            (8, 8, 1),
            L.Conv2D(8, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(300, activation="relu"),
            L.Dense(1, activation="softmax"),
            loss="binary_crossentropy",
        )

    X, y = digits([0, 1], seed)
    fit = {"batch_size": 32, "epochs": 5}
    return Case(
        build=create_cnn, root_causes=("softmax_on_one_unit",), fit=fit, **split(X.reshape(-1, 8, 8, 1), y, seed)
    )


def a7_uniform_columns(seed):
    """so 45337371: five uniform features, 60-50-1, batches of one row."""

    def create_mlp():
        return sequential(
            (5,),
            L.Dense(60, activation="relu"),
            L.Dense(50, activation="relu"),
            L.Dense(1, activation="softmax"),
            loss="binary_crossentropy",
        )

    X = np.random.default_rng(seed).uniform(size=(600, 5)).astype("float32")
    y = (X.sum(axis=1) > 2.5).astype(int)
    fit = {"batch_size": 16, "epochs": 5}
    return Case(build=create_mlp, root_causes=("softmax_on_one_unit",), fit=fit, **split(X, y, seed))


def a9_majority_of_bits(seed):
    """stats.stackexchange: 100 rows of three bits, y = more than one bit set."""

    def create_mlp():
        return sequential(
            (3,),
            L.Dense(10, activation="relu"),
            L.Dense(1, activation="softmax"),
            loss="binary_crossentropy",
            optimizer="rmsprop",
        )

    X = np.random.default_rng(seed).integers(0, 2, size=(100, 3)).astype("float32")
    y = (X.sum(axis=1) > 1).astype(int)
    fit = {"batch_size": 5, "epochs": 20}
    return Case(build=create_mlp, root_causes=("softmax_on_one_unit",), fit=fit, **split(X, y, seed))


def a10_next_symbol(seed):
    """keras#500: a sequence and its next symbol, reduced to one unit with softmax."""

    def create_rnn():
        return sequential(
            (6, 1),
            L.SimpleRNN(16),
            L.Dense(1, activation="softmax"),
            loss="mean_squared_error",
            optimizer="rmsprop",
        )

    symbols = (np.arange(306) // 3 + seed) % 2  # runs of three
    X = np.stack([symbols[i : i + 6] for i in range(300)])[..., None].astype("float32")
    fit = {"batch_size": 16, "epochs": 5}
    return Case(build=create_rnn, root_causes=("softmax_on_one_unit",), fit=fit, **split(X, symbols[6:], seed))


# ---- B. Head and loss do not fit the labels


def b2_iris(seed):
    """so 59278771: raw iris, three sigmoid units, categorical cross-entropy; accuracy .327 ten times of ten."""

    def create_mlp():
        return sequential(
            (4,),
            L.Dense(4, activation="relu", kernel_initializer=old_normal()),
            L.Dense(3, activation="sigmoid", kernel_initializer=old_normal()),
            loss="categorical_crossentropy",
        )

    X, y = load_iris(return_X_y=True)
    fit = {"batch_size": 5, "epochs": 200}
    return Case(
        build=create_mlp, root_causes=("sigmoid_with_categorical_loss",), fit=fit, **split(X, one_hot(y, 3), seed)
    )


def b3_four_kinds_of_images(seed):
    """so 44399299: images of four kinds, four sigmoid units, categorical cross-entropy."""

    def create_cnn():
        return sequential(
            (8, 8, 1),
            L.Conv2D(8, 3, activation="relu"),
            L.Flatten(),
            L.Dense(64, activation="relu"),
            L.Dense(4, activation="sigmoid"),
            loss="categorical_crossentropy",
        )

    X, y = digits([0, 1, 2, 3], seed)
    fit = {"batch_size": 32, "epochs": 5}
    return Case(
        build=create_cnn,
        root_causes=("sigmoid_with_categorical_loss",),
        fit=fit,
        **split(X.reshape(-1, 8, 8, 1), one_hot(y, 4), seed),
    )


def b4_relu_head(seed):
    """so 47352366: images of digits, ten relu units, categorical cross-entropy; accuracy .31, loss 6.2."""

    def create_mlp():
        return sequential(
            (64,),
            L.Dense(256, activation="relu"),
            L.Dropout(0.5),
            L.Dense(10, activation="relu"),
            loss="categorical_crossentropy",
        )

    X, y = digits(range(10), seed)
    fit = {"batch_size": 50, "epochs": 10}
    return Case(build=create_mlp, root_causes=("rectified_head",), fit=fit, **split(X, one_hot(y, 10), seed))


def b5_threshold_of_a_raw_column(seed):
    """geeksmental: one column 0 ... 100,000, y above the middle; one relu unit; loss 7.9 for ever."""

    def create_mlp():
        return sequential(
            (1,),
            L.Dense(3, activation="relu"),
            L.Dense(5, activation="relu"),
            L.Dense(1, activation="relu"),
            loss="binary_crossentropy",
        )

    X = np.random.default_rng(seed).uniform(0, 100_000, size=(1200, 1))
    y = (X[:, 0] > 50_000).astype(int)
    fit = {"batch_size": 5, "epochs": 10}
    return Case(build=create_mlp, root_causes=("rectified_head",), fit=fit, **split(X, y, seed))


def b6_multilabel(seed):
    """so 38648195: three labels a row, three softmax units, mean squared error."""

    def create_mlp():
        return sequential(
            (20,),
            L.Dense(20, activation="relu"),
            L.Dropout(0.5),
            L.Dense(20, activation="relu"),
            L.Dropout(0.5),
            L.Dense(3, activation="softmax"),
            loss="mean_squared_error",
            optimizer=sgd(0.01),
        )

    X, y = make_multilabel_classification(1200, 20, n_classes=3, n_labels=2, random_state=seed)
    fit = {"batch_size": 20, "epochs": 20}
    return Case(build=create_mlp, root_causes=("softmax_for_multilabel",), fit=fit, **split(X, y, seed))


def b8_many_classes(seed):
    """so 58609115: one number, 69 exclusive classes, sigmoid units and binary cross-entropy."""

    def create_mlp():
        dense = {"activation": "sigmoid", "kernel_initializer": old_normal()}
        return sequential(
            (1,), L.Dense(69, **dense), L.Dense(69, **dense), L.Dense(69, **dense), loss="binary_crossentropy"
        )

    centers = np.random.default_rng(seed).permutation(69)[:, None].astype(float)
    X, y = make_blobs(2209, 1, centers=centers, cluster_std=0.1, random_state=seed)
    fit = {"batch_size": 50, "epochs": 1}
    return Case(
        build=create_mlp, root_causes=("binary_loss_for_exclusive_classes",), fit=fit, **split(X, one_hot(y, 69), seed)
    )


def b10_output_not_sigmoid(seed):
    """keras#4784: labels 0 and 1, a deep network whose output is not sigmoid; accuracy frozen."""

    def create_mlp():
        return sequential(
            (10,),
            *[L.Dense(32, activation="relu") for _ in range(4)],
            L.Dense(1, activation="tanh"),
            loss="binary_crossentropy",
        )

    X = np.random.default_rng(seed).normal(size=(800, 10))
    y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
    fit = {"batch_size": 32, "epochs": 10}
    return Case(build=create_mlp, root_causes=("head_gives_no_probabilities",), fit=fit, **split(X, y, seed))


def b11_one_unit_for_ten_classes(seed):
    """so 55731589: images of ten kinds, one sigmoid unit."""

    def create_cnn():
        return sequential(
            (8, 8, 1),
            L.Conv2D(8, 3, activation="relu"),
            L.Flatten(),
            L.Dense(128, activation="relu"),
            L.Dense(1, activation="sigmoid"),
            loss="binary_crossentropy",
            optimizer=sgd(0.01, 0.9),
        )

    X, y = digits(range(10), seed)
    fit = {"batch_size": 32, "epochs": 10}
    return Case(
        build=create_cnn, root_causes=("one_unit_for_many_classes",), fit=fit, **split(X.reshape(-1, 8, 8, 1), y, seed)
    )


def b12_linear_layers(seed):
    """so 48385830: images of digits, linear layers, mean squared error, weights N(0, 1), learning rate 3; NaN."""

    def create_mlp():
        names = ("kernel_initializer", "bias_initializer")
        wide = {name: keras.initializers.RandomNormal(0.0, 1.0) for name in names}
        return sequential(
            (64,),
            L.Dense(30, **wide),
            L.Dense(10, **wide),
            loss="mean_squared_error",
            optimizer=sgd(3.0),
        )

    X, y = digits(range(10), seed, n_rows=1797)
    fit = {"batch_size": 10, "epochs": 30}
    return Case(
        build=create_mlp, root_causes=("regression_loss_for_classes",), fit=fit, **split(X, one_hot(y, 10), seed)
    )


def b13_linear_head(seed):
    """keras#14490: 464 columns, one linear unit, binary cross-entropy without from_logits; NaN, accuracy .665."""

    def create_mlp():
        return sequential((464,), L.Dense(10, activation="relu"), L.Dense(1), loss="binary_crossentropy")

    generator = np.random.default_rng(seed)
    y = (generator.uniform(size=900) > 0.335).astype(int)
    X = generator.normal(size=(900, 464)) + 0.3 * y[:, None]
    fit = {"batch_size": 5, "epochs": 3}
    return Case(build=create_mlp, root_causes=("linear_head_without_from_logits",), fit=fit, **split(X, y, seed))


# ---- C. Labels wrong


def c1_scaled_labels(seed):
    """so 59325381: images of digits, X / 255 and y / 255 as well; test accuracy .10 ten times of ten."""

    def create_mlp():
        return sequential(
            (64,),
            L.Dense(64, activation="relu"),
            L.Dense(32, activation="relu"),
            L.Dense(128, activation="relu"),
            L.Dense(10, activation="softmax"),
            loss="sparse_categorical_crossentropy",
        )

    X, y = digits(range(10), seed)
    fit = {"batch_size": 32, "epochs": 10}
    return Case(build=create_mlp, root_causes=("labels_scaled",), fit=fit, **split(X, y / 255, seed))


def c3_labels_from_one(seed):
    """rstudio/keras3#465: iris, labels 1, 2, 3."""

    def create_mlp():
        return sequential(
            (4,),
            L.Dense(16, activation="relu"),
            L.Dense(3, activation="softmax"),
            loss="sparse_categorical_crossentropy",
        )

    X, y = load_iris(return_X_y=True)
    fit = {"batch_size": 16, "epochs": 40}
    return Case(build=create_mlp, root_causes=("labels_start_at_one",), fit=fit, **split(X, y + 1, seed))


def c4_negative_labels(seed):
    """hanser_ml_zeitreihen#3: classes -6 ... 6; NaN predictions."""

    def create_mlp():
        return sequential(
            (8,),
            L.Dense(64, activation="relu"),
            L.Dense(13, activation="softmax"),
            loss="sparse_categorical_crossentropy",
        )

    X, y = make_blobs(1300, 8, centers=13, cluster_std=2.0, random_state=seed)
    fit = {"batch_size": 32, "epochs": 10}
    return Case(build=create_mlp, root_causes=("labels_negative",), fit=fit, **split(X / 10, y - 6, seed))


def c5_label_beyond_the_units(seed):
    """keras#11786: seven categories, seven units, one label above 6."""

    def create_mlp():
        return sequential(
            (8,),
            L.Dense(32, activation="relu"),
            L.Dense(7, activation="softmax"),
            loss="sparse_categorical_crossentropy",
        )

    X, y = make_blobs(700, 8, centers=7, cluster_std=2.0, random_state=seed)
    y = np.where(y == 6, 7, y)
    fit = {"batch_size": 32, "epochs": 10}
    return Case(build=create_mlp, root_causes=("labels_with_gaps",), fit=fit, **split(X / 10, y, seed))


def c5_string_labels(seed):
    """keras#11786, the other reading: seven categories as strings."""
    case = c5_label_beyond_the_units(seed)
    names = np.array([*"abcdef", "?", "g"])
    return Case(
        build=case.build,
        X=case.X,
        y=names[case.y],
        X_new=case.X_new,
        y_new=names[case.y_new],
        fit=case.fit,
        root_causes=("labels_strings",),
    )


# ---- I. Faults of prediction or of the metric


def ages(seed, n_rows=1000):
    """Ages of 13 to 100 years and whether there was a side effect: 95 % above 65 years, 5 % below."""
    generator = np.random.default_rng(seed)
    X = generator.integers(13, 101, size=(n_rows, 1)).astype("float32")
    y = (generator.uniform(size=n_rows) < np.where(X[:, 0] > 65, 0.95, 0.05)).astype(int)
    return X, y


def i1_raw_rows_at_prediction(seed):
    """kotlindl#287: trained on ages divided by 100, asked with ages in years; the same answer to all."""

    def create_trained_mlp():
        X, y = ages(seed)
        keras.utils.set_random_seed(seed)
        model = sequential(
            (1,),
            L.Dense(16, activation="relu"),
            L.Dense(32, activation="relu"),
            L.Dense(2, activation="softmax"),
            loss="sparse_categorical_crossentropy",
            optimizer=keras.optimizers.Adam(0.01),
        )
        model.fit(X / 100, y, batch_size=32, epochs=12, verbose=0)
        return model

    return Case(
        build=create_trained_mlp, root_causes=("scale_differs_from_training",), **split(*ages(seed + 1000), seed)
    )


def i3_one_unit_as_category(seed):
    """boohere 80265: Dense(1) read as categories; argmax over one column is class 0."""

    def create_mlp():
        return sequential(
            (6,),
            L.Dense(16, activation="relu"),
            L.Dense(1, activation="sigmoid"),
            loss="categorical_crossentropy",
        )

    X = np.random.default_rng(seed).normal(size=(600, 6))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    fit = {"batch_size": 32, "epochs": 10}
    return Case(build=create_mlp, root_causes=("categorical_loss_on_one_unit",), fit=fit, **split(X, y, seed))


def i4_accuracy_of_logits(seed):
    """TheDeepChecker IPS_12: 100 x 14, a linear unit, accuracy that compares the logit with .5."""

    def create_mlp():
        return sequential(
            (14,),
            L.Dense(20, activation="relu"),
            L.Dropout(0.2),
            L.Dense(20, activation="relu"),
            L.Dropout(0.2),
            L.Dense(15, activation="relu"),
            L.Dense(1),
            loss=keras.losses.BinaryCrossentropy(from_logits=True),
        )

    X = np.random.default_rng(seed).normal(size=(400, 14))
    y = (X[:, 0] - X[:, 1] + 0.5 * X[:, 2] > 0).astype(int)
    fit = {"batch_size": 10, "epochs": 20}
    return Case(build=create_mlp, root_causes=("accuracy_of_logits",), fit=fit, **split(X, y, seed, n_new=300))


SOFTMAX_ON_ONE_UNIT = (
    *(a1_ones_and_zeros, a2_xor, a3_xor_repeated, a6_images, a7_uniform_columns, a9_majority_of_bits),
    a10_next_symbol,
)
HEAD_AND_LOSS = (
    *(b2_iris, b3_four_kinds_of_images, b4_relu_head, b5_threshold_of_a_raw_column, b6_multilabel, b8_many_classes),
    *(b10_output_not_sigmoid, b11_one_unit_for_ten_classes, b12_linear_layers, b13_linear_head),
)
LABELS = (c1_scaled_labels, c3_labels_from_one, c4_negative_labels, c5_label_beyond_the_units, c5_string_labels)
PREDICTION = (i1_raw_rows_at_prediction, i3_one_unit_as_category, i4_accuracy_of_logits)
ALL = (*SOFTMAX_ON_ONE_UNIT, *HEAD_AND_LOSS, *LABELS, *PREDICTION)
