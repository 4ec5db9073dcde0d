"""A user's network is made again from the same seed, changed as asked, and compiled; what the user holds stays."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp.keras_classifier import GuardedKerasClassifier
from robust_mlp.keras_classifier.layer_changes import Changes
from robust_mlp.keras_classifier.network_factory import NetworkRecipe, make_network

L = keras.layers
RECIPE = NetworkRecipe(seed=7, row_shape=(4,))


def layers():
    return [L.Dense(8, activation="relu", name="a"), L.Dense(1, activation="sigmoid", name="out")]


def compiled():
    model = keras.Sequential([keras.Input((4,)), *layers()])
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
    return model


def plain():
    return keras.Sequential([keras.Input((4,)), *layers()])


def without_shape():
    return keras.Sequential(layers())


def made(model, recipe=RECIPE, **settings):
    estimator = GuardedKerasClassifier(model, **settings)
    estimator._random_state = None  # as `fit` has it before it makes a network
    return make_network(estimator, recipe)


def test_the_same_seed_makes_the_same_weights_and_another_does_not():
    first, same, other = (made(compiled, replace(RECIPE, seed=seed)) for seed in (7, 7, 8))
    for a, b in zip(first.get_weights(), same.get_weights(), strict=True):
        assert_array_equal(a, b)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_what_the_user_compiled_is_kept():
    model = made(compiled, optimizer="sgd", loss="mse")
    assert isinstance(model.optimizer, keras.optimizers.Adam) and model.loss == "binary_crossentropy"


def test_what_the_user_left_open_is_compiled_as_the_parameters_say():
    model = made(plain, optimizer="sgd", optimizer__learning_rate=0.5, loss="binary_crossentropy")
    assert isinstance(model.optimizer, keras.optimizers.SGD) and model.compiled
    assert float(model.optimizer.learning_rate) == pytest.approx(0.5)


def test_without_any_loss_the_optimizer_is_kept_for_when_there_is_one():
    model = made(plain, optimizer="sgd")
    assert model.loss is None and isinstance(model.optimizer, keras.optimizers.SGD)
    chosen = made(plain, replace(RECIPE, loss="binary_crossentropy"), optimizer="sgd")
    assert chosen.loss == "binary_crossentropy" and isinstance(chosen.optimizer, keras.optimizers.SGD)


def test_a_network_that_does_not_know_its_inputs_is_built_on_the_rows():
    model = made(without_shape, loss="binary_crossentropy", optimizer="sgd")
    assert [w.shape for w in model.get_weights()] == [(4, 8), (8,), (8, 1), (1,)]


def test_changes_are_made_and_compiled_with_the_users_optimizer_and_metrics():
    changes = Changes(units=3, head_activation="softmax")
    model = made(compiled, replace(RECIPE, changes=changes, loss="sparse_categorical_crossentropy"))
    assert model.output_shape == (None, 3) and model.loss == "sparse_categorical_crossentropy"
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)
    assert model._compile_metrics._user_metrics == ["accuracy"]  # objects cannot be compiled twice


def test_another_optimizer_may_be_asked_for():
    settings = (keras.optimizers.SGD, keras.optimizers.SGD(0.3, momentum=0.5).get_config())
    model = made(compiled, replace(RECIPE, optimizer=settings))
    assert isinstance(model.optimizer, keras.optimizers.SGD) and model.optimizer.momentum == 0.5
    assert model.loss == "binary_crossentropy"


def test_changes_that_cannot_be_made_make_no_network():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = L.Dense(1, activation="sigmoid")

        def call(self, x):
            return self.out(x)

    def own():
        model = Own()
        model.compile("sgd", "binary_crossentropy")
        return model

    assert made(own, replace(RECIPE, changes=Changes(units=3, head_activation="softmax"))) is None
    assert made(own).count_params() == 5


def test_a_network_in_place_of_a_function_is_copied_with_its_weights():
    given = compiled()
    before = [w.copy() for w in given.get_weights()]
    model = made(given)
    assert model is not given
    for a, b in zip(model.get_weights(), before, strict=True):
        assert_array_equal(a, b)
    model.set_weights([w + 1 for w in before])
    assert_array_equal(given.get_weights()[0], before[0])
    assert isinstance(model.optimizer, keras.optimizers.Adam) and model.optimizer is not given.optimizer


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError) as caught:
        made(lambda: 3)
    assert str(caught.value) == "model returned a int, not a keras.Model. Let it return the network."
