"""Pieces: cut at quantiles of the scaled number, as many as are asked for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator

from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.pieces import learn_pieces
from robust_mlp._data.tables import read_table

N_ROWS = 1600


def pieces_of(X, n_pieces, scale="standard"):
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=None, reset=True)
    everything = np.arange(len(X)), np.ones(len(X))
    encoding = learn_encoding(matrix, reader, *everything, scale)
    return encoding, learn_pieces(encoding, matrix, *everything, np.array(n_pieces))


@pytest.mark.parametrize("scale", ["standard", "robust", None])
def test_each_number_has_as_many_pieces_as_it_is_to_have(scale):
    X = np.random.default_rng(0).normal(size=(N_ROWS, 3))
    encoding, (pieced, low, width) = pieces_of(X, [16, 64, 16], scale)
    assert np.bincount(pieced).tolist() == [14, 62, 14]
    assert (width > 0).all()
    z = np.sort(encoding.transform(X)[:, 1])
    share = np.searchsorted(z, low[pieced == 1]) / N_ROWS
    assert_allclose(share, np.arange(1, 63) / 64, atol=1 / N_ROWS)


def test_cuts_follow_the_bend():
    X = np.random.default_rng(0).lognormal(0, 2, (N_ROWS, 1))
    encoding, (_, low, _) = pieces_of(X, [16])
    assert np.isfinite(encoding.bend[0])
    z = np.sort(encoding.transform(X)[:, 0])
    assert_allclose(np.searchsorted(z, low) / N_ROWS, np.arange(1, 15) / 16, atol=1 / N_ROWS)


def test_numbers_of_two_values_and_constant_ones_have_none():
    X = np.column_stack([np.arange(N_ROWS) % 3 == 0, np.full(N_ROWS, 3.0), np.arange(N_ROWS)])
    pieced = pieces_of(X, [16, 16, 16])[1][0]
    assert set(pieced.tolist()) == {2}
