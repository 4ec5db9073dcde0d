"""Two classes: heads, losses, forms of labels, rare classes, and the smallest networks."""

import keras
import numpy as np

from tests.cases.healthy.parts import N_COLUMNS, binary, compiled, generator, healthy, hidden, one_hot, row, table

L = keras.layers


@healthy
def sigmoid_and_binary_crossentropy():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"))


@healthy
def logits_and_binary_crossentropy():
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return binary(*hidden(), L.Dense(1), loss=loss, metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])


@healthy
def logits_with_plain_accuracy():
    return binary(*hidden(), L.Dense(1), loss=keras.losses.BinaryCrossentropy(from_logits=True))


@healthy
def two_softmax_units_sparse():
    return binary(*hidden(), L.Dense(2, activation="softmax"), loss="sparse_categorical_crossentropy")


@healthy
def two_softmax_units_one_hot():
    X, y = table()
    model = row((N_COLUMNS,), *hidden(), L.Dense(2, activation="softmax"))
    return compiled(model, "categorical_crossentropy"), X, one_hot(y), None


@healthy
def two_softmax_units_binary_crossentropy():
    X, y = table()
    model = row((N_COLUMNS,), *hidden(), L.Dense(2, activation="softmax"))
    return compiled(model, "binary_crossentropy"), X, one_hot(y), None


@healthy
def two_sigmoid_units_one_hot():
    X, y = table()
    model = row((N_COLUMNS,), *hidden(), L.Dense(2, activation="sigmoid"))
    return compiled(model, "binary_crossentropy"), X, one_hot(y), None


@healthy
def two_logits_sparse():
    return binary(*hidden(), L.Dense(2), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))


@healthy
def labels_as_a_column():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, y[:, None], None


@healthy
def labels_as_floats():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, y.astype("float32"), None


@healthy
def labels_as_booleans():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, y == 1, None


@healthy
def labels_smoothed_by_hand():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, np.where(y == 1, 0.95, 0.05), None


@healthy
def labels_that_are_shares():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, np.clip(0.8 * y + generator().uniform(0, 0.2, len(y)), 0, 1), None


@healthy
def label_smoothing_binary():
    loss = keras.losses.BinaryCrossentropy(label_smoothing=0.1)
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss=loss)


@healthy
def binary_focal_loss():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss="binary_focal_crossentropy")


@healthy
def hinge_with_tanh():
    model, X, y, _ = binary(*hidden(), L.Dense(1, activation="tanh"), loss="hinge")
    return model, X, 2 * y - 1, None


@healthy
def squared_hinge_linear():
    model, X, y, _ = binary(*hidden(), L.Dense(1), loss="squared_hinge")
    return model, X, 2 * y - 1, None


@healthy
def sigmoid_and_mean_squared_error():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss="mse")


@healthy
def balanced_class_weight():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    rare = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:12]])
    return model, X[rare], y[rare], {0: 132 / 240, 1: 132 / 24}


@healthy
def rare_class_with_initial_bias():
    """The imbalanced-data tutorial: the output bias starts at the log odds."""
    _, X, y, _ = sigmoid_and_binary_crossentropy()
    rare = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:6]])
    bias = keras.initializers.Constant(np.log(6 / 120))
    model = row(
        (N_COLUMNS,),
        L.Dense(16, activation="relu"),
        L.Dropout(0.5),
        L.Dense(1, activation="sigmoid", bias_initializer=bias),
    )
    return compiled(model, "binary_crossentropy", metrics=[keras.metrics.AUC()]), X[rare], y[rare], None


@healthy
def logistic_regression():
    X, y = table(n_columns=2)
    return compiled(row((2,), L.Dense(1, activation="sigmoid")), "binary_crossentropy", "sgd"), X, y, None


@healthy
def logistic_regression_from_zero():
    X, y = table()
    return (
        compiled(
            row((N_COLUMNS,), L.Dense(1, activation="sigmoid", kernel_initializer="zeros")), "binary_crossentropy"
        ),
        X,
        y,
        None,
    )


@healthy
def zero_output_layer():
    return binary(*hidden(), L.Dense(1, activation="sigmoid", kernel_initializer="zeros"))


@healthy
def raw_diabetes_table():
    """The Pima tutorial: raw clinical columns, 12-8-1, batches of 10."""
    draw = generator()
    n = 400
    glucose, pressure, insulin = draw.normal(121, 31, n), draw.normal(69, 19, n), draw.gamma(1.0, 80, n)
    mass, pedigree, age = draw.normal(32, 7.9, n), draw.gamma(2, 0.23, n), draw.integers(21, 70, n)
    X = np.column_stack(
        [draw.integers(0, 12, n), glucose, pressure, draw.normal(20, 15, n), insulin, mass, pedigree, age]
    )
    y = (glucose + 0.8 * mass + 0.4 * age + draw.normal(0, 25, n) > 165).astype(int)
    model = row((8,), L.Dense(12, activation="relu"), L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"))
    return compiled(model, "binary_crossentropy"), X, y, None


@healthy
def custom_loss_function():
    def weighted_crossentropy(y_true, y_pred):
        return 2.0 * keras.ops.mean(keras.ops.binary_crossentropy(y_true, y_pred), axis=-1)

    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss=weighted_crossentropy)
