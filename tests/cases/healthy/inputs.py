"""Inputs: raw columns, pixels, sequences and words, each with the layers that are made for them."""

import keras
import numpy as np

from tests.cases.healthy.parts import (
    N_COLUMNS,
    compiled,
    healthy,
    hidden,
    images,
    one_hot,
    row,
    sequences,
    table,
    texts,
)

L = keras.layers


@healthy
def normalization_layer_on_raw_columns():
    X, y = table()
    X = X * np.logspace(0, 6, N_COLUMNS) + 1000
    scale = L.Normalization()
    scale.adapt(X)
    return (
        compiled(row((N_COLUMNS,), scale, *hidden(), L.Dense(1, activation="sigmoid")), "binary_crossentropy"),
        X,
        y,
        None,
    )


@healthy
def rescaling_layer_on_pixels():
    X, y = images(top=255.0)
    layers = [L.Rescaling(1 / 255), L.Conv2D(8, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(3)]
    return compiled(row(X.shape[1:], *layers), keras.losses.SparseCategoricalCrossentropy(from_logits=True)), X, y, None


@healthy
def mnist_quickstart():
    X, y = images(10)
    layers = [L.Flatten(), L.Dense(128, activation="relu"), L.Dropout(0.2), L.Dense(10)]
    return (
        compiled(row(X.shape[1:3], *layers), keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        X[..., 0],
        y,
        None,
    )


@healthy
def mnist_convolutions():
    X, y = images(10)
    layers = [
        *(L.Conv2D(8, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(16, 3, activation="relu"), L.MaxPooling2D()),
        *(L.Flatten(), L.Dropout(0.5), L.Dense(10, activation="softmax")),
    ]
    return compiled(row(X.shape[1:], *layers), "categorical_crossentropy"), X, one_hot(y), None


@healthy
def pooled_convolution_as_head():
    X, y = images(3)
    layers = [
        L.Conv2D(8, 3, activation="relu"),
        L.Conv2D(3, 1, activation="relu"),
        L.GlobalAveragePooling2D(),
        L.Softmax(),
    ]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def separable_convolutions():
    X, y = images(3, channels=3)
    layers = [
        *(L.SeparableConv2D(8, 3, padding="same"), L.BatchNormalization(), L.Activation("relu")),
        *(L.GlobalAveragePooling2D(), L.Dropout(0.25), L.Dense(3, activation="softmax")),
    ]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def time_series_convolutions():
    X, y = sequences(3)
    layers = [
        *(L.Conv1D(16, 3, padding="same"), L.BatchNormalization(), L.ReLU()),
        *(L.GlobalAveragePooling1D(), L.Dense(3, activation="softmax")),
    ]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def lstm_head():
    X, y = sequences()
    return compiled(row(X.shape[1:], L.LSTM(8), L.Dense(1, activation="sigmoid")), "binary_crossentropy"), X, y, None


@healthy
def stacked_gru():
    X, y = sequences(3)
    layers = [L.GRU(8, return_sequences=True), L.GRU(8, dropout=0.2), L.Dense(3, activation="softmax")]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def text_embedding():
    X, y = texts()
    layers = [
        L.Embedding(50, 8),
        L.GlobalAveragePooling1D(),
        L.Dense(16, activation="relu"),
        L.Dense(1, activation="sigmoid"),
    ]
    return compiled(row((None,), *layers), "binary_crossentropy"), X, y, None


@healthy
def bidirectional_lstm_on_words():
    X, y = texts()
    layers = [
        L.Embedding(50, 8, mask_zero=True),
        L.Bidirectional(L.LSTM(4)),
        L.Dense(16, activation="relu"),
        L.Dense(1),
    ]
    return compiled(row((None,), *layers), keras.losses.BinaryCrossentropy(from_logits=True)), X, y, None


@healthy
def transformer_block():
    X, y = sequences()
    inputs = keras.Input(X.shape[1:])
    x = L.Dense(8)(inputs)
    x = L.LayerNormalization()(x + L.MultiHeadAttention(2, 4)(x, x))
    x = L.LayerNormalization()(x + L.Dense(8)(L.Dense(16, activation="relu")(x)))
    outputs = L.Dense(2, activation="softmax")(L.Dropout(0.1)(L.GlobalAveragePooling1D()(x)))
    return compiled(keras.Model(inputs, outputs), "sparse_categorical_crossentropy"), X, y, None


@healthy
def whole_numbers_as_inputs():
    X, y = table()
    X = np.rint(X).astype(int)
    return compiled(row((N_COLUMNS,), *hidden(), L.Dense(1, activation="sigmoid")), "binary_crossentropy"), X, y, None
