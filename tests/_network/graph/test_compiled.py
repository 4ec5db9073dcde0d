"""Steps that XLA compiles: the same training as without, from the same epoch on, compiled once and in silence."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp import clear_cache
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network import engine_cache
from robust_mlp._network.graph import compiled
from robust_mlp._network.graph.compiled import LARGEST_BATCH, LARGEST_KERNEL, PAYS_FROM, first_compiled_epoch
from robust_mlp._network.graph.matmul import matmul
from robust_mlp._network.graph.xla_tracing import for_xla
from robust_mlp._network.optimizers import ELEMENTWISE
from tests.tiny_fits import clouds, clouds_with_levels, tiny

IN_A_FRESH_PROCESS = """
from robust_mlp._network.graph import compiled
from tests.tiny_fits import clouds, tiny
compiled.PAYS_FROM = 1
tiny(dropout=0.3, max_iter=4, batch_size=8).fit(*clouds(200))
"""


@pytest.fixture
def _from_the_first(monkeypatch):
    """Blocks of four steps, so that an epoch has several and the last is not full."""
    monkeypatch.setattr(compiled, "PAYS_FROM", 1)
    monkeypatch.setattr(compiled, "SHORT_BLOCK", 4)
    yield
    clear_cache()  # the engine's graph has blocks of that size


@pytest.fixture
def steps_of_calls(monkeypatch):
    """For each call of the engine, whether its steps were compiled, and for how many epochs."""
    calls = []
    run = engine_cache.Engine.run

    def noted(self, table, held_out, epochs, *others):
        calls.append((epochs.compile_steps, len(epochs.orders)))
        return run(self, table, held_out, epochs, *others)

    monkeypatch.setattr(engine_cache.Engine, "run", noted)
    return calls


def plainly(monkeypatch, fit):
    """What `fit` returns without compiled steps."""
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "PAYS_FROM", 10**9)
        return fit()


SETTINGS = [
    {},
    {"dropout": 0.3, "input_dropout": 0.2, "hidden_layer_sizes": (8, 5)},
    {"batch_norm": True, "early_stopping": True},
    {"label_smoothing": 0.1, "max_norm": 1.0, "weight_decay": 0.1, "linear_path": False},
    {"class_weight": {0: 1.0, 1: 5.0, 2: 1.0}, "activation": "silu", "learning_rate_schedule": "cosine"},
    {"hidden_layer_sizes": (110,) * 4},  # so many weights that Adam is the one kernel for it
    {"n_members": 3},
    {"n_members": 2, "dropout": 0.3, "max_norm": 1.0, "early_stopping": True},
    {"n_members": 2, "batch_norm": True, "class_weight": "balanced", "activation": "silu"},
    {"n_members": 3, "numerical_embedding": "mixed", "early_stopping": True},
    {"n_members": 2, "optimizer": "rmsprop", "hidden_layer_sizes": (20, 3)},
    *[{"optimizer": name} for name in sorted(ELEMENTWISE - {"FusedAdam"})],
]


@pytest.mark.usefixtures("_from_the_first")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_same_training_as_without(settings, monkeypatch, steps_of_calls):
    X, y = clouds(150)

    def fit():
        return tiny(**{"max_iter": 3, "batch_size": 8, "dropout": 0.0} | settings).fit(X, y)

    expected, found = plainly(monkeypatch, fit), fit()
    assert {is_compiled for is_compiled, _ in steps_of_calls} == {False, True}
    assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-4)
    assert_allclose(found.predict_proba(X), expected.predict_proba(X), atol=1e-3)


@pytest.mark.usefixtures("_from_the_first")
@pytest.mark.parametrize("n_members", [1, 2])
def test_looked_up_levels_train_as_without(n_members, monkeypatch, steps_of_calls):
    table, y = clouds_with_levels()

    def fit():
        return tiny(max_iter=2, dropout=0.0, n_members=n_members).fit(table, y)

    expected, found = plainly(monkeypatch, fit), fit()
    assert found._fitted.encoding.embedding_sizes
    assert [is_compiled for is_compiled, _ in steps_of_calls][-1]
    assert_allclose(found.predict_proba(table), expected.predict_proba(table), atol=1e-4)


def test_a_long_training_is_compiled_at_once_or_where_it_may_stop_after_the_break_even():
    def first(max_iter, early_stopping=False, n_steps=PAYS_FROM // 4, n_members=1):
        plan = TrainingPlan(max_iter=max_iter, early_stopping=early_stopping, n_members=n_members)
        return first_compiled_epoch(plan, n_steps)

    assert first(8) == 0
    assert first(7) == 7
    assert first(8, early_stopping=True) == first(1000, early_stopping=True) == 4
    assert first(9, early_stopping=True, n_steps=PAYS_FROM // 4 - 1) == 5
    assert first(2, n_members=4) == 0
    assert first(1, n_members=4) == first(1, n_members=40) == 1
    assert first(5, n_members=3, early_stopping=True, n_steps=PAYS_FROM // 4) == 2


@pytest.mark.usefixtures("_from_the_first")
def test_the_same_epochs_are_compiled_however_often_python_is_entered(monkeypatch, steps_of_calls):
    monkeypatch.setattr(compiled, "PAYS_FROM", 3 * 11 + 1)  # after three epochs and a bit
    X, y = clouds(96)

    def fit(callback=None):
        steps_of_calls.clear()
        classifier = tiny(max_iter=7, batch_size=8, early_stopping=True, n_iter_no_change=7, callbacks=callback)
        probabilities = classifier.fit(X, y).predict_proba(X)
        return probabilities, [kind for kind, n_epochs in steps_of_calls for _ in range(n_epochs)]

    at_once, kinds = fit()
    one_by_one, same_kinds = fit([keras.callbacks.Callback()])
    assert kinds == same_kinds == [False] * 4 + [True] * 3
    assert_allclose(at_once, one_by_one, atol=1e-6)


@pytest.mark.usefixtures("_from_the_first")
@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_layer_sizes": (1 + LARGEST_KERNEL // 4,)},
        {"batch_size": LARGEST_BATCH + 1},
    ],
    ids=str,
)
def test_what_would_not_be_faster_is_not_compiled(settings, steps_of_calls):
    tiny(**settings, max_iter=2).fit(*clouds(LARGEST_BATCH + 1))
    assert not any(is_compiled for is_compiled, _ in steps_of_calls)


def test_a_short_training_is_not_compiled(steps_of_calls):
    tiny().fit(*clouds())
    assert not any(is_compiled for is_compiled, _ in steps_of_calls)


@pytest.mark.usefixtures("_from_the_first")
def test_without_xla_steps_are_as_they_were(monkeypatch):
    X, y = clouds()
    expected = plainly(monkeypatch, lambda: tiny().fit(X, y).predict_proba(X))
    monkeypatch.setattr(compiled, "is_available", lambda: False)
    assert_array_equal(tiny().fit(X, y).predict_proba(X), expected)


def test_one_compilation_for_all_steps_and_not_a_word(tmp_path, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", f"--xla_dump_to={tmp_path}")
    done = subprocess.run([sys.executable, "-c", IN_A_FRESH_PROCESS], capture_output=True, text=True, check=True)
    assert len(list(tmp_path.glob("*block*.before_optimizations.txt"))) == 1
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("shape", [(9, 5), (5, 9)], ids=str)
def test_xla_is_given_no_product_of_a_transposed_first_matrix(shape):
    a, b = (np.random.default_rng(0).normal(size=(40, n)).astype(np.float32) for n in shape)

    @tf.function(jit_compile=True, autograph=False)
    def product(a, b):
        with for_xla():
            return matmul(a, b, transpose_a=True)

    assert_allclose(product(a, b), a.T @ b, rtol=1e-5, atol=1e-5)
    program = product.experimental_get_compiler_ir(a, b)(stage="optimized_hlo")
    assert "lhs_contracting_dims={1}" in program
    assert "lhs_contracting_dims={0}" not in program


def test_availability_is_what_tensorflow_says(monkeypatch):
    assert compiled._is_available.__wrapped__()
    monkeypatch.setattr(compiled.tf, "exp", lambda x: np.divide(1, "no such operation"))
    assert not compiled._is_available.__wrapped__()
