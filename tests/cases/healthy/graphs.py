"""Networks that are no plain row of layers: branches, several inputs, networks inside networks."""

import keras

from tests.cases.healthy.parts import N_COLUMNS, compiled, generator, healthy, hidden, row, table

L = keras.layers


@healthy
def functional_residual():
    X, y = table(3)
    inputs = keras.Input((N_COLUMNS,))
    x = L.Dense(16, activation="relu")(inputs)
    for _ in range(2):
        x = L.add([x, L.Dense(16, activation="relu")(L.Dense(16, activation="relu")(x))])
    return (
        compiled(keras.Model(inputs, L.Dense(3, activation="softmax")(x)), "sparse_categorical_crossentropy"),
        X,
        y,
        None,
    )


@healthy
def wide_and_deep():
    X, y = table()
    inputs = keras.Input((N_COLUMNS,))
    deep = L.Dense(16, activation="relu")(L.Dense(32, activation="relu")(inputs))
    outputs = L.Dense(1, activation="sigmoid")(L.Concatenate()([inputs, deep]))
    return compiled(keras.Model(inputs, outputs), "binary_crossentropy"), X, y, None


@healthy
def sum_of_wide_and_deep_logits():
    X, y = table()
    inputs = keras.Input((N_COLUMNS,))
    logits = L.Dense(1)(inputs) + L.Dense(1)(L.Dense(32, activation="relu")(inputs))
    return compiled(keras.Model(inputs, L.Activation("sigmoid")(logits)), "binary_crossentropy"), X, y, None


@healthy
def two_inputs_in_a_list():
    X, y = table()
    left, right = keras.Input((4,)), keras.Input((4,))
    x = L.Concatenate()([L.Dense(8, activation="relu")(left), L.Dense(8, activation="relu")(right)])
    model = keras.Model([left, right], L.Dense(1, activation="sigmoid")(x))
    return compiled(model, "binary_crossentropy"), [X[:, :4], X[:, 4:]], y, None


@healthy
def named_inputs_in_a_dict():
    X, y = table()
    inputs = {"age": keras.Input((1,), name="age"), "kind": keras.Input((1,), name="kind", dtype="int64")}
    x = L.Concatenate()([inputs["age"], L.Flatten()(L.Embedding(4, 2)(inputs["kind"]))])
    model = keras.Model(inputs, L.Dense(1, activation="sigmoid")(L.Dense(16, activation="relu")(x)))
    rows = {"age": X[:, :1], "kind": generator().integers(0, 4, (len(X), 1))}
    return compiled(model, "binary_crossentropy"), rows, y, None


@healthy
def average_of_members():
    X, y = table(3)
    inputs = keras.Input((N_COLUMNS,))
    members = [L.Dense(3, activation="softmax")(L.Dense(16, activation="relu")(inputs)) for _ in range(3)]
    return compiled(keras.Model(inputs, L.Average()(members)), "sparse_categorical_crossentropy"), X, y, None


@healthy
def nested_models():
    X, y = table(3)
    body = keras.Sequential([keras.Input((N_COLUMNS,)), *hidden()])
    return (
        compiled(
            row((N_COLUMNS,), body, keras.Sequential([L.Dense(3, activation="softmax")])),
            "sparse_categorical_crossentropy",
        ),
        X,
        y,
        None,
    )


@healthy
def frozen_base():
    X, y = table(3)
    base = keras.Sequential([keras.Input((N_COLUMNS,)), *hidden()])
    base.trainable = False
    inputs = keras.Input((N_COLUMNS,))
    outputs = L.Dense(3, activation="softmax")(base(inputs, training=False))
    return compiled(keras.Model(inputs, outputs), "sparse_categorical_crossentropy"), X, y, None
