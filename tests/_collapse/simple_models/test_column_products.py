"""Products of columns: those that carry a parity are found, and held-out rows get the same ones."""

import numpy as np
import pytest

from robust_mlp import datasets
from robust_mlp._collapse.simple_models.column_products import product_columns
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
