"""Effect units: levels of steps and codes, cells of pairs, slopes that are cut off, and sums in float64."""

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._prediction.effect_units import LARGEST_SLOPED, EffectUnits

# Inputs: a number, its missing flag, another number, a code.
ROWS = np.array(
    [[-2.0, 0, 1.5, 0], [0.0, 0, -7.0, 1], [3.0, 0, 9.0, 2], [0.1, 1, 0.0, 3], [0.5, 0, 2.0, -1], [np.inf, 0, 0.5, 99]],
    np.float32,
)
LEVELS = [[0, 0, 0], [1, 1, 0], [2, 2, 0], [0, 0, 0], [1, 0, 0], [2, 0, 0]]


def made():
    """A number in three ranges, a category of three levels, and a factor that nothing changes."""
    return EffectUnits(
        step_inputs=np.array([0, 1, 0]),
        step_factors=np.array([0, 0, 0]),
        step_levels=np.array([1, 2, 1]),
        thresholds=np.array([-1.0, 0.5, 0.5], np.float32),
        code_inputs=np.array([-1, 3, -1]),
        n_levels=np.array([3, 3, 1]),
        first=np.array([0, 0, 1, -1, 2]),
        second=np.array([-1, 1, -1, -1, 0]),
        numbers=np.array([-1, -1, 2, 2, -1]),
        starts=np.array([0, 3, 12, 15, 16]),
        table=np.random.default_rng(0).normal(size=(19, 2)).astype(np.float32),
    )


def test_levels_are_counted_from_steps_and_codes_and_others_are_0():
    levels = made().levels(ROWS)  # 3 ranges, of which a gap is none; the codes 3, -1 and 99 are unknown
    assert levels.dtype == np.intp
    assert_array_equal(levels, LEVELS)


def test_a_value_at_a_threshold_is_below_it():
    at = np.float32([[-1.0, 0, 0, 0], [0.5, 0, 0, 0], [np.nextafter(np.float32(0.5), np.float32(1)), 0, 0, 0]])
    assert_array_equal(made().levels(at)[:, 0], [0, 1, 2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outputs_are_sums_of_cells_times_numbers(dtype):
    units = made()
    table, expected = units.table.astype(np.float64), np.zeros((len(ROWS), 2))
    for i, (a, b, _) in enumerate(LEVELS):
        slope = np.clip(float(ROWS[i, 2]), -LARGEST_SLOPED, LARGEST_SLOPED)
        expected[i] = table[a] + table[3 + a + 3 * b] + slope * (table[12 + b] + table[15]) + table[16 + a]
    found = units(ROWS.astype(dtype))
    assert found.dtype == np.float64
    assert_allclose(found, expected, rtol=1e-14)


def test_slopes_are_cut_off_and_1_where_no_number_is():
    slopes = made().slopes(ROWS)
    assert_array_equal(slopes[:, [0, 1, 4]], 1)
    assert_array_equal(slopes[:, 2], [1.5, -LARGEST_SLOPED, LARGEST_SLOPED, 0, 2, 0.5])
    assert_array_equal(slopes[:, 3], slopes[:, 2])


def test_numbers_alone_need_no_factor():
    none, two = np.empty(0, np.int64), np.full(2, -1)
    table = np.array([[1.0], [10.0]], np.float32)
    units = EffectUnits(
        none, none, none, np.empty(0, np.float32), none, none, two, two, np.array([2, 0]), np.array([0, 1]), table
    )
    assert_allclose(units(ROWS[:3]), [[1.5 - 20], [-LARGEST_SLOPED], [LARGEST_SLOPED + 30]])
    assert (units.n_outputs, units.width) == (1, 1)


def test_sizes_and_the_inputs_of_factors():
    units = made()
    assert (units.n_outputs, units.width) == (2, 3)
    inputs, factors = units.factors_of_inputs
    assert_array_equal(inputs, [0, 1, 0, 3])
    assert_array_equal(factors, [0, 0, 0, 1])


def test_pickles_hold_the_arrays_that_units_are_made_of_and_no_others():
    units = made()
    fresh = len(pickle.dumps(units))
    expected = units(ROWS)
    assert len(pickle.dumps(units)) == fresh
    copied = pickle.loads(pickle.dumps(units))
    assert set(vars(copied)) == {field.name for field in fields(EffectUnits)}
    assert_array_equal(copied(ROWS), expected)


def test_a_table_of_its_own_changes_the_outputs_and_not_the_levels():
    units = made()
    doubled = replace(units, table=2 * units.table)
    assert_allclose(doubled(ROWS), 2 * units(ROWS), rtol=1e-6)
    assert_array_equal(doubled.levels(ROWS), units.levels(ROWS))
