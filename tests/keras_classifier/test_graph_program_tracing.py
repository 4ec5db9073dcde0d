"""A user's network as a program in a graph: traced once, and without a line on the terminal."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.keras_classifier import graph_program
from robust_mlp.keras_classifier.graph_program import Program, optimizer_settings

SEVERAL_FITS = """
import keras, numpy as np
from robust_mlp import GuardedKerasClassifier, inspect_model

def create(meta, width=4):
    D = keras.layers.Dense
    layers = [D(width, activation="relu"), D(meta["n_classes_"], activation="softmax")]
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), *layers])

rng = np.random.default_rng(0)
for i in range(6):
    X = rng.normal(size=(150 + 30 * i, 3 + i % 2))
    y = (X[:, 0] > 0).astype(int)
    clf = GuardedKerasClassifier(create, loss="sparse_categorical_crossentropy", epochs=2, model__width=4 + i)
    clf.set_params(collapse_guard="warn").fit(X, y).predict(X)
    inspect_model(clf.model_, X, y)
"""


def test_several_networks_in_a_row_print_no_line():
    result = subprocess.run([sys.executable, "-c", SEVERAL_FITS], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert "retracing" not in result.stderr
    assert result.stdout == ""


@pytest.fixture
def program():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(5, activation="relu"), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    settings = optimizer_settings(model.optimizer)
    made = Program(model, keras.losses.get(model.loss), settings, is_one_unit=False, middle=0.5)
    made.reset([v.numpy() for v in model.trainable_variables], [v.numpy() for v in model.non_trainable_variables])
    return made


def rows(n, dtype=np.float32):
    X = np.random.default_rng(n).normal(size=(n, 3)).astype(dtype)
    codes = (X[:, 0] > 0).astype(np.int32)
    return X, codes, np.ones(n, np.float32), codes


def test_other_numbers_of_rows_do_not_trace_again(program, monkeypatch):
    import tensorflow as tf

    traces = []
    call = Program._call

    def counted(self, values, state, x, *, training):
        traces.append(training)
        return call(self, values, state, x, training=training)

    monkeypatch.setattr(Program, "_call", counted)
    monkeypatch.setattr(graph_program, "LOOK_ROWS", 16)
    for n, batch_size in ((40, 8), (41, 8), (7, 3), (16, 16)):
        X, targets, weights, codes = rows(n)
        data = [tf.convert_to_tensor(part) for part in (X, targets, weights, codes)]
        loss, accuracy = program.run_epoch(tuple(data), np.arange(n, dtype=np.int32), batch_size)
        assert np.isfinite(loss) and 0 <= accuracy <= 1
        assert program.answer(X).shape == (n, 2)
    assert sorted(traces) == [False, True]


def test_rows_of_another_type_get_a_graph_of_their_own(program):
    X = rows(9)[0]
    assert_allclose(program.answer(X.astype(np.float64)), program.answer(X), rtol=1e-6)
