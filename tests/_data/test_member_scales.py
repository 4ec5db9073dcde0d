"""Scales by each member's own rows: those that a fit to these rows alone would have, where they differ."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.member_scales import SAME_SCALE, member_scales
from robust_mlp._data.tables import read_table


def encoded(X, weights, scale="standard", embedding=None):
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=None, reset=True)
    return matrix, learn_encoding(matrix, reader, np.arange(len(X)), weights, scale, embedding)


@pytest.mark.parametrize("embedding", [None, "piecewise_linear"])
def test_they_lead_to_the_scale_of_the_members_own_rows(embedding):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6))
    X[rng.random(X.shape) < 0.1] = np.nan
    X[[10, 30, 50, 70, 90], [0, 2, 3, 4, 5]] = 40.0
    weights = rng.integers(1, 4, 200).astype(float)
    parts, rest = np.array_split(rng.permutation(190), 5), np.arange(190, 200)
    matrix, encoding = encoded(X, weights, embedding=embedding)
    scales = member_scales(matrix, encoding, parts, rest, weights)
    assert scales.shape == (5, encoding.n_outputs)
    assert (scales[:, 6:] == 1).all()
    for member, part in enumerate(parts):
        train = np.setdiff1d(np.arange(200), part)
        own = encoded(X[train], weights[train])[1].divisor
        expected = encoding.divisor / own
        expected[np.abs(np.log(expected)) <= SAME_SCALE] = 1
        np.testing.assert_allclose(scales[member, :6], expected, rtol=1e-5)
    assert scales.max() > 1.2


def test_ordinary_columns_and_other_ways_to_scale_have_none():
    X = np.random.default_rng(0).normal(size=(2000, 3))
    parts = np.array_split(np.arange(2000), 12)
    matrix, encoding = encoded(X, np.ones(2000))
    none = np.empty(0, dtype=int)
    assert member_scales(matrix, encoding, parts, none, np.ones(2000)) is None
    X[5, 0] = 1e4
    for scale in ("robust", None):
        matrix, encoding = encoded(X, np.ones(2000), scale)
        assert member_scales(matrix, encoding, parts, none, np.ones(2000)) is None
    matrix, encoding = encoded(X, np.ones(2000))
    scales = member_scales(matrix, encoding, parts, none, np.ones(2000))
    assert scales[0, 0] > 100 and (scales[1:, 0] < 1.0).all() and (scales[:, 1:] == 1).all()


def test_cells_that_overflow_and_columns_without_values_stay_as_they_are():
    X = np.full((40, 2), np.nan)
    X[:, 0] = np.where(np.arange(40) == 3, 1e300, 1.0)
    matrix, encoding = encoded(X, np.ones(40))
    scales = member_scales(matrix, encoding, np.array_split(np.arange(40), 4), np.empty(0, dtype=int), np.ones(40))
    assert scales is None or np.isfinite(scales).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_number_that_varies_in_the_rows_of_one_part_alone_has_no_other_scale(dtype):
    X = np.full((60, 2), 0.48, dtype)  # no power of two: its mean is rounded
    X[7, 0] = 1.0
    X[:, 1] = np.arange(60)
    weights = np.linspace(0.5, 2, 60)
    matrix, encoding = encoded(X, weights)
    parts = np.array_split(np.arange(60), 6)
    scales = member_scales(matrix, encoding, parts, np.empty(0, int), weights)
    assert scales[0, 0] == 1  # its rows are constant, but for rounding
    assert (scales[:, 0] < 1.5).all()


def test_a_number_without_values_in_some_blocks_is_scaled_by_the_others():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 1))
    X[:30] = np.nan
    X[45] = 1e4
    weights = np.ones(60)
    matrix, encoding = encoded(X, weights)
    parts = np.array_split(np.arange(60), 4)
    scales = member_scales(matrix, encoding, parts, np.empty(0, int), weights)
    assert scales[3, 0] > 100 and np.isfinite(scales).all()
