"""Near copies are found where rows were copied with noise, and nowhere else."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import datasets

from robust_mlp._data import near_copies
from robust_mlp._data.near_copies import near_copies_share


def copied(n, times, d, noise, seed=0):
    """Rows, each with noisy copies."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.normal(size=(n, d)), times, axis=0)
    return rows + rng.normal(scale=noise, size=rows.shape)


def share(matrix):
    return near_copies_share(matrix, range(matrix.shape[1]))


@pytest.mark.parametrize(
    "matrix, least",
    [
        (copied(80, 8, 3, 1e-6), 0.95),
        (copied(300, 2, 5, 1e-4), 0.85),
        (copied(100, 4, 2, 1e-3), 0.5),
        (np.concatenate([copied(300, 1, 6, 0.0), copied(30, 10, 6, 1e-5, seed=1)]), 0.45),
        (1e9 + 1e6 * copied(80, 8, 3, 1e-6), 0.95),  # the unit does not matter
        (
            np.concatenate([copied(300, 1, 6, 0.0), copied(300, 1, 6, 0.0).astype(np.float32)]),
            0.95,
        ),  # rounded otherwise
        (np.where(np.random.default_rng(0).random((640, 5)) < 0.02, np.nan, copied(80, 8, 5, 1e-6)), 0.6),
        (np.column_stack([copied(80, 8, 3, 1e-6), np.arange(640) % 5]), 0.95),  # codes beside them
    ],
)
def test_noisy_copies_are_found(matrix, least):
    assert share(matrix) >= least


TIME = np.linspace(0, 10, 2000)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "matrix",
    [
        *(load(return_X_y=True)[0] for load in (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer)),
        datasets.load_digits(return_X_y=True)[0],
        np.column_stack([np.sin(TIME), np.cos(2 * TIME), TIME]),
        np.column_stack([TIME, 2 * TIME]),
        np.cumsum(RNG.normal(size=(3000, 3)), axis=0),
        RNG.normal(size=(20_000, 2)),
        RNG.standard_cauchy(size=(3000, 3)),
        RNG.pareto(0.5, size=(3000, 3)),
        np.round(RNG.normal(size=(3000, 3)), 1),
        np.repeat(RNG.normal(size=(100, 3)), 6, axis=0),  # equal rows are held out together
        RNG.integers(0, 5, size=(500, 4)).astype(float),
        RNG.normal(size=(500, 1)),
        np.full((50, 3), np.nan),
        np.zeros((50, 3)),
        np.ones((1, 3)),
    ],
)
def test_other_rows_have_none(matrix):
    assert share(matrix) <= 0.02


def test_a_sparse_table_and_one_without_numbers_have_none():
    matrix = copied(80, 8, 3, 1e-6)
    assert near_copies_share(sparse.csr_array(matrix), range(3)) == 0.0
    assert near_copies_share(matrix, []) == 0.0


def test_of_many_rows_slices_are_looked_at(monkeypatch):
    monkeypatch.setattr(near_copies, "MOST_ROWS", 2_000)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(8_000, 4))
    assert share(rows) == 0.0
    assert share(np.concatenate([rows, rows + 1e-6])) > 0.9  # copies at the end of the table are not lost
