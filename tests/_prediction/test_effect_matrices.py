"""Matrices of effect units: the same levels and cells from products."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._prediction.effect_matrices import matrices_of
from robust_mlp._prediction.effect_units import EffectUnits
from tests.effect_members import effect_units

NAMES = (
    "whole", "gappy", "other", "gappy_missing", "town_Bern", "town_Genf", "town_Sion", "who_level",
)  # fmt: skip


def drawn_rows(n_rows=200):
    """Random rows of numbers, a flag, a category and a code."""
    rng = np.random.default_rng(0)
    numbers, is_missing = rng.normal(size=(n_rows, 3)) * 3, rng.random((n_rows, 1)) < 0.2
    towns = np.eye(4)[rng.integers(0, 4, n_rows), :3]
    return np.column_stack([numbers, is_missing, towns, rng.integers(0, 150, n_rows)]).astype(np.float32)


def without_factors():
    none, one = np.empty(0, np.int64), np.array([-1])
    table = np.ones((1, 2), np.float32)
    return EffectUnits(
        none, none, none, np.empty(0, np.float32), none, none, one, one, np.array([0]), np.array([0]), table
    )


def without_codes():
    units = effect_units(NAMES)
    return replace(units, code_inputs=np.full(3, -1))


@pytest.mark.parametrize("units", [effect_units(NAMES), without_codes(), without_factors()])
def test_products_give_the_levels_and_cells_of_the_units(units):
    rows, matrices = drawn_rows(), matrices_of(units)
    is_above = rows[:, matrices.step_inputs] > matrices.thresholds
    levels = np.column_stack([is_above, rows[:, matrices.code_inputs]]) @ matrices.added
    levels = np.where((levels >= 0) & (levels < matrices.n_levels), levels, 0)
    assert_array_equal(levels[:, :-1], units.levels(rows))
    assert_array_equal(levels[:, -1], 0)
    assert_array_equal(units.starts + levels @ matrices.strides, units.cells(units.levels(rows)))


def test_no_product_is_over_nothing():
    matrices = matrices_of(without_factors())
    assert matrices.added.shape == (1, 1) and matrices.strides.shape == (1, 1)
    assert not matrices.added.any() and not matrices.strides.any()
