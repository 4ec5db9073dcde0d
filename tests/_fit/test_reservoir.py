"""Reservoir: a few rows that the network never sees, however often they come."""

import numpy as np
import pytest

from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.reservoir import FEWEST_ROWS_BEFORE, MOST_ROWS_OF_CLASS, Reservoir


def rows_of(n, n_classes=2, seed=0):
    """Rows of numbers, each with its own number in the first column."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.arange(n) + 0.5, rng.standard_normal((n, 2))])
    return LabelledTable(X, rng.integers(0, n_classes, n), np.ones(n))


def streamed(tables, n_classes=2):
    """The reservoir after a stream, and the numbers of all rows that were trained on."""
    reservoir, trained = Reservoir.empty(n_classes), set()
    for table in tables:
        reservoir, training = reservoir.divided(table, seed=0)
        trained.update(training.X[:, 0].tolist())
    return reservoir, trained


def parts_of(table, size):
    return [table.at(np.arange(i, min(i + size, len(table)))) for i in range(0, len(table), size)]


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_a_row_that_is_held_out_is_never_trained_on_even_if_it_comes_again(size):
    parts = parts_of(rows_of(3000), size)
    reservoir, trained = streamed(parts * 3)
    assert not trained & set(reservoir.table.X[:, 0].tolist())
    assert len(reservoir.table) == 2 * MOST_ROWS_OF_CLASS
    assert len(trained) > 0.9 * 3000


def test_the_last_rows_of_each_class_are_kept():
    reservoir, _ = streamed(parts_of(rows_of(20_000), 100))
    assert np.bincount(reservoir.table.codes).tolist() == [MOST_ROWS_OF_CLASS] * 2
    assert reservoir.table.X[:, 0].min() > 12_000


def test_the_first_rows_are_all_trained_on_and_never_held_out_later():
    few = rows_of(FEWEST_ROWS_BEFORE - 1)
    reservoir, trained = streamed([few])
    assert len(trained) == len(few) and reservoir.table is None
    reservoir, _ = streamed([few, rows_of(2000, seed=1), few, few])
    held_out = {tuple(row) for row in reservoir.table.X.tolist()}
    assert not held_out & {tuple(row) for row in few.X.tolist()}


def test_a_rare_class_is_trained_on_before_it_is_held_out():
    table = rows_of(4000)
    codes = np.zeros(4000, dtype=int)
    codes[::1000] = 1
    reservoir = Reservoir.empty(2)
    for part in parts_of(LabelledTable(table.X, codes, table.weights), 50):
        reservoir, training = reservoir.divided(part, seed=0)
        if part.codes.any():
            assert training.codes.any()
            break


def test_kinds_of_rows_that_repeat_are_on_both_sides():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (2000, 2)).astype(float)
    table = LabelledTable(X, X[:, 0].astype(int), np.ones(2000))
    reservoir, trained = Reservoir.empty(2), []
    for part in parts_of(table, 50):
        reservoir, training = reservoir.divided(part, seed=0)
        trained.append(training.X)
    assert reservoir.by_content is False
    assert len(np.unique(np.vstack(trained), axis=0)) == len(np.unique(reservoir.table.X, axis=0)) == 4


def test_a_large_table_gives_few_rows():
    reservoir, trained = streamed([rows_of(50_000)])
    assert len(trained) >= 0.97 * 50_000
    assert len(reservoir.table) == 2 * MOST_ROWS_OF_CLASS


def test_many_classes_share_the_room():
    reservoir, _ = streamed(parts_of(rows_of(30_000, n_classes=200), 1000), n_classes=200)
    assert len(reservoir.table) <= 200 * 5
