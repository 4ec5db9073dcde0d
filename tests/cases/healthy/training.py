"""Precision, optimizers, and networks that are trained already."""

import keras

from tests.cases.healthy.parts import HEALTHY, N_COLUMNS, binary, compiled, healthy, hidden, table

L = keras.layers


@healthy
def mixed_precision():
    policy = keras.mixed_precision.DTypePolicy("mixed_float16")
    model, X, y, _ = binary(*hidden(dtype=policy), L.Dense(1, dtype=policy), L.Activation("sigmoid", dtype="float32"))
    return model, X, y, None


@healthy
def double_precision():
    X, y = table()
    layers = [L.Dense(16, activation="relu", dtype="float64"), L.Dense(1, activation="sigmoid", dtype="float64")]
    model = keras.Sequential([keras.Input((N_COLUMNS,), dtype="float64"), *layers])
    return compiled(model, "binary_crossentropy"), X.astype(float), y, None


@healthy
def with_a_schedule():
    rate = keras.optimizers.schedules.CosineDecay(1e-3, 1000)
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.Adam(rate, clipnorm=1.0))


@healthy
def other_optimizers():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.Lion(1e-4))


@healthy
def already_trained_with_batch_norm():
    layers = [L.Dense(16, activation="relu"), L.BatchNormalization(momentum=0.5), L.Dense(1, activation="sigmoid")]
    model, X, y, _ = binary(*layers)
    model.fit(X, y, epochs=4, batch_size=16, verbose=0)
    return model, X, y, None


@healthy
def already_trained():
    model, X, y, _ = HEALTHY["softmax_over_3_classes"]()
    model.fit(X, y, epochs=3, verbose=0)
    return model, X, y, None
