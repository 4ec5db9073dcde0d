"""Radial units learnt from rows: their outputs, their centers, and what each input comes to count in distances."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._fit.companions import radial_learning
from robust_mlp._fit.companions.radial_learning import (
    CENTER_NOISE,
    N_CENTERS,
    TOTAL_VARIANCE,
    learn_units,
    mean_squared_slopes,
)


def table(n_rows=400, n_inputs=4):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, n_inputs)).astype(np.float32)
    return rows, (np.hypot(rows[:, 0], rows[:, 1]) > 1.2).astype(np.int32)


def learn(rows, codes, *, weights=None, factors=None, sharpness=0.6, seed=0, **settings):
    n_rows, n_inputs = rows.shape
    weights = np.ones(n_rows) if weights is None else weights
    factors = np.ones(n_inputs) if factors is None else np.asarray(factors, float)
    return learn_units(rows, codes, weights, factors, sharpness, seed, **settings)


@pytest.mark.parametrize("factors", [[1, 1, 1, 1], [0.5, 0.5, 0.5, 0.5], [0.5, 3, 1, 0]])
@pytest.mark.parametrize("n_rows", [7, 100, 5000])
@pytest.mark.parametrize("n_rounds", [0, 2])
def test_outputs_are_centered_and_as_large_as_standardized_columns(n_rows, factors, n_rounds):
    rows, codes = table(n_rows)
    out = learn(rows, codes, factors=factors, n_rounds=n_rounds)(rows)
    assert out.shape == (n_rows, N_CENTERS)
    assert_allclose(out.mean(axis=0), 0, atol=1e-8)
    assert_allclose(out.var(axis=0).sum(), TOTAL_VARIANCE)


@pytest.mark.parametrize("sharpness", [0.3, 2.0])
def test_exponents_are_the_sharpness_at_the_mean_squared_distance(sharpness):
    rows, codes = table(300)
    factors = learn(rows, codes, sharpness=sharpness).factors
    scaled = rows * factors
    pairs = scaled[:, np.newaxis] - scaled
    assert_allclose((pairs**2).sum(-1).mean(), sharpness, rtol=1e-6)


def test_it_does_not_matter_in_which_units_inputs_come():
    rows, codes = table(300)
    factors = np.array([0.5, 3, 1, 0])
    stretched = (rows * factors).astype(np.float32)
    ours, expected = learn(rows, codes, factors=factors), learn(stretched, codes, factors=[1, 1, 1, 0])
    assert_array_equal(ours.inputs, [0, 1, 2])
    assert_allclose(ours.factors, expected.factors * factors[:3], rtol=1e-4)
    assert_allclose(np.abs(ours(rows)), np.abs(expected(stretched)), atol=1e-3)


def test_outputs_span_what_the_units_span():
    rows, codes = table(300)
    units = learn(rows, codes, sharpness=2.0)
    gaussians = units.gaussians(rows)
    design = np.column_stack([units(rows), np.ones(300)])
    spanned = design @ np.linalg.lstsq(design, gaussians, rcond=None)[0]
    assert np.abs(spanned - gaussians).max() < 0.01


def test_centers_lie_beside_rows_and_are_at_most_half_of_them():
    rows, codes = table(20)
    units = learn(rows, codes)
    centers = units.centers / units.factors
    assert len(centers) == 10
    used = rows[:, units.inputs].astype(float)
    moved = np.abs(centers[:, np.newaxis] - used) / (CENTER_NOISE * used.std(axis=0))
    nearest = moved.max(axis=2).argmin(axis=1)
    assert len(set(nearest)) == len(centers)
    shift = moved[np.arange(len(centers)), nearest]
    assert 0.3 < np.sqrt(np.mean(shift**2)) < 3  # in units of the noise
    assert shift.min(axis=1).max() > 0 and not np.isclose(centers[:, np.newaxis], used).all(axis=2).any()


def test_there_are_no_units_where_nothing_varies():
    rows, codes = table(40)
    assert learn(np.ones_like(rows), codes) is None
    assert learn(rows, codes, factors=np.zeros(4)) is None


def test_a_row_of_weight_two_is_a_row_that_occurs_twice_for_scales():
    rows, codes = table(60)
    weights = np.ones(60)
    weights[50:] = 2
    repeated, of_repeated = np.concatenate([rows, rows[50:]]), np.concatenate([codes, codes[50:]])
    ours, expected = (learn(*args, n_rounds=0) for args in ((rows, codes), (repeated, of_repeated)))
    assert not np.allclose(ours.factors, expected.factors, rtol=1e-6)
    ours = learn(rows, codes, weights=weights, n_rounds=0)
    assert_allclose(ours.factors, expected.factors, rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rule", [lambda x: x[:, 0] + x[:, 3] > 0, lambda x: x[:, 0] * x[:, 3] > 0])
def test_inputs_that_move_the_label_come_to_count_more(rule, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(1000, 8)).astype(np.float32)
    factors = learn(rows, rule(rows).astype(int), seed=seed).factors
    carry = np.isin(np.arange(8), [0, 3])
    assert factors[carry].min() > 1.5 * factors[~carry].max()


def test_more_classes_and_an_input_that_is_never_looked_at():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(900, 5)).astype(np.float32)
    codes = np.digitize(rows[:, 1], [-0.5, 0.5]) + 3 * (rows[:, 4] > 0)
    units = learn(rows, codes, factors=[1, 1, 1, 1, 0])
    factors = units.factors
    assert_array_equal(units.inputs, [0, 1, 2, 3])
    assert factors[1] > 2 * factors[[0, 2, 3]].max()


@pytest.mark.parametrize("codes", [np.zeros(400, int), np.arange(400) // 399])
def test_labels_that_say_nothing_break_nothing(codes):
    units = learn(table()[0], codes)
    assert np.isfinite(units.factors).all()
    assert units.factors.max() > 0


def test_with_one_class_inputs_count_what_they_counted_at_first():
    rows, codes = table()
    one_class = learn(rows, np.zeros(400, int))
    assert_array_equal(one_class.factors, learn(rows, codes, n_rounds=0).factors)


def test_rows_without_weight_say_nothing():
    rows, codes = table(600)
    weights = np.ones(600)
    weights[300:] = 0
    other = codes.copy()
    other[300:] = 1 - other[300:]
    expected = learn(rows, codes, weights=weights).factors
    assert_allclose(learn(rows, other, weights=weights).factors, expected, rtol=1e-6)


def test_slopes_of_a_long_table_are_those_of_some_rows(monkeypatch):
    seen = []
    monkeypatch.setattr(radial_learning, "MOST_ROWS_FOR_SLOPES", 300)
    monkeypatch.setattr(
        radial_learning,
        "mean_squared_slopes",
        lambda units, rows, codes, weights: seen.append(len(rows)) or mean_squared_slopes(units, rows, codes, weights),
    )
    rows, codes = table(2000)
    factors = learn(rows, codes).factors
    assert seen == [300, 300]
    assert factors[:2].min() > 1.5 * factors[2:].max()
