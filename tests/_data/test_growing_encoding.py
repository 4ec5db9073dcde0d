"""GrowingEncoding: statistics of all tables so far, and inputs whose old values can be told from the new ones."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.preprocessing import StandardScaler

from robust_mlp._data.growing_encoding import GrowingEncoding
from robust_mlp._data.level_outputs import MAX_LEVELS
from robust_mlp._data.tables import read_table


def begun(X, scale="standard", embedding=None):
    """(estimator, GrowingEncoding) after a first table."""
    estimator = BaseEstimator()
    matrix, reader = read_table(estimator, X, categorical_features="from_dtype", reset=True)
    return estimator, GrowingEncoding.begin(matrix, reader, np.ones(len(matrix)), scale, embedding)


def grown(estimator, growing, X):
    """(GrowingEncoding, InputChange) after another table."""
    matrix, reader = growing.encoding.reader.read_more(estimator, X)
    return growing.grown(matrix, reader, np.ones(len(matrix)))


def outputs(estimator, growing, X):
    """A table as encoded, in float64, with level codes cut off."""
    encoding = growing.encoding
    rows = encoding.transform(encoding.reader.read(estimator, X)).astype(float)
    return rows[:, : encoding.n_outputs - encoding.embedded.size]


def assert_answers_stay(estimator, before, after, change, X, **tolerance):
    """A layer behind the new encoding answers rows as it did behind the old one."""
    old, new = outputs(estimator, before, X), outputs(estimator, after, X)
    kernel = np.random.default_rng(0).standard_normal((old.shape[1], 7))
    assert_allclose(
        new @ change.of_kernel(kernel) + change.into_bias(kernel), old @ kernel, **({"atol": 1e-4} | tolerance)
    )


@pytest.mark.parametrize("sizes", [(1, 50, 50), (2, 300), (40, 1, 1, 1), (100, 100)])
def test_scales_are_those_of_all_rows(sizes):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((sum(sizes), 3)) * [1, 1e-5, 1e6] + [0, 3, -1e7]
    parts = np.split(X, np.cumsum(sizes)[:-1])
    estimator, growing = begun(parts[0])
    for part in parts[1:]:
        growing, _ = grown(estimator, growing, part)
    scaler = StandardScaler().fit(X)
    assert_allclose(growing.encoding.center, scaler.mean_, rtol=1e-9)
    assert_allclose(growing.encoding.divisor, scaler.scale_, rtol=1e-9)


def test_another_scale_changes_no_answer():
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((200, 4)), 3 * rng.standard_normal((200, 4)) + 5
    estimator, before = begun(first)
    after, change = grown(estimator, before, second)
    assert (np.abs(after.encoding.divisor - before.encoding.divisor) > 1).all()
    assert_answers_stay(estimator, before, after, change, np.vstack([first, second]))


def test_pieces_stay_where_they_are():
    rng = np.random.default_rng(2)
    first, second = rng.standard_normal((200, 2)), 2 * rng.standard_normal((200, 2)) + 1
    estimator, before = begun(first, embedding="piecewise_linear")
    after, change = grown(estimator, before, second)
    is_piece = before.encoding.is_piece
    X = np.vstack([first, second])
    assert is_piece.sum() > 20
    assert_allclose(outputs(estimator, after, X)[:, is_piece], outputs(estimator, before, X)[:, is_piece], atol=1e-5)
    assert_answers_stay(estimator, before, after, change, X)


def test_a_constant_column_comes_alive_and_rows_of_the_constant_are_answered_as_before():
    rng = np.random.default_rng(3)
    first = np.column_stack([rng.standard_normal(100), np.full(100, 20.0)])
    second = np.column_stack([rng.standard_normal(100), 20 + rng.standard_normal(100)])
    estimator, before = begun(first)
    assert (outputs(estimator, before, second)[:, 1] == 0).all()
    after, change = grown(estimator, before, second)
    assert outputs(estimator, after, second)[:, 1].std() > 0.5
    assert_answers_stay(estimator, before, after, change, first)


def test_a_first_row_tells_no_scale():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((60, 3)) * [1, 100, 1e-3]
    estimator, before = begun(X[:1])
    assert (outputs(estimator, before, X) == 0).all()
    after, change = grown(estimator, before, X[1:])
    assert_allclose(outputs(estimator, after, X).std(axis=0), 1, rtol=1e-5)
    assert (change.factor == 1).all() and (change.shift == 0).all()


def test_a_scale_of_two_rows_that_are_alike_does_not_blow_up_the_kernel():
    rng = np.random.default_rng(4)
    estimator, before = begun(np.array([[1.0], [1.001]]))
    after, change = grown(estimator, before, rng.standard_normal((3, 1)))
    assert after.encoding.divisor[0] > 100 * before.encoding.divisor[0]
    assert change.factor[0] == 1


def test_missing_values_that_come_later_get_a_flag_and_answers_stay():
    rng = np.random.default_rng(5)
    first, second = rng.standard_normal((100, 3)), rng.standard_normal((100, 3)) + 1
    second[::3, 1] = np.nan
    estimator, before = begun(first)
    after, change = grown(estimator, before, second)
    assert after.encoding.names_out[3] == "x1_missing"
    assert_answers_stay(estimator, before, after, change, np.vstack([first, second]))
    third = 2 * rng.standard_normal((100, 3))
    third[::4, 2] = np.nan
    last, change = grown(estimator, after, third)
    assert last.encoding.names_out[3:5] == ("x1_missing", "x2_missing")
    assert_answers_stay(estimator, after, last, change, np.vstack([first, second, third]))
    assert last.encoding.n_outputs == after.encoding.n_outputs  # there was room for it


def frame(levels, n=60, seed=0):
    """A number, and a category that takes the levels in turn."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.standard_normal(n), "c": [levels[i % len(levels)] for i in range(n)]})


def test_levels_that_come_later_get_inputs_of_their_own():
    first, second = frame(["b", "d"]), frame(["a", "d", "z"])
    estimator, before = begun(first)
    after, change = grown(estimator, before, second)
    assert after.encoding.reader.levels[1] == ("b", "d", "a", "z")
    encoded = outputs(estimator, after, second)
    for level in ("a", "d", "z"):
        is_level = (second["c"] == level).to_numpy()
        place = after.encoding.names_out.index(f"c_{level}")
        assert_array_equal(encoded[:, place], is_level)
    assert_answers_stay(estimator, before, after, change, first)
    assert_array_equal(change.source[[after.encoding.names_out.index(f"c_{level}") for level in "az"]], [-1, -1])


def test_room_is_made_in_steps():
    estimator, growing = begun(frame(["l0", "l1"]))
    sizes = []
    for i in range(2, 80):
        growing, _ = grown(estimator, growing, frame([f"l{i}", "l0"], seed=i))
        sizes.append(growing.encoding.n_outputs)
    assert len(set(sizes)) < 10
    assert (
        outputs(estimator, growing, frame([f"l{i}" for i in range(80)], n=80))[:, 1:].sum(axis=1).tolist() == [1] * 80
    )


def test_beyond_a_hundred_levels_further_ones_get_vectors():
    few, many = [f"a{i}" for i in range(50)], [f"b{i:03}" for i in range(150)]
    estimator, before = begun(frame(few, n=100))
    after, change = grown(estimator, before, frame(many, n=300))
    encoding = after.encoding
    assert encoding.embedded.tolist() == [1] and change.vectors[0][0] == -1
    assert change.vectors[0][1] == encoding.embedding_sizes[0] > 100
    rows = encoding.transform(encoding.reader.read(estimator, frame(few + many, n=200)))
    codes, own = rows[:, -1], rows[:, 1:-1].sum(axis=1)
    assert np.count_nonzero(own) == MAX_LEVELS
    assert_array_equal(codes > 0, own == 0)  # either an input or a vector
    assert len(np.unique(codes[codes > 0])) == 100
    later, change = grown(estimator, after, frame(["new"], n=10))
    assert change.vectors[0][0] == 0
    again = later.encoding.transform(later.encoding.reader.read(estimator, frame(few + many, n=200)))
    assert_array_equal(again[:, 1:], rows[:, 1:])
    is_new = later.encoding.transform(later.encoding.reader.read(estimator, frame(["new"], n=1)))[0, -1]
    assert is_new == codes.max() + 1


def test_a_level_that_occurs_once_shares_the_vector_of_the_unknown():
    many = [f"b{i:03}" for i in range(150)]
    estimator, growing = begun(frame(many, n=300))
    for expected in (0, 151):
        growing, _ = grown(estimator, growing, frame(["rare"], n=1))
        encoding = growing.encoding
        assert encoding.transform(encoding.reader.read(estimator, frame(["rare"], n=1)))[0, -1] == expected


def test_a_column_that_moves_far_away_forgets():
    rng = np.random.default_rng(6)
    first, second = rng.standard_normal((10_000, 1)), rng.standard_normal((50, 1)) + 1000
    estimator, before = begun(first)
    after, _ = grown(estimator, before, second)
    assert np.median(np.abs(outputs(estimator, after, second))) <= 4
    one, _ = grown(estimator, before, second[:1])  # a single value may be an outlier
    assert one.moments.present_weight[0] == 10_001


def test_numbers_that_are_not_scaled_stay_as_they_are():
    rng = np.random.default_rng(7)
    estimator, before = begun(rng.standard_normal((50, 2)), scale=None)
    X = 1000 * rng.standard_normal((50, 2))
    after, change = grown(estimator, before, X)
    assert_allclose(outputs(estimator, after, X), X, rtol=1e-6)
    assert (change.factor == 1).all() and (change.shift == 0).all()


def test_a_robust_scale_is_learnt_from_the_larger_table():
    rng = np.random.default_rng(8)
    estimator, before = begun(rng.standard_normal((10, 2)), scale="robust")
    X = 5 * rng.standard_normal((400, 2)) + 2
    after, _ = grown(estimator, before, X)
    assert_allclose(after.encoding.center, np.median(X, axis=0))
    same, _ = grown(estimator, after, rng.standard_normal((10, 2)))
    assert_array_equal(same.encoding.divisor, after.encoding.divisor)


def test_after_a_fit_the_scale_counts_as_much_as_its_rows():
    rng = np.random.default_rng(9)
    first, second = rng.standard_normal((300, 2)), 2 * rng.standard_normal((100, 2)) + 3
    estimator, growing = begun(first)
    after, _ = grown(estimator, GrowingEncoding.after_fit(growing.encoding, 300.0), second)
    both = StandardScaler().fit(np.vstack([first, second]))
    assert_allclose(after.encoding.center, both.mean_, rtol=1e-6)
    assert_allclose(after.encoding.divisor, both.scale_, rtol=1e-6)
