"""Columns that tell the label: found however they tell it, and no ordinary column among them."""

import numpy as np
import pytest
from sklearn import datasets

from robust_mlp._data.leaking_columns import label_tellers

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, size=900)
TELLERS = {
    "a copy": CODES.astype(float),
    "a copy, far away": 1e300 * CODES,
    "with noise": CODES + RNG.normal(scale=0.1, size=900),
    "reversed": -5.0 * CODES,
    "missing where it is known": np.where(CODES == 1, np.nan, np.where(CODES == 2, 5.0, -RNG.random(900))),
    "one error in 500": np.where(RNG.random(900) < 0.002, RNG.integers(0, 3, size=900), CODES),
    "several pieces": CODES + 3.0 * RNG.integers(0, 2, size=900),
}
OTHERS = {
    "noise": RNG.normal(size=900),
    "binary": RNG.integers(0, 2, size=900),
    "constant": np.ones(900),
    "empty": np.full(900, np.nan),
    "one error in 20": np.where(RNG.random(900) < 0.05, RNG.integers(0, 3, size=900), CODES),
    "tells one class": (CODES == 1).astype(float),
    "a number of its own": np.arange(900.0),
}


@pytest.mark.parametrize("is_number", [True, False])
@pytest.mark.parametrize("kind", TELLERS)
def test_columns_that_tell_the_label_are_found(kind, is_number):
    column = TELLERS[kind]
    if not is_number:
        if "noise" in kind or "missing" in kind:
            return  # every cell another level
        column = np.unique(column, return_inverse=True)[1].astype(float)
    cells = np.column_stack([RNG.normal(size=900), column, RNG.normal(size=900)])
    ((j, share),) = label_tellers(cells, CODES, np.array([True, is_number, True]), seed=0)
    assert j == 1 and share > 0.99


@pytest.mark.parametrize("is_number", [True, False])
@pytest.mark.parametrize("kind", OTHERS)
def test_other_columns_are_left_alone(kind, is_number):
    column = OTHERS[kind] if is_number else np.unique(OTHERS[kind], return_inverse=True)[1].astype(float)
    for seed in range(10):
        assert label_tellers(column[:, np.newaxis], CODES, np.array([is_number]), seed) == ()


@pytest.mark.parametrize("load", ["load_iris", "load_wine", "load_breast_cancer", "load_digits"])
def test_no_column_of_a_classical_table_tells_the_label(load):
    X, y = getattr(datasets, load)(return_X_y=True)
    is_number = np.ones(X.shape[1], dtype=bool)
    assert [label_tellers(X, y, is_number, seed) for seed in range(20)] == [()] * 20


@pytest.mark.parametrize("n_rows, n_classes", [(30, 2), (200, 2), (2000, 2), (300, 100)])
def test_chance_tells_no_label(n_rows, n_classes):
    rng = np.random.default_rng(0)
    for seed in range(5):
        cells = rng.normal(size=(n_rows, 300)).round(1)
        codes = rng.integers(0, n_classes, size=n_rows)
        assert label_tellers(cells, codes, np.arange(300) % 2 == 0, seed) == ()


def test_a_rare_class_is_told_only_where_there_are_enough_of_it():
    cells = np.arange(1000.0)[:, np.newaxis]
    is_number = np.array([True])
    assert label_tellers(cells, (cells[:, 0] >= 995).astype(int), is_number, seed=0) == ()
    assert label_tellers(cells, (cells[:, 0] >= 900).astype(int), is_number, seed=0) == ((0, 1.0),)


def test_no_rows_tell_nothing():
    assert label_tellers(np.zeros((1, 2)), np.array([0]), np.array([True, True]), seed=0) == ()
