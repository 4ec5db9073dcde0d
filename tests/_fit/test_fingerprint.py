"""Fingerprints are equal for equal fits in every process, and differ where a training would."""

import functools
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.preprocessing import StandardScaler

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._fit.fingerprint import WITHOUT_EFFECT, described, differences, hashed, versions


def half(progress, factor=0.5):
    return factor * progress


def scaled(factor):
    return lambda progress: factor * progress


PAIRS = [
    (1, 1.0),
    (1, "1"),
    (None, "None"),
    ([1, [2]], [[1], 2]),
    ({"a": 1}, {"a": 2}),
    (np.arange(3), np.arange(3.0)),
    (np.arange(4), np.arange(4).reshape(2, 2)),
    (np.array(["a", "b"], object), np.array(["a", "c"], object)),
    (half, scaled(0.5)),
    (scaled(0.5), scaled(0.6)),
    (lambda p: p + 1, lambda p: p + 2),
    (functools.partial(half, factor=1), functools.partial(half, factor=2)),
    (keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.2)),
    (keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.1)),
    (StandardScaler(), StandardScaler(with_mean=False)),
    (make_scorer(fbeta_score, beta=1), make_scorer(fbeta_score, beta=2)),
]


@pytest.mark.parametrize("one, other", PAIRS)
def test_what_differs_has_other_texts_and_hashes(one, other):
    assert described(one) != described(other)
    assert hashed(one) != hashed(other)


@pytest.mark.parametrize("value", [value for pair in PAIRS for value in pair])
def test_the_same_value_has_the_same_text_without_an_address(value):
    assert described(value) == described(value)
    assert "0x" not in described(value)


def test_the_name_that_keras_numbers_does_not_count():
    one, other = keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.1)
    assert one.name != other.name
    assert described(one) == described(other)


def test_functions_with_the_same_code_are_the_same():
    assert described(scaled(0.5)) == described(scaled(0.5))
    assert described({"b", "a", "c"}) == described({"c", "b", "a"})


def test_the_bytes_of_rows_decide():
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    other = rows.copy()
    other[3, 1] = np.nextafter(other[3, 1], 9)
    assert hashed(rows) == hashed(rows.copy()) == hashed(np.asfortranarray(rows))
    assert len({hashed(rows), hashed(other), hashed(rows[::-1]), hashed([rows, other]), hashed([other, rows])}) == 5
    assert hashed(np.broadcast_to(np.float32(1), 10)) != hashed(np.broadcast_to(np.float32(2), 10))
    assert hashed(np.broadcast_to(np.float32(1), 10)) != hashed(np.broadcast_to(np.float32(1), 11))
    assert hashed(np.empty((0, 3))) != hashed(np.empty((0, 4)))


def test_every_field_of_a_plan_counts():
    plan = TrainingPlan()
    assert hashed(plan) == hashed(TrainingPlan())
    assert (
        len({hashed(replace(plan, **change)) for change in ({"tol": 0.2}, {"clip_norm": 1.0}, {}, {"scale": None})})
        == 4
    )


def test_the_text_is_the_same_in_another_process():
    program = "from tests._fit.test_fingerprint import *; print([described(v) for pair in PAIRS for v in pair])"
    here = [described(value) for pair in PAIRS for value in pair]
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout == f"{here}\n"


def test_differences_name_what_differs_and_the_table_without_its_hash():
    then = {"tol": "0.1", "scale": "None", "the table": "aa", "keras": "3.12"}
    assert differences(then, dict(then)) == []
    now = {"tol": "0.2", "scale": "None", "the table": "bb", "numpy": "2.0"}
    assert differences(then, now) == [
        "tol (0.1 then, 0.2 now)", "the table", "keras (3.12 then, none now)", "numpy (none then, 2.0 now)",
    ]  # fmt: skip


def test_names_of_parameters_without_effect_are_parameters():
    assert set(WITHOUT_EFFECT) <= set(RobustMLPClassifier().get_params())
    assert {"Python", "numpy", "tensorflow", "keras", "scikit-learn"} <= set(versions())


def test_the_cells_of_sparse_rows_decide():
    rows = sparse.csr_array(np.array([[1.0, 0, 0], [0, 0, 2.0]]))
    moved = sparse.csr_array(np.array([[1.0, 0, 0], [0, 2.0, 0]]))
    assert hashed(rows) == hashed(rows.copy()) == hashed(rows.tocsc())
    assert len({hashed(rows), hashed(moved), hashed(rows * 2), hashed(sparse.csr_array((2, 3)))}) == 4
