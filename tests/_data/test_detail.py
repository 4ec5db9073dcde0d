"""Small differences of numbers: found where they matter, and nowhere else."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from robust_mlp._data.detail import N_FINE_PIECES, N_FINEST_PIECES, with_detail
from robust_mlp._data.encoding import codes_of_values, learn_encoding
from robust_mlp._data.pieces import N_PIECES, quantiles_of
from robust_mlp._data.tables import read_table

N_ROWS = 6000


def encoding_of(x, codes, embedding="mixed"):
    """The Encoding of a column or of a table, with detail."""
    X = x[:, np.newaxis] if x.ndim == 1 else x
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=None, reset=True)
    everything = np.arange(len(X)), np.ones(len(X))
    encoding = learn_encoding(matrix, reader, *everything, "standard", embedding)
    return with_detail(encoding, matrix, everything[0], codes, everything[1]), matrix


def n_fine_pieces(encoding):
    """How many fine pieces quantiles make of the first number: the two outer ones are none."""
    is_fine = encoding.is_detail[encoding.is_piece]
    return int((encoding.pieced[is_fine] == 0).sum()) + 2


def drawn(rng, score):
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(int)


def bumps(x, n, rng):
    """A score that differs between n narrow ranges of x in [0, 1]."""
    return rng.normal(0, 2, n)[np.minimum((x * n).astype(int), n - 1)]


def test_narrow_ranges_get_more_pieces():
    rng = np.random.default_rng(0)
    x = rng.random(N_ROWS)
    encoding, _ = encoding_of(x, drawn(rng, bumps(x, 60, rng)))
    assert n_fine_pieces(encoding) == N_FINE_PIECES and encoding.coded is None


def test_very_narrow_ranges_get_the_most_pieces_if_rows_are_many():
    rng = np.random.default_rng(0)
    x = rng.random(20_000)
    encoding, _ = encoding_of(x, drawn(rng, bumps(x, 250, rng)))
    assert n_fine_pieces(encoding) == N_FINEST_PIECES


def test_pieces_of_the_tails_do_not_hide_detail():
    rng = np.random.default_rng(0)
    x = rng.random(20_000)
    place = np.searchsorted([1 / 256, 1 / 128, 1 / 64, 1 / 32, 1 / 16], x)  # the pieces of the lower tail
    assert n_fine_pieces(encoding_of(x, drawn(rng, np.array([3, -3, 3, -3, 3, 0])[place]))[0]) == N_FINE_PIECES


def test_fine_pieces_stand_behind_the_usual_ones_of_the_same_number():
    rng = np.random.default_rng(0)
    X = rng.random((N_ROWS, 3))
    encoding, matrix = encoding_of(X, drawn(rng, bumps(X[:, 1], 60, rng)))
    plain = encoding_of(X, np.zeros(N_ROWS, int))[0]
    assert not plain.is_detail.any()
    n_usual = len(quantiles_of(N_PIECES, N_ROWS)) - 1
    assert np.bincount(encoding.pieced).tolist() == [n_usual, n_usual + N_FINE_PIECES - 2, n_usual]
    outputs, is_detail = encoding.transform(matrix), encoding.is_detail
    assert is_detail.sum() == N_FINE_PIECES - 2
    np.testing.assert_array_equal(outputs[:, ~is_detail], plain.transform(matrix))
    assert (np.diff(encoding.piece_low[is_detail[encoding.is_piece]]) > 0).all()


def test_codes_of_values_are_detail_and_those_of_levels_are_not():
    rng = np.random.default_rng(0)
    who, kind = rng.integers(0, 500, N_ROWS), rng.integers(0, 200, N_ROWS)
    codes = drawn(rng, 2 * rng.normal(size=500)[who])
    X = np.column_stack([rng.normal(size=500)[who], kind]).astype(object)
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=[1], reset=True)
    everything = np.arange(N_ROWS), np.ones(N_ROWS)
    encoding = learn_encoding(matrix, reader, *everything, "standard", "mixed", embeds_levels=True)
    encoding = with_detail(encoding, matrix, everything[0], codes, everything[1])
    assert encoding.names_out[-2:] == ("x1_level", "x0_value")
    assert encoding.is_detail[-2:].tolist() == [False, True]


def test_values_that_come_again_get_codes():
    rng = np.random.default_rng(0)
    who = rng.integers(0, 500, N_ROWS)
    size = rng.normal(size=500)
    encoding, matrix = encoding_of(size[who], drawn(rng, 2 * rng.normal(size=500)[who]))
    assert encoding.coded.tolist() == [0] and len(encoding.values[0]) == 500
    outputs = encoding.transform(matrix)
    assert encoding.names_out[-1] == "x0_value"
    assert len(np.unique(np.column_stack([outputs[:, -1], who]), axis=0)) == 500
    assert encoding.transform(np.array([[123.0], [np.nan]]))[:, -1].tolist() == [0, 0]
    assert encoding.embedding_sizes == (501,)


def test_values_of_one_row_share_a_code():
    rng = np.random.default_rng(0)
    who = rng.integers(0, 500, N_ROWS)
    size = rng.normal(size=500)
    x = size[who]
    x[:50] = rng.normal(size=50) + 100
    encoding, matrix = encoding_of(x, drawn(rng, 2 * rng.normal(size=500)[who]))
    assert (encoding.transform(matrix)[:50, -1] == 0).all()


SMOOTH = {
    "a straight line": lambda x: 3 * x,
    "a curve": lambda x: 4 * np.sin(2 * np.pi * x),
    "a step": lambda x: 4.0 * (x > 0.37),
    "nothing": lambda x: 0 * x,
    "a rare class at one end": lambda x: 25 * x - 25,
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("n_values", [None, 300, 60])
def test_smooth_columns_have_no_detail(name, n_values):
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.random(3000) if n_values is None else rng.integers(0, n_values, 3000) / n_values
        encoding, _ = encoding_of(x, drawn(rng, SMOOTH[name](x)))
        found += encoding.is_detail.any()
    assert found <= 1  # a step between two values is detail


def test_columns_of_noise_have_no_detail():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.exp(rng.normal(size=(2000, 40))).round(1), rng.normal(size=(2000, 40))])
    for seed in range(3):
        codes = np.random.default_rng(seed).integers(0, 3, 2000)
        assert encoding_of(X, codes)[0].n_outputs == encoding_of(X, np.zeros(2000, int))[0].n_outputs


def test_without_pieces_nothing_changes():
    rng = np.random.default_rng(0)
    x = rng.random(N_ROWS)
    encoding, _ = encoding_of(x, drawn(rng, bumps(x, 60, rng)), embedding=None)
    assert not encoding.pieced.size and encoding.coded is None


def test_outputs_of_levels_move_behind_the_pieces():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.random(N_ROWS), rng.integers(0, 3, N_ROWS)]).astype(object)
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=[1], reset=True)
    everything = np.arange(N_ROWS), np.ones(N_ROWS)
    before = learn_encoding(matrix, reader, *everything, "standard", "mixed")
    codes = drawn(rng, bumps(matrix[:, 0], 60, rng))
    after = with_detail(before, matrix, everything[0], codes, everything[1])
    assert after.n_outputs > before.n_outputs
    np.testing.assert_array_equal(after.transform(matrix)[:, -3:], before.transform(matrix)[:, -3:])
    assert len(after.names_out) == after.n_outputs


def test_float32_has_the_codes_of_float64():
    values = np.array([0.1, 0.2, 1e30]).astype(np.float32).astype(np.float64)
    x = np.array([0.1, 0.2, 0.3, np.nan, 1e30])
    assert (
        codes_of_values(x, values).tolist() == codes_of_values(x.astype(np.float32), values).tolist() == [1, 2, 0, 0, 3]
    )
