"""The programs of `GuardedKerasClassifier`: an epoch is what Keras does, and they serve later fits of their kind."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import robust_mlp
from robust_mlp.keras_classifier import graph_program
from robust_mlp.keras_classifier.graph_program import Program, borrowed_program, optimizer_settings, program_key
from tests.keras_classifier.examples import X, Y, classifier

L = keras.layers
ROWS, CODES = X[:64], Y[:64].astype(np.int32)
LOSS = keras.losses.BinaryCrossentropy()
SEVERAL_FITS = """
import keras, numpy as np
from robust_mlp import GuardedKerasClassifier, inspect_model

def create(meta, width=4):
    hidden, head = keras.layers.Dense(width, "relu"), keras.layers.Dense(meta["n_classes_"], "softmax")
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), hidden, head])

rng = np.random.default_rng(0)
for i in range(6):
    X = rng.normal(size=(150 + 30 * i, 3 + i % 2))
    y = (X[:, 0] > 0).astype(int)
    clf = GuardedKerasClassifier(create, loss="sparse_categorical_crossentropy", epochs=2, model__width=4 + i)
    clf.set_params(collapse_guard="warn").fit(X, y).predict(X)
    inspect_model(clf.model_, X, y)
"""


@pytest.fixture(autouse=True)
def _empty():
    robust_mlp.clear_cache()
    yield
    robust_mlp.clear_cache()


def network(width=4, activation="relu"):
    return keras.Sequential(
        [keras.Input((8,)), L.Dense(width, activation=activation), L.Dense(1, activation="sigmoid")]
    )


class OwnLayer(L.Layer):
    def call(self, x):
        return 2 * x


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = L.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.out(x)


def settings(rate=0.1, kind=keras.optimizers.SGD):
    return optimizer_settings(kind(rate))


def key(model=None, loss=LOSS, optimizer=None, *, is_one_unit=True, middle=0.5):
    return program_key(model or network(), loss, optimizer or settings(), is_one_unit, middle)


def lend(width=4, *, fails=False):
    with borrowed_program(network(width), LOSS, settings(), is_one_unit=True, middle=0.5) as program:
        if fails:
            raise RuntimeError("this fit ends here")
    return program


def started(model, kind):
    """A program at the model's weights."""
    program = Program(model, LOSS, settings(kind=kind), is_one_unit=True, middle=0.5)
    program.reset([v.numpy() for v in model.trainable_variables], [v.numpy() for v in model.non_trainable_variables])
    return program


def table():
    targets, weights = CODES[:, np.newaxis].astype(np.float32), np.ones(len(ROWS), np.float32)
    return tuple(tf.convert_to_tensor(part) for part in (ROWS, targets, weights, CODES))


@pytest.mark.parametrize("kind", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_an_epoch_is_the_one_that_keras_trains(kind):
    model = network()
    program = started(model, kind)
    loss, accuracy = program.run_epoch(table(), np.arange(64, dtype=np.int32), 20)  # three batches of 20 and one of 4
    model.compile(kind(0.1), LOSS, metrics=["accuracy"])
    told = model.fit(ROWS, CODES, batch_size=20, shuffle=False, verbose=0).history
    for ours, theirs in zip(program.weights(), model.trainable_variables, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)
    np.testing.assert_allclose([loss, accuracy], [told["loss"][0], told["accuracy"][0]], rtol=1e-5)
    np.testing.assert_allclose(program.answer(ROWS), model.predict(ROWS, verbose=0), atol=1e-5)


def test_several_networks_in_a_row_print_no_line():
    result = subprocess.run([sys.executable, "-c", SEVERAL_FITS], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert "retracing" not in result.stderr
    assert result.stdout == ""


def test_other_numbers_of_rows_do_not_trace_again(monkeypatch):
    traces, call = [], Program._call

    def counted(self, values, state, x, *, training):
        traces.append(training)
        return call(self, values, state, x, training=training)

    monkeypatch.setattr(Program, "_call", counted)
    monkeypatch.setattr(graph_program, "LOOK_ROWS", 16)
    program = started(network(), keras.optimizers.Adam)
    for n, batch_size in ((40, 8), (41, 8), (7, 3), (16, 16)):
        loss, accuracy = program.run_epoch(
            tuple(part[:n] for part in table()), np.arange(n, dtype=np.int32), batch_size
        )
        assert np.isfinite(loss) and 0 <= accuracy <= 1
        assert program.answer(ROWS[:n]).shape == (n, 1)
    assert sorted(traces) == [False, True]


def test_rows_of_another_type_get_a_graph_of_their_own():
    program = started(network(), keras.optimizers.SGD)
    answers = [program.answer(ROWS.astype(kind)) for kind in (np.float32, np.float64)]
    np.testing.assert_allclose(*answers, rtol=1e-6)


def test_a_program_starts_anew_for_every_training():
    model = network()
    program, order = started(model, keras.optimizers.Adam), np.arange(64, dtype=np.int32)
    begin = program.weights(), program.fixed()
    program.run_epoch(table(), order, 16)
    first = program.weights()
    program.reset(*begin)
    program.run_epoch(table(), order, 16)
    for one, same in zip(first, program.weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_a_training_can_go_on_where_it_ended():
    program, order = started(network(), keras.optimizers.Adam), np.arange(64, dtype=np.int32)
    program.run_epoch(table(), order, 16)
    ended = program.weights(), program.fixed(), program.slots()
    program.run_epoch(table(), order, 16)
    whole = program.weights()
    program.reset(*ended)
    program.run_epoch(table(), order, 16)
    for one, same in zip(whole, program.weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_networks_that_differ_in_names_only_are_one_kind():
    assert key(network()) == key(network())


@pytest.mark.parametrize(
    "other",
    [
        {"model": network(5)},
        {"model": network(activation="tanh")},
        {"loss": keras.losses.BinaryCrossentropy(label_smoothing=0.1)},
        {"loss": keras.losses.MeanSquaredError()},
        {"optimizer": settings(0.2)},
        {"optimizer": settings(kind=keras.optimizers.Adam)},
        {"is_one_unit": False},
        {"middle": 0.0},
    ],
)
def test_what_makes_another_graph_is_another_kind(other):
    assert key(**other) != key()


def test_a_frozen_layer_is_another_kind():
    frozen = network()
    frozen.layers[0].trainable = False
    assert key(frozen) != key()


def test_layers_of_the_same_name_from_elsewhere_are_another_kind():
    def with_layer(cls):
        return keras.Sequential([keras.Input((8,)), cls(name="own"), L.Dense(1)])

    namesake = type("OwnLayer", (OwnLayer,), {})
    assert key(with_layer(OwnLayer)) != key(with_layer(namesake))


def test_what_a_subclassed_model_does_cannot_be_told():
    model = Subclassed()
    model(ROWS)
    assert key(model) is None


def test_the_next_fit_of_the_same_kind_gets_the_same_program():
    assert lend() is lend()
    assert lend() is not lend(5)


def test_a_fit_that_raised_does_not_break_a_later_one_when_a_program_must_go(monkeypatch):
    monkeypatch.setattr(graph_program.cache, "max_idle", 1)
    first = lend(2)
    with pytest.raises(RuntimeError, match="this fit ends here"):
        lend(2, fails=True)
    lend(3)
    last = lend(4)
    assert graph_program.cache.idle() == [last]
    assert lend(2) is not first


def test_clear_cache_forgets_the_programs_of_earlier_fits():
    classifier(epochs=1).fit(X, Y)
    assert len(graph_program.cache.idle()) == 1
    robust_mlp.clear_cache()
    assert graph_program.cache.idle() == []
