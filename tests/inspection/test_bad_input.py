"""What inspect_model cannot look at is refused with what came and what to pass."""

import keras
import numpy as np
import pandas as pd
import pytest

from robust_mlp.inspection import inspect_model
from tests.inspection.examples import RNG, X4, Y4, Subclassed, plain_model

L = keras.layers


def two_outputs():
    inputs = keras.Input((4,))
    return keras.Model(inputs, [L.Dense(1)(inputs), L.Dense(1)(inputs)])


def two_inputs():
    left, right = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([left, right], L.Dense(1, activation="sigmoid")(L.Concatenate()([left, right])))
    model.compile(loss="binary_crossentropy")
    return model


def one_answer_per_step():
    model = keras.Sequential([keras.Input((5, 4)), L.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy")
    return model


def create_mlp():
    return plain_model()


NOT_BUILT = (
    "The model has no weights yet, because it does not know its input shape. Put keras.Input((n_features,)) first, "
    "call model.build((None, n_features)), or call it once on a batch."
)
LOSS_EXAMPLES = 'a name such as "binary_crossentropy", a keras.losses.Loss, or a function (y_true, y_pred) -> loss'
TEXT = pd.DataFrame({"age": [1.0, 2.0], "city": ["Oslo", "Rome"], "b": [0, 1], "c": [0, 1]})


@pytest.mark.parametrize(
    "make_model, X, y, options, error, message",
    [
        (
            lambda: None,
            X4,
            Y4,
            {},
            TypeError,
            "model is None: inspect_model needs a built Keras model. Pass model=create_mlp().",
        ),
        (
            lambda: create_mlp,
            X4,
            Y4,
            {},
            TypeError,
            "model is create_mlp, which makes a model, not the model itself. Pass create_mlp().",
        ),
        (
            lambda: 3,
            X4,
            Y4,
            {},
            TypeError,
            "model is a int, not a keras.Model. Pass a Sequential, functional or subclassed model.",
        ),
        (
            lambda: L.Dense(3),
            X4,
            Y4,
            {},
            TypeError,
            "model is a Dense, not a keras.Model. Pass a Sequential, functional or subclassed model.",
        ),
        (lambda: keras.Sequential([L.Dense(3)]), X4, Y4, {}, ValueError, NOT_BUILT),
        (lambda: Subclassed(1, "sigmoid"), X4, Y4, {}, ValueError, NOT_BUILT),
        (
            two_outputs,
            X4,
            Y4,
            {"loss": "mse"},
            ValueError,
            "The model has 2 outputs; inspect_model looks at one. "
            "Pass keras.Model(model.inputs, model.outputs[0]) with loss=..., for each output.",
        ),
        (
            lambda: keras.Sequential([keras.Input((4,)), L.Dense(1)]),
            X4,
            Y4,
            {},
            ValueError,
            f"The model is not compiled with a loss. Pass loss=..., {LOSS_EXAMPLES}.",
        ),
        (
            plain_model,
            X4,
            Y4,
            {"loss": "crossentropy"},
            ValueError,
            f"loss='crossentropy' is not a loss that Keras knows. Pass {LOSS_EXAMPLES}.",
        ),
        (plain_model, X4, Y4, {"loss": 3}, ValueError, f"loss=3 is not a loss that Keras knows. Pass {LOSS_EXAMPLES}."),
        (
            plain_model,
            X4[:, :3],
            Y4,
            {},
            ValueError,
            "X has shape (80, 3), but the model takes (n_rows, 4). "
            "Pass such an X, or build the model with keras.Input((3,)).",
        ),
        (plain_model, X4[:10], Y4[:9], {}, ValueError, "X has 10 rows and y has 9. Pass one label for each row."),
        (plain_model, X4[:1], Y4[:1], {}, ValueError, "X has 1 row; nothing can be compared. Pass at least 2."),
        (
            plain_model,
            X4,
            None,
            {},
            ValueError,
            "y is None: the labels are needed. Pass y of shape (n_rows,) or (n_rows, n_classes).",
        ),
        (
            plain_model,
            None,
            Y4,
            {},
            ValueError,
            "X is None: inspect_model needs the rows. Pass X of shape (n_rows, n_features).",
        ),
        (
            plain_model,
            X4,
            np.zeros((80, 2, 2)),
            {},
            ValueError,
            "y has shape (80, 2, 2); labels have shape (n_rows,) or (n_rows, n_classes). "
            "Pass one row of labels per row of X.",
        ),
        (
            plain_model,
            TEXT,
            [0, 1],
            {},
            ValueError,
            "X holds 'Oslo' in column 'city'; a network needs numbers. "
            "Encode it first, for example with sklearn.preprocessing.OneHotEncoder(handle_unknown='ignore').",
        ),
        (
            plain_model,
            np.array([["1", "x"]] * 2),
            [0, 1],
            {},
            ValueError,
            "X holds 'x' in column 1; a network needs numbers. "
            "Encode it first, for example with sklearn.preprocessing.OneHotEncoder(handle_unknown='ignore').",
        ),
        (two_inputs, X4, Y4, {}, ValueError, "The model has 2 inputs, X is a ndarray. Pass a list of 2 arrays."),
        (two_inputs, [X4[:, :2], X4[:9, 2:]], Y4, {}, ValueError, "The inputs have different numbers of rows: 80, 9."),
        (
            one_answer_per_step,
            RNG.normal(size=(8, 5, 4)),
            Y4[:8],
            {},
            ValueError,
            "The model answers with shape (8, 5, 1) to 8 rows; one row of outputs per row of X is needed. "
            "Add keras.layers.Flatten() or a pooling layer before the last Dense layer.",
        ),
    ],
)
def test_bad_input_is_told_clearly(make_model, X, y, options, error, message):
    with pytest.raises(error) as raised:
        inspect_model(make_model(), X, y, **options)
    assert str(raised.value) == message


def test_a_subclassed_model_with_several_outputs_is_refused_clearly():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = L.Dense(1), L.Dense(1)

        def call(self, x):
            return self.a(x), self.b(x)

    model = Two()
    model(X4[:2])
    with pytest.raises(ValueError) as raised:
        inspect_model(model, X4, Y4, loss="mse")
    assert str(raised.value) == (
        "The model has 2 outputs; inspect_model looks at one. "
        "Pass a model that returns one tensor, with loss=..., for each output."
    )


def test_the_layers_are_given_back_when_a_call_fails():
    class Failing(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = L.Dense(2, activation="relu")

        def call(self, x):
            if x.shape[0] == 80:
                raise RuntimeError("no 80 rows")
            return self.first(x)

    model = Failing()
    model(X4[:2])
    with pytest.raises(RuntimeError, match="no 80 rows"):
        inspect_model(model, X4, Y4, loss="mse")
    assert "call" not in vars(model.first)
