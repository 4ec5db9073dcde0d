"""Integer codes that a network looks up are told from numbers, however it looks them up."""

import keras
import numpy as np
import pytest
from keras import ops

from robust_mlp.inspection._read.own_inputs import code_columns, handles_inputs_itself, input_names, inputs_left_raw

L = keras.layers
RNG = np.random.default_rng(0)
CODE, NUMBER, COUNT = RNG.integers(0, 30, 400), RNG.normal(size=400), RNG.poisson(3, 400)
X = np.c_[CODE, NUMBER, COUNT].astype("float32")


class Table(L.Layer):
    """A lookup of one's own."""

    def build(self, shape):
        self.table = self.add_weight(shape=(30, 4), initializer="normal")

    def call(self, codes):
        return ops.take(self.table, ops.cast(codes, "int32"), axis=0)


def looked_up(how):
    """A network that treats column 0 as codes in some way, and columns 1 and 2 as numbers."""
    inputs = keras.Input((3,))
    code = inputs[:, 0]
    ways = {
        "one_hot": lambda: ops.one_hot(ops.cast(code, "int32"), 30),
        "embedding": lambda: L.Embedding(30, 4)(code),
        "equal": lambda: ops.cast(ops.equal(code[:, None], ops.arange(30, dtype="float32")), "float32"),
        "own layer": lambda: Table()(code),
        "round": lambda: ops.one_hot(ops.cast(ops.round(code), "int32"), 30),
        "threshold": lambda: ops.cast(code[:, None] > 12, "float32"),
        "category encoding": lambda: L.CategoryEncoding(30, output_mode="one_hot")(ops.cast(code, "int32")),
    }
    h = L.Concatenate()([ways[how](), inputs[:, 1:]])
    return keras.Model(inputs, L.Dense(1, "sigmoid")(L.Dense(16, "relu")(h)))


def answer_of(model):
    return lambda rows: ops.convert_to_numpy(model(np.asarray(rows, "float32")))


WAYS = ["one_hot", "embedding", "equal", "own layer", "round", "threshold", "category encoding"]


@pytest.mark.parametrize("how", WAYS)
def test_a_column_that_is_looked_up_is_found_and_no_other(how):
    keras.utils.set_random_seed(0)
    model = looked_up(how)
    assert code_columns(answer_of(model), X) == (0,)
    assert handles_inputs_itself(model) or how == "embedding"


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.vectors, self.hidden, self.head = L.Embedding(30, 4), L.Dense(16, "relu"), L.Dense(1, "sigmoid")

    def call(self, x):
        return self.head(self.hidden(ops.concatenate([self.vectors(x[:, 0]), x[:, 1:]], axis=-1)))


def test_a_subclassed_network_that_looks_a_column_up():
    keras.utils.set_random_seed(0)
    model = Subclassed()
    model(X[:2])
    assert code_columns(answer_of(model), X) == (0,)
    assert handles_inputs_itself(model)


def plain(*layers):
    return keras.Sequential([keras.Input((3,)), *layers, L.Dense(1, "sigmoid")])


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
@pytest.mark.parametrize("factor", [1.0, 1e3])
def test_no_column_of_a_smooth_network_is_taken_for_codes(activation, factor):
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        model = plain(L.Dense(16, activation))
        rows = X.copy()
        rows[:, 1] *= 1e7  # would hide what a fraction of a code changes
        rows[:, 2] = np.round(rows[:, 2] * factor)
        assert code_columns(answer_of(model), rows) == ()


def test_a_dead_network_takes_nothing_for_codes():
    model = plain(L.Dense(4, "relu", kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(-1)))
    assert code_columns(answer_of(model), X) == ()


def test_sequences_of_words_are_codes_throughout():
    words = RNG.integers(0, 30, size=(100, 90)).astype("float32")
    model = keras.Sequential([keras.Input((90,)), L.Embedding(30, 4), L.Flatten(), L.Dense(1, "sigmoid")])
    assert code_columns(answer_of(model), words) == tuple(range(90))


def test_a_missing_code_does_not_hide_the_others():
    rows = X.copy()
    rows[::7, 0] = np.nan
    assert code_columns(answer_of(looked_up("one_hot")), rows) == (0,)


@pytest.mark.parametrize(
    "layers, expected",
    [
        ([L.Dense(4, "relu")], False),
        ([L.Dropout(0.1), L.Dense(4, "relu")], False),
        ([L.Reshape((3, 1)), L.Conv1D(2, 2), L.Flatten()], False),
        ([L.Rescaling(1 / 255), L.Dense(4)], True),
        ([L.Lambda(lambda x: x**2), L.Dense(4)], True),
        ([L.Activation("tanh"), L.Dense(4)], True),
    ],
)
def test_who_handles_inputs_itself(layers, expected):
    assert handles_inputs_itself(plain(*layers)) is expected


def test_each_of_several_inputs_is_left_raw_or_not():
    codes, numbers, pixels = keras.Input((2,), name="codes"), keras.Input((3,), name="n"), keras.Input((4,), name="p")
    whole = keras.Input((1,), dtype="int32", name="whole")
    joined = L.Concatenate()(
        [
            L.Flatten()(L.Embedding(30, 4)(codes)),
            L.Dense(4)(numbers),
            L.Rescaling(1 / 255)(pixels),
            L.Flatten()(L.Embedding(5, 2)(whole)),
        ]
    )
    model = keras.Model([codes, numbers, pixels, whole], L.Dense(1)(joined))
    assert inputs_left_raw(model) == (True, False, True, True)
    assert input_names(model) == ("codes", "n", "p", "whole")
    assert inputs_left_raw(Subclassed()) is None
