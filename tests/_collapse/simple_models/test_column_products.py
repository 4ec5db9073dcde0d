"""Products of columns: those that carry a parity are found, and held-out rows get the same ones."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp import datasets
from robust_mlp._collapse.simple_models import column_products
from robust_mlp._collapse.simple_models.column_products import N_KEPT, product_columns
from robust_mlp._collapse.simple_models.probe import (
    to_ranks,
)


@pytest.mark.parametrize("n_bits", [2, 3])
def test_the_products_that_carry_parity_are_chosen_first(n_bits):
    X, y = datasets.make_parity(1500, 12, n_bits=n_bits, random_state=0)
    columns = product_columns(to_ranks(X), y, 0)(to_ranks(X))
    assert abs(np.corrcoef(columns[:, 0], y)[0, 1]) > 0.99


def test_a_single_column_has_no_products():
    X, y = np.random.default_rng(0).normal(size=(50, 1)), np.arange(50) % 2
    assert product_columns(X, y, 0)(X).tolist() == [[0.0]] * 50


def signs(n_rows, n_columns, seed=0):
    """Columns of -1 and 1."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(n_rows, n_columns))


def test_the_best_pair_is_that_of_trying_all_by_hand():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(400, 7))
    y = (X[:, 2] * X[:, 5] + 0.5 * rng.normal(size=400) > 0).astype(int)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    best = max(combinations(range(7), 2), key=lambda pair: abs(np.corrcoef(Z[:, pair].prod(axis=1), y)[0, 1]))
    assert best == (2, 5)
    assert_allclose(product_columns(X, y, 0)(X)[:, 0], 3 * X[:, 2] * X[:, 5])


def test_new_rows_get_the_products_that_were_chosen_and_each_row_its_own():
    X, y = signs(500, 6), np.arange(500) % 2
    columns = product_columns(X, y, 0)
    new = signs(40, 6, seed=9)
    found = columns(new)
    assert found.shape == (40, N_KEPT)
    order = np.random.default_rng(2).permutation(40)
    assert_array_equal(columns(new[order]), found[order])


@pytest.mark.parametrize("n_columns, n_products", [(2, 1), (3, 4), (4, 10), (8, 12)])
def test_there_are_as_many_products_as_pairs_and_triples_and_no_more_than_can_be_used(n_columns, n_products):
    # Of each first column three triples are kept, which here are all.
    X, y = signs(300, n_columns), np.arange(300) % 2
    found = product_columns(X, y, 0)(X)
    assert found.shape[1] == n_products
    assert np.unique(found, axis=1).shape[1] == n_products  # each of them once
    assert np.isin(found, [-3.0, 3.0]).all()


def test_the_same_seed_chooses_the_same_products_where_columns_are_drawn(monkeypatch):
    monkeypatch.setattr(column_products, "MAX_PAIR_COLUMNS", 8)
    monkeypatch.setattr(column_products, "MAX_TRIPLE_COLUMNS", 4)
    monkeypatch.setattr(column_products, "MAX_ROWS", 100)
    X, y = np.random.default_rng(3).normal(size=(300, 30)), np.arange(300) % 2
    first = product_columns(X, y, 5)(X)
    assert_array_equal(product_columns(X, y, 5)(X), first)
    assert not np.array_equal(product_columns(X, y, 6)(X), first)


def test_rows_beyond_the_limit_are_drawn_from_all_of_the_table(monkeypatch):
    monkeypatch.setattr(column_products, "MAX_ROWS", 400)
    X = signs(4000, 8)
    y = (X[:, 1] * X[:, 6] > 0).astype(int)
    y[:1000] = 0  # whoever looked at the first rows alone would see one class
    found = product_columns(X, y, 0)(X)
    assert_array_equal(found[:, 0], 3 * X[:, 1] * X[:, 6])


def test_a_constant_column_is_in_no_product_that_counts():
    X = signs(500, 4)
    X[:, 0] = 7.0
    y = (X[:, 1] * X[:, 3] > 0).astype(int)
    assert_array_equal(product_columns(X, y, 0)(X)[:, 0], 3 * X[:, 1] * X[:, 3])


def test_a_product_that_tells_one_of_many_classes_is_found():
    rng = np.random.default_rng(4)
    X = signs(2000, 6)
    y = rng.integers(1, 4, 2000)
    y[(X[:, 0] * X[:, 4] > 0) & (rng.random(2000) < 0.8)] = 0
    assert_array_equal(product_columns(X, y, 0)(X)[:, 0], 3 * X[:, 0] * X[:, 4])


def test_one_class_alone_raises_nothing():
    X = signs(50, 3)
    assert np.isfinite(product_columns(X, np.zeros(50, dtype=int), 0)(X)).all()
