"""Signed logarithms: which columns get one, and that it is the same in every unit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._data.bends import bent, learn_bends

N_ROWS = 400


def is_bent(column, weights=None):
    matrix = np.asarray(column, dtype=float)[:, np.newaxis]
    weights = np.ones(len(matrix)) if weights is None else weights
    return bool(np.isfinite(learn_bends(matrix, np.arange(len(matrix)), weights, np.array([0])))[0])


HEAVY = {
    "amounts": lambda rng: rng.lognormal(10, 2, N_ROWS),
    "amounts, some zero": lambda rng: rng.lognormal(5, 1.5, N_ROWS) * (rng.random(N_ROWS) < 0.6),
    "gains and losses": lambda rng: rng.lognormal(5, 1.5, N_ROWS) * rng.choice([-1, 1], N_ROWS),
    "counts": lambda rng: rng.poisson(rng.lognormal(1, 2, N_ROWS)),
    "missing cells": lambda rng: np.where(rng.random(N_ROWS) < 0.5, np.nan, rng.lognormal(0, 2, N_ROWS)),
}
STRAIGHT = {
    "normal": lambda rng: rng.normal(size=N_ROWS),
    "normal, far from 0": lambda rng: rng.normal(1000, 1, N_ROWS),
    "uniform": lambda rng: rng.random(N_ROWS),
    "years": lambda rng: rng.integers(1980, 2020, N_ROWS),
    "yes or no": lambda rng: rng.integers(0, 2, N_ROWS),
    "rarely one": lambda rng: rng.random(N_ROWS) < 0.01,
    "two amounts": lambda rng: rng.choice([1.0, 1e6], N_ROWS),
    "one giant": lambda rng: np.where(np.arange(N_ROWS) == 7, 1e9, rng.normal(size=N_ROWS)),
    "constant": lambda rng: np.full(N_ROWS, 7.0),
    "empty": lambda rng: np.full(N_ROWS, np.nan),
}


@pytest.mark.parametrize("name", HEAVY)
@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_heavy_tails_are_bent_in_every_unit(name, unit):
    assert is_bent(HEAVY[name](np.random.default_rng(0)) * unit)


@pytest.mark.parametrize("name", STRAIGHT)
def test_other_columns_stay_straight(name):
    assert not is_bent(STRAIGHT[name](np.random.default_rng(0)))


def test_one_column_of_many_without_tails_is_hardly_ever_bent():
    matrix = np.random.default_rng(0).normal(size=(30, 1000)) + np.random.default_rng(1).normal(size=1000)
    bend = learn_bends(matrix, np.arange(30), np.ones(30), np.arange(1000))
    assert np.isfinite(bend).sum() <= 20


def test_the_unit_does_not_change_what_is_bent():
    x = np.random.default_rng(0).lognormal(0, 2, (N_ROWS, 1))
    everything = np.arange(N_ROWS), np.ones(N_ROWS), np.array([0])
    values = [bent(x * unit, learn_bends(x * unit, *everything)) for unit in (1.0, 1000.0)]
    assert_allclose(values[0], values[1], rtol=1e-12)


def test_a_row_of_weight_two_counts_as_two_rows():
    x = np.random.default_rng(0).lognormal(0, 2, (50, 1))
    twice = np.concatenate([x, x[:20]])
    weights = np.where(np.arange(50) < 20, 2.0, 1.0)
    x[30:32, 0] = twice[30:32, 0] = 1e-9, 1e9  # these are left out
    assert_allclose(
        learn_bends(x, np.arange(50), weights, np.array([0])),
        learn_bends(twice, np.arange(70), np.ones(70), np.array([0])),
    )


def test_it_is_monotone_odd_and_keeps_missing_cells():
    x = np.array([-1e300, -3.0, -0.0, 0.0, 1e-300, 3.0, 1e300])[:, np.newaxis]
    values = bent(x, np.array([2.0]))
    assert (np.diff(values[:, 0]) >= 0).all()
    assert_allclose(values, -values[::-1], atol=1e-290)
    assert np.isnan(bent(np.array([[np.nan]]), np.array([2.0]))).all()


def test_giants_do_not_warn():
    column = np.where(np.arange(N_ROWS) % 7 == 0, 1e300, np.random.default_rng(0).lognormal(0, 2, N_ROWS))
    is_bent(column)
