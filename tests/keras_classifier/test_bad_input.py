"""What cannot be used is refused with what came and what to pass."""

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from tests.keras_classifier.examples import IRIS, SPECIES, X, Y, classifier, create_mlp

L = keras.layers


def no_model_at_all():
    return 3


def two_outputs():
    inputs = keras.Input((8,))
    model = keras.Model(inputs, [L.Dense(1, activation="sigmoid")(inputs), L.Dense(1, activation="sigmoid")(inputs)])
    model.compile("adam", ["binary_crossentropy", "binary_crossentropy"])
    return model


def one_unit():
    model = keras.Sequential([keras.Input((4,)), L.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.parametrize(
    "settings, rows, labels, error, message",
    [
        (
            {"model": None},
            X,
            Y,
            ValueError,
            "model is None. Pass the function that makes the network: GuardedKerasClassifier(create_model).",
        ),
        (
            {"scale": "minmax"},
            X,
            Y,
            ValueError,
            "scale='minmax' is not known. Pass 'auto', 'standard', 'robust' or None.",
        ),
        (
            {"collapse_guard": "stop"},
            X,
            Y,
            ValueError,
            "collapse_guard='stop' is not known. Pass one of 'repair', 'warn', 'raise', 'off'.",
        ),
        ({"max_restarts": -1}, X, Y, ValueError, "max_restarts=-1 does not fit. Pass an int >= 0."),
        ({"repair_head": "yes"}, X, Y, ValueError, "repair_head='yes' does not fit. Pass True or False."),
        (
            {"validation_fraction": 1.5},
            X,
            Y,
            ValueError,
            "validation_fraction=1.5 does not fit. Pass a number in [0, 1).",
        ),
        ({"epochs": 2.5}, X, Y, ValueError, "epochs=2.5 does not fit. Pass an int >= 0."),
        (
            {"batch_size": 0},
            X,
            Y,
            ValueError,
            "batch_size=0 does not fit. Pass an int >= 1, or -1 for all rows at once.",
        ),
        (
            {"model": no_model_at_all},
            X,
            Y,
            TypeError,
            "model returned a int, not a keras.Model. Let it return the network.",
        ),
        ({"model": two_outputs}, X, Y, ValueError, "The network has 2 outputs. Let it return one: the classes."),
        (
            {"model": one_unit, "repair_head": False},
            IRIS,
            SPECIES,
            ValueError,
            "The head has one unit for 3 classes. 1 unit ('dense'), activation sigmoid; 3 classes: 0, 1, 2. "
            'Build it with keras.layers.Dense(3, activation="softmax") with loss="sparse_categorical_crossentropy".',
        ),
        (
            {"scale": None},
            np.where(X > 2, np.nan, X),
            Y,
            ValueError,
            "Input X contains NaN, and scale=None leaves it. Pass scale='standard', or fill it first.",
        ),
        (
            {},
            np.where(X > 2, np.inf, X),
            Y,
            ValueError,
            "Input X contains infinity. Replace it first, for example with X = np.where(np.isinf(X), np.nan, X).",
        ),
    ],
)
def test_bad_input_is_told_clearly(settings, rows, labels, error, message):
    keras.backend.clear_session()
    with pytest.raises(error) as raised:
        classifier(**{"model": create_mlp, **settings}).fit(rows, labels)
    assert str(raised.value) == message


def test_unknown_arguments_of_fit_and_half_a_validation_set_are_refused():
    with pytest.raises(TypeError, match=r"fit got unexpected keyword arguments: epoch\. It takes batch_size, epochs, "):
        classifier().fit(X, Y, epoch=3)
    with pytest.raises(ValueError, match=r"y_val is missing. Pass X_val and y_val together\."):
        classifier().fit(X, Y, X_val=X)


def test_it_must_be_fitted_first():
    with pytest.raises(NotFittedError):
        classifier().predict(X)


def test_rows_of_another_shape_than_the_network_takes_are_refused_by_name():
    message = r"A row of X has the shape \(8,\), and the network takes rows of shape \(4,\)"
    with pytest.raises(ValueError, match=message):
        classifier(one_unit).fit(X, Y)


def test_a_network_that_takes_rows_of_any_width_is_not_refused():
    def any_width():
        inputs = keras.Input((None,))
        hidden = L.Lambda(lambda x: x[:, :2], output_shape=(2,))(inputs)
        model = keras.Model(inputs, L.Dense(1, activation="sigmoid")(hidden))
        model.compile("adam", "binary_crossentropy")
        return model

    assert classifier(any_width, epochs=1, collapse_guard="off").fit(X, Y).predict(X).shape == Y.shape
