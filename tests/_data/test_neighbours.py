"""Nearest neighbours: they agree where there is a signal, and by chance where there is none."""

import math

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from robust_mlp._data import neighbours
from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._data.neighbours import neighbour_agreement
from tests._data.learnt_facts import learn, normal


def test_neighbours_agree_where_there_is_a_signal_and_only_there():
    X = normal(600)
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    clear = learn(X, y).neighbour_agreement()
    assert clear.agreement > clear.chance + 10 * clear.standard_error
    assert clear.chance == pytest.approx(0.5, abs=0.01)
    noise = learn(X, np.random.default_rng(3).permutation(y)).neighbour_agreement()
    assert abs(noise.agreement - noise.chance) < 3.5 * noise.standard_error


def test_neighbour_agreement_is_calibrated():
    scores = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = learn(rng.normal(size=(200, 3)), rng.integers(0, 2, 200)).neighbour_agreement()
        scores.append((found.agreement - found.chance) / found.standard_error)
    assert np.std(scores) < 1.25
    assert abs(np.mean(scores)) < 0.5


def test_neighbours_compare_categories_and_missing_cells():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 5, 400).astype(float), normal(400, 1)[:, 0]])
    X[::5, 1] = np.nan
    y = (X[:, 0] >= 2).astype(int)
    found = learn(X, y, categories={0}).neighbour_agreement()
    assert found.agreement > 0.9


def agreement(X, y, *, is_number=None, seed=0):
    """The agreement in a table of different rows."""
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    is_number = np.ones(X.shape[1], dtype=bool) if is_number is None else np.array(is_number)
    return neighbour_agreement(X, merge_rows(X, y, None), is_number, seed)


def test_the_neighbour_is_scikit_learns_among_the_ranks_of_the_columns():
    X, y = normal(300, 3), np.random.default_rng(5).integers(0, 3, 300)
    ranks = X.argsort(axis=0).argsort(axis=0) / 299
    nearest = NearestNeighbors(n_neighbors=1).fit(ranks).kneighbors(return_distance=False)[:, 0]
    assert agreement(X, y).agreement == pytest.approx(np.mean(y[nearest] == y))


@pytest.mark.parametrize("scale", [[1e-9, 1.0, 1e9], [-1.0, 1.0, 1.0]])
def test_the_unit_and_the_direction_of_a_column_do_not_matter(scale):
    X, y = normal(200, 3), np.random.default_rng(1).integers(0, 2, 200)
    assert agreement(X * scale, y) == agreement(X, y)


def test_chance_is_that_of_two_rows_drawn_without_putting_back():
    y = np.repeat([0, 1], [30, 10])
    found = agreement(normal(40, 2), y)
    assert found.chance == pytest.approx((30 * 29 + 10 * 9) / (40 * 39))
    assert found.standard_error == pytest.approx(math.sqrt(2 * found.chance * (1 - found.chance) / 40))
    assert found.n_rows == 40


@pytest.mark.parametrize("n_rows", [1, 2])
def test_hardly_a_row_raises_nothing(n_rows):
    found = agreement(normal(n_rows, 2), np.zeros(n_rows, dtype=int))
    assert found.n_rows == n_rows
    assert all(map(math.isfinite, (found.agreement, found.chance, found.standard_error)))


def test_equal_rows_with_different_labels_are_looked_at_once():
    X = np.repeat(normal(50, 2), 2, axis=0)
    assert agreement(X, np.arange(100) % 2).n_rows == 50


def test_a_large_table_is_sampled_by_the_seed(monkeypatch):
    monkeypatch.setattr(neighbours, "MAX_ROWS", 60)
    monkeypatch.setattr(neighbours, "MAX_COLUMNS", 4)
    X, y = normal(500, 9), np.random.default_rng(2).integers(0, 2, 500)
    assert agreement(X, y).n_rows == 60
    assert agreement(X, y) == agreement(X, y)
    assert len({agreement(X, y, seed=seed).agreement for seed in range(8)}) > 1


def test_levels_count_as_equal_or_different_and_a_missing_one_as_a_level():
    levels = np.array([0, 7, 1, np.nan] * 25)
    jitter = np.random.default_rng(3).uniform(size=100)  # rows of a level are told apart by a number
    X = np.column_stack([levels, jitter])
    y = np.tile([0, 1, 2, 3], 25)
    assert agreement(X, y, is_number=[False, True]).agreement == 1.0


def test_a_constant_column_and_an_empty_one_change_nothing():
    X, y = normal(100, 2), np.random.default_rng(4).integers(0, 2, 100)
    wider = np.column_stack([X, np.full(100, 3.0), np.full(100, np.nan)])
    assert agreement(wider, y) == agreement(X, y)


def test_another_level_is_as_far_as_the_two_ends_of_a_column():
    X = [[0.0, 0], [100.0, 0], [1.0, 1], [99.0, 1]]  # the ends of a column are nearer than another level and a step
    assert agreement(X, [0, 0, 1, 1], is_number=[True, False]).agreement == 1.0
