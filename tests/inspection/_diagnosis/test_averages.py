"""`diagnose` names lagging averages of batch normalization where they are to blame, and only there."""

import keras
import numpy as np
from sklearn.datasets import load_digits

from robust_mlp import diagnose

L = keras.layers
X, Y = load_digits(return_X_y=True)
X = X * 20 + 300


def trained(momentum):
    keras.utils.set_random_seed(0)
    layers = [L.BatchNormalization(momentum=momentum), L.Dense(32, "relu"), L.BatchNormalization(momentum=momentum)]
    model = keras.Sequential([keras.Input((64,)), *layers, L.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(X[:500], Y[:500], epochs=10, batch_size=128, verbose=0)
    return model


def test_lagging_averages_are_named_first_and_the_model_stays():
    model = trained(0.99)
    before = model.get_weights()
    found = diagnose(model, X[500:], Y[500:], classes=range(10))
    assert found.verdict.value == "COLLAPSED" and found.findings[0].code == "batch_averages_lag"
    assert found.headline.startswith("the moving averages of batch normalization lag behind the rows (accuracy ")
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_averages_that_follow_are_not_blamed():
    found = diagnose(trained(0.5), X[500:], Y[500:], classes=range(10))
    assert found.verdict.value == "HEALTHY"
    assert "batch_averages_lag" not in [finding.code for finding in found.findings]


def test_averages_are_not_blamed_for_an_untrained_network():
    keras.utils.set_random_seed(0)
    layers = [L.BatchNormalization(), L.Dense(8, "relu", kernel_initializer="zeros"), L.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((64,)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    found = diagnose(model, X[500:], Y[500:], classes=range(10))
    assert found.verdict.value == "COLLAPSED" and found.findings[0].code == "constant_output"
