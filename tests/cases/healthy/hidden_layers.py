"""Hidden layers: activations, initial weights, normalization and regularization."""

import keras

from tests.cases.healthy.parts import binary, healthy, hidden

L = keras.layers


@healthy
def self_normalizing():
    selu = {"activation": "selu", "kernel_initializer": "lecun_normal"}
    return binary(L.Dense(32, **selu), L.AlphaDropout(0.1), L.Dense(16, **selu), L.Dense(1, activation="sigmoid"))


@healthy
def batch_norm_before_activation():
    return binary(
        *(L.Dense(32, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.Dropout(0.5)),
        *(L.Dense(16, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.Dense(1, activation="sigmoid")),
    )


@healthy
def batch_norm_after_activation():
    return binary(*(L.BatchNormalization(), *hidden(), L.BatchNormalization()), L.Dense(1, activation="sigmoid"))


@healthy
def half_of_everything_dropped():
    return binary(
        *(
            L.Dropout(0.2),
            L.Dense(64, activation="relu"),
            L.Dropout(0.5),
            L.Dense(64, activation="relu"),
            L.Dropout(0.5),
        ),
        L.Dense(1, activation="sigmoid"),
    )


@healthy
def weight_decay():
    decay = keras.regularizers.L2(1e-3)
    return binary(
        *hidden(kernel_regularizer=decay), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.AdamW(1e-3)
    )


@healthy
def max_norm_and_momentum():
    bound = keras.constraints.MaxNorm(3)
    descent = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
    return binary(*hidden(kernel_constraint=bound), L.Dense(1, activation="sigmoid"), optimizer=descent)


@healthy
def tanh_units():
    return binary(*hidden("tanh"), L.Dense(1, activation="sigmoid"))


@healthy
def two_sigmoid_layers():
    return binary(*hidden("sigmoid"), L.Dense(1, activation="sigmoid"))


@healthy
def activation_layers():
    return binary(
        *(L.Dense(32), L.LeakyReLU(), L.Dense(32), L.PReLU(), L.Dense(32), L.ELU(), L.Dense(32), L.ReLU()),
        *(L.Dense(1), L.Activation("sigmoid")),
    )


@healthy
def gelu_and_layer_norm():
    return binary(
        *(L.Dense(32, activation="gelu"), L.LayerNormalization(), L.Dense(16, activation="silu")),
        L.Dense(1, activation="sigmoid"),
    )


@healthy
def orthogonal_and_noise():
    return binary(L.GaussianNoise(0.1), *hidden(kernel_initializer="orthogonal"), L.Dense(1, activation="sigmoid"))


@healthy
def ten_relu_layers():
    layers = [L.Dense(64, activation="relu", kernel_initializer="he_normal") for _ in range(10)]
    return binary(*layers, L.Dense(1, activation="sigmoid"))


@healthy
def very_wide_layer():
    return binary(L.Dense(2000, activation="relu"), L.Dense(1, activation="sigmoid"))
