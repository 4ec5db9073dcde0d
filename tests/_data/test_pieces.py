"""Pieces: cut at quantiles of the scaled number, as many as are asked for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator

from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.pieces import (
    FEWEST_ROWS_OF_TAIL,
    N_PIECES,
    SHARES_OF_TAILS,
    learn_pieces,
    quantiles_of,
)
from robust_mlp._data.tables import read_table

N_ROWS = 1000  # too few for cuts in the tails


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


def test_many_rows_cut_the_tails_too_and_a_curve_may_bend_there():
    x = np.random.default_rng(0).permutation(np.linspace(-1, 1, 20_000))
    encoding, (_, low, width) = pieces_of(x[:, np.newaxis], [N_PIECES])
    z = np.sort(encoding.transform(x[:, np.newaxis])[:, 0])
    shares = np.searchsorted(z, [*low, low[-1] + width[-1]]) / len(x)
    tails = np.array(SHARES_OF_TAILS)
    assert_allclose(shares, [*tails[::-1], *np.arange(1, 16) / 16, *1 - tails], atol=2 / len(x))


def test_a_tail_has_enough_rows_beyond_its_cut():
    for n_rows in (100, 1_024, 5_000, 10**6):
        quantiles = quantiles_of(N_PIECES, n_rows)
        assert (np.diff(quantiles) > 0).all()
        assert quantiles[0] == 1 / 16 or quantiles[0] * n_rows >= FEWEST_ROWS_OF_TAIL
        assert_allclose(quantiles, 1 - quantiles[::-1])
    assert quantiles_of(64, 10**6).tolist() == (np.arange(1, 64) / 64).tolist()
