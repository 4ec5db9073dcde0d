"""Encoding: what each column becomes, and that weights, order and extremes do to it what they should."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.preprocessing import StandardScaler

from robust_mlp._data import column_statistics, level_outputs, number_scales, pieces
from robust_mlp._data import encoding as encoding_module
from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._data.encoding import WEIGHT_BESIDE_PIECES, learn_encoding
from robust_mlp._data.level_outputs import MAX_LEVELS
from robust_mlp._data.number_scales import LARGEST_STANDARDIZED
from robust_mlp._data.pieces import N_PIECES
from robust_mlp._data.tables import read_table

NAN = np.nan
SCALES = ["standard", "robust", None]


def read(X, categorical_features="from_dtype", **kwargs):
    """(matrix, reader, estimator) of a table."""
    estimator = BaseEstimator()
    return *read_table(estimator, X, categorical_features=categorical_features, reset=True, **kwargs), estimator


def encode(X, scale="standard", weights=None, rows=None, embedding=None, embeds_levels=False, **kwargs):
    """(outputs of all rows, encoding) of a table."""
    matrix, reader, _ = read(X, **kwargs)
    rows = np.arange(len(matrix)) if rows is None else rows
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    encoding = learn_encoding(matrix, reader, rows, weights, scale, embedding, embeds_levels=embeds_levels)
    return encoding.transform(matrix), encoding


def column(*values):
    """A table of one column."""
    return np.array(values, dtype=float).reshape(-1, 1)


@pytest.fixture
def table():
    """A table of numbers at several scales, with missing values."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 4)) * [1e-3, 1.0, 50.0, 1e6] + [0.0, 10.0, -3.0, 0.0]
    X[rng.random(X.shape) < 0.1] = NAN
    return X


# -------------------------------------------------------------------------------------------------------------- numbers


def test_standard_is_what_the_standard_scaler_computes(table):
    outputs, _ = encode(table)
    expected = np.nan_to_num(StandardScaler().fit_transform(table))  # NaN becomes the mean, which is 0
    assert_allclose(outputs[:, :4], expected, rtol=1e-5, atol=1e-6)


def test_standard_weighs_as_the_standard_scaler_does(table):
    weights = np.random.default_rng(1).uniform(0.1, 3, len(table))
    outputs, _ = encode(table, weights=weights)
    expected = np.nan_to_num(StandardScaler().fit(table, sample_weight=weights).transform(table))
    assert_allclose(outputs[:, :4], expected, rtol=1e-5, atol=1e-6)


def test_robust_is_the_median_and_interquartile_range_smoothly_clipped():
    x = np.arange(1.0, 10.0)  # median 5, quartiles 3 and 7
    outputs, _ = encode(column(*x), "robust")
    z = (x - 5) / 4
    assert_allclose(outputs[:, 0], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-6)


def test_robust_takes_half_the_range_where_the_interquartile_range_is_0():
    outputs, _ = encode(column(*[0.0] * 9, 10.0), "robust")
    z = 10 / 5
    assert_allclose(outputs[:, 0], [0.0] * 9 + [z / np.sqrt(1 + (z / 3) ** 2)], rtol=1e-6)


def test_robust_ends_at_3_however_far_a_value_is():
    outputs, _ = encode(column(-1e300, -1.0, 0.0, 1.0, 1e300), "robust")
    assert_allclose(outputs[[0, -1], 0], [-3, 3])


def test_none_leaves_numbers_as_they_are_within_the_range_of_float32():
    outputs, _ = encode(column(0.5, -7.0, 1e300, -1e300), None)
    largest = np.finfo(np.float32).max
    assert_array_equal(outputs[:, 0], np.array([0.5, -7.0, largest, -largest], dtype=np.float32))


def test_missing_values_are_filled_with_the_centre_and_flagged():
    assert_allclose(encode(column(1, 3, NAN))[0], [[-1, 0], [1, 0], [0, 1]])
    assert_allclose(encode(column(1, 3, NAN), None)[0], [[1, 0], [3, 0], [2, 1]])
    assert_allclose(encode(column(0, 1, 2, 3, 100, NAN), "robust")[0][-1], [0, 1])


def test_a_column_without_missing_values_in_training_has_no_flag():
    outputs, encoding = encode(np.array([[1.0, 5.0], [3.0, NAN]]))
    assert encoding.names_out == ("x0", "x1", "x1_missing")
    assert_array_equal(encoding.transform(np.array([[NAN, NAN]])), [[0, 0, 1]])
    assert outputs.shape == (2, 3)


@pytest.mark.parametrize("scale", SCALES)
def test_a_column_without_any_value_becomes_0_without_a_flag(scale):
    outputs, encoding = encode(column(NAN, NAN), scale)
    assert_array_equal(outputs, [[0], [0]])
    assert encoding.names_out == ("x0",)


@pytest.mark.parametrize("scale", ["standard", "robust"])
@pytest.mark.parametrize("value", [0.0, 7.0, -1e30, 1e300, 0.1, 1e-300])
def test_a_constant_column_becomes_0_whatever_comes_later(scale, value):
    outputs, encoding = encode(column(value, value, value), scale)
    assert_array_equal(outputs, 0)
    assert_array_equal(encoding.transform(column(value + 1, -1e308, NAN)), 0)


@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_a_column_that_differs_by_rounding_only_is_constant(scale):
    assert_array_equal(encode(column(0.3, 0.1 + 0.2, 0.3, 0.6 / 2), scale)[0], 0)


@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_a_large_offset_loses_no_signal(scale):
    signal = np.random.default_rng(0).standard_normal(200)
    shifted, _ = encode(column(*(1e9 + signal)), scale)
    plain, _ = encode(column(*signal), scale)
    assert_allclose(shifted, plain, atol=1e-5)


def test_float32_input_is_subtracted_in_float64():
    values = np.float32(1e6) + np.arange(8, dtype=np.float32) / 8
    outputs, _ = encode(values.reshape(-1, 1))
    expected = StandardScaler().fit_transform(values.astype(np.float64).reshape(-1, 1))
    assert_allclose(outputs, expected, rtol=1e-6)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-30, 1.0, 1e30, 1e160, 1e300])
def test_any_scale_gives_finite_outputs(scale, size):
    X = np.random.default_rng(0).standard_normal((50, 1)) * size
    outputs, encoding = encode(X, scale)
    assert np.isfinite(outputs).all()
    assert np.isfinite(encoding.transform(column(1e308, -1e308, 0.0, NAN))).all()
    if scale is not None:
        unit, _ = encode(X / size, scale)
        assert_allclose(outputs, unit, rtol=1e-4)


def test_a_standardized_value_ends_far_outside_what_training_rows_can_reach():
    _, encoding = encode(column(0.0, 1.0))
    assert_array_equal(encoding.transform(column(1e30, -1e30)), [[LARGEST_STANDARDIZED], [-LARGEST_STANDARDIZED]])


# ----------------------------------------------------------------------------------------------------------- categories


def test_categories_are_one_hot_with_missing_as_a_level_of_its_own():
    frame = pd.DataFrame({"n": [1.0, 3.0, 1.0, 3.0], "c": ["b", "a", None, "b"]})
    outputs, encoding = encode(frame)
    assert encoding.names_out == ("n", "c_a", "c_b", "c_missing")
    assert_array_equal(outputs, [[-1, 0, 1, 0], [1, 1, 0, 0], [-1, 0, 0, 1], [1, 0, 1, 0]])


def test_an_unknown_level_and_an_unseen_missing_one_are_all_zeros():
    frame = pd.DataFrame({"c": ["b", "a"], "d": ["u", "v"]})
    matrix, reader, estimator = read(frame)
    encoding = learn_encoding(matrix, reader, np.arange(2), np.ones(2), "standard")
    new = reader.read(estimator, pd.DataFrame({"c": ["new", "a", None], "d": ["v", "new", "u"]}))
    assert_array_equal(encoding.transform(new), [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]])


def test_rare_levels_share_one_output_and_so_do_unknown_ones():
    levels = [f"l{i:03}" for i in range(MAX_LEVELS + 50)]
    frequent = levels[50:]
    frame = pd.DataFrame({"c": levels + frequent})
    matrix, reader, estimator = read(frame)
    encoding = learn_encoding(matrix, reader, np.arange(len(frame)), np.ones(len(frame)), "standard")
    assert encoding.n_outputs == MAX_LEVELS + 1
    assert set(encoding.names_out) == {f"c_{level}" for level in frequent} | {"c_infrequent"}
    outputs = encoding.transform(reader.read(estimator, pd.DataFrame({"c": [levels[0], levels[9], "new", levels[-1]]})))
    infrequent = encoding.names_out.index("c_infrequent")
    assert_array_equal(outputs[:, infrequent], [1, 1, 1, 0])
    assert_array_equal(outputs.sum(axis=1), 1)


def test_levels_that_only_unused_rows_hold_have_no_output():
    frame = pd.DataFrame({"c": ["b", "a", "z", "a"]})
    matrix, reader, _ = read(frame)
    encoding = learn_encoding(matrix, reader, np.array([0, 1, 3]), np.ones(3), "standard")
    assert encoding.names_out == ("c_a", "c_b")
    assert_array_equal(encoding.transform(matrix), [[0, 1], [1, 0], [0, 0], [1, 0]])


def test_frequency_is_weighted(monkeypatch):
    monkeypatch.setattr(encoding_module, "MAX_LEVELS", 1)
    monkeypatch.setattr(level_outputs, "MAX_LEVELS", 1)
    _, encoding = encode(pd.DataFrame({"c": ["a", "a", "b"]}), weights=[1, 1, 3])
    assert encoding.names_out == ("c_b", "c_infrequent")


@pytest.mark.parametrize("n_levels", [1, 2, 10_000])
def test_any_number_of_levels_is_encoded(n_levels):
    outputs, encoding = encode(pd.DataFrame({"c": [f"l{i}" for i in range(n_levels)]}))
    assert outputs.shape == (n_levels, min(n_levels, MAX_LEVELS + 1))
    assert_array_equal(outputs.sum(axis=1), 1)
    assert len(encoding.names_out) == encoding.n_outputs


# ---------------------------------------------------------------------------------------------------- codes of levels


def test_a_category_of_many_levels_becomes_a_code_after_everything_else():
    levels = [f"l{i:03}" for i in range(MAX_LEVELS + 1)]
    frame = pd.DataFrame({"many": levels * 2, "few": ["a", "b"] * len(levels), "x": np.arange(2.0 * len(levels))})
    outputs, encoding = encode(frame, embeds_levels=True)
    assert encoding.names_out == ("x", "few_a", "few_b", "many_level")
    assert encoding.embedding_sizes == (MAX_LEVELS + 2,)
    assert_array_equal(outputs[:, 3], np.tile(np.arange(MAX_LEVELS + 1) + 1, 2))
    assert_array_equal(outputs[:, 1:3].sum(axis=1), 1)


def test_rare_unknown_and_unseen_missing_levels_share_code_0():
    common = [f"l{i:03}" for i in range(MAX_LEVELS)]
    frame = pd.DataFrame({"c": [*common, *common, "once"]})
    matrix, reader, estimator = read(frame)
    encoding = learn_encoding(
        matrix, reader, np.arange(len(frame)), np.ones(len(frame)), "standard", embeds_levels=True
    )
    new = reader.read(estimator, pd.DataFrame({"c": ["l000", "once", "never", None]}))
    assert_array_equal(encoding.transform(new), [[1], [0], [0], [0]])


def test_missing_is_a_level_with_a_code_where_it_was_seen():
    levels = [f"l{i:03}" for i in range(MAX_LEVELS + 1)]
    outputs, encoding = encode(pd.DataFrame({"c": [*levels, None] * 2}), embeds_levels=True)
    assert encoding.embedding_sizes == (MAX_LEVELS + 3,)
    assert outputs[len(levels), 0] == MAX_LEVELS + 2


def test_a_row_of_weight_two_gives_its_level_a_code():
    levels = [f"l{i:03}" for i in range(MAX_LEVELS + 1)]
    weights = np.ones(len(levels))
    weights[3] = 2
    outputs, _ = encode(pd.DataFrame({"c": levels}), weights=weights, embeds_levels=True)
    assert_array_equal(np.flatnonzero(outputs[:, 0]), [3])


def test_the_commonest_levels_have_codes_where_there_are_too_many(monkeypatch):
    monkeypatch.setattr(encoding_module, "MAX_LEVELS", 1)
    monkeypatch.setattr(level_outputs, "MAX_EMBEDDED_LEVELS", 2)
    outputs, encoding = encode(pd.DataFrame({"c": list("aabbbcccc")}), embeds_levels=True)
    assert encoding.embedding_sizes == (3,)
    assert_array_equal(outputs[:, 0], [0, 0, 1, 1, 1, 2, 2, 2, 2])


def test_codes_survive_pickling():
    levels = [f"l{i:03}" for i in range(MAX_LEVELS + 1)] * 2
    frame = pd.DataFrame({"c": levels, "d": ["u", "v"] * (len(levels) // 2)})
    matrix, reader, _ = read(frame)
    encoding = learn_encoding(matrix, reader, np.arange(len(frame)), np.ones(len(frame)), None, embeds_levels=True)
    copied = pickle.loads(pickle.dumps(encoding))
    assert_array_equal(copied.transform(matrix), encoding.transform(matrix))
    assert copied.names_out == encoding.names_out


# -------------------------------------------------------------------------------------------------- weights and order


def mixed_table(rng, n_rows):
    """A frame of numbers, missing values and categories, with a scale and an order that nothing else depends on."""
    return pd.DataFrame(
        {
            "a": np.where(rng.random(n_rows) < 0.2, NAN, rng.standard_normal(n_rows)),
            "b": rng.integers(0, 4, n_rows) * 0.1 + 1e6,
            "c": rng.choice(["u", "v", "w", None], n_rows),
        }
    )


@pytest.mark.parametrize("scale", SCALES)
def test_weights_are_repetitions_to_the_last_bit(scale):
    rng = np.random.default_rng(3)
    frame = mixed_table(rng, 60)
    codes = rng.integers(0, 3, 60)
    weights = rng.integers(0, 5, 60).astype(float)
    shuffled = rng.permutation(60)
    repeated = np.repeat(np.arange(60), weights.astype(int))
    queries = mixed_table(rng, 200)

    results = []
    for rows, sample_weight in [(shuffled, weights[shuffled]), (repeated, None), (rng.permutation(repeated), None)]:
        used = None if sample_weight is None else sample_weight > 0
        matrix, reader, estimator = read(frame.iloc[rows], used=used)
        merged = merge_rows(matrix, codes[rows], sample_weight)
        encoding = learn_encoding(matrix, reader, merged.index, merged.weights, scale)
        results.append(
            (
                merged.codes,
                merged.weights,
                merged.groups,
                encoding.transform(matrix, merged.index),
                encoding.transform(reader.read(estimator, queries)),
            )
        )
    for other in results[1:]:
        for mine, first in zip(other, results[0], strict=True):
            assert_array_equal(mine, first, strict=True)


@pytest.mark.parametrize("scale", SCALES)
def test_float32_and_float64_of_the_same_values_are_encoded_alike(scale, table):
    X = table.astype(np.float32)
    assert_array_equal(encode(X, scale)[0], encode(X.astype(np.float64), scale)[0])


@pytest.mark.parametrize("scale", SCALES)
def test_pieces_change_nothing_that_is_encoded(scale, table, monkeypatch):
    whole, encoding = encode(table, scale)
    matrix, _, _ = read(table)
    monkeypatch.setattr(column_statistics, "CHUNK_CELLS", 28)
    assert_array_equal(encoding.transform(matrix), whole)
    assert_allclose(encode(table, scale)[0], whole, rtol=1e-5, atol=1e-6)


def test_chosen_rows_are_encoded_in_their_order(table):
    matrix, reader, _ = read(table)
    encoding = learn_encoding(matrix, reader, np.arange(len(matrix)), np.ones(len(matrix)), "standard")
    rows = np.array([5, 3, 3, 250])
    assert_array_equal(encoding.transform(matrix, rows), encoding.transform(matrix)[rows])


@pytest.mark.parametrize("scale", SCALES)
def test_rows_that_are_not_learnt_from_change_nothing(scale, table):
    rows = np.arange(100)
    other = table.copy()
    other[100:] = 1e300
    _, first = encode(table, scale, rows=rows)
    _, second = encode(other, scale, rows=rows)
    matrix, _, _ = read(table)
    assert_array_equal(first.transform(matrix), second.transform(matrix))


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
def test_outputs_are_float32_row_after_row_and_the_matrix_is_left_alone(layout, table):
    matrix, reader, _ = read(table)
    encoding = learn_encoding(matrix, reader, np.arange(len(matrix)), np.ones(len(matrix)), "standard")
    given = layout(matrix.copy())
    given.flags.writeable = False
    outputs = encoding.transform(given)
    assert outputs.dtype == np.float32 and outputs.flags.c_contiguous
    assert_array_equal(outputs, encoding.transform(matrix))


def test_an_encoding_pickles_small_and_encodes_on(table):
    frame = pd.DataFrame(table).astype(float).assign(c=["a", "b", None] * 100)
    frame.columns = frame.columns.astype(str)
    outputs, encoding = encode(frame)
    matrix, _, _ = read(frame)
    for other in (pickle.loads(pickle.dumps(encoding)), copy.deepcopy(encoding)):
        assert_array_equal(other.transform(matrix), outputs)
        assert other.names_out == encoding.names_out
    assert len(pickle.dumps(encode(np.random.default_rng(0).random((1000, 20)))[1])) < 2500


def test_quantiles_of_many_rows_come_from_an_even_sample(monkeypatch):
    monkeypatch.setattr(number_scales, "QUANTILE_ROWS", 100)
    monkeypatch.setattr(pieces, "QUANTILE_ROWS", 100)
    x = np.random.default_rng(0).standard_normal(10_000)
    _, encoding = encode(column(*x), "robust")
    sample = x[::100]
    assert_allclose(encoding.center, np.quantile(sample, 0.5, method="averaged_inverted_cdf"))


def test_a_rare_signal_that_the_sample_misses_is_not_taken_for_a_constant(monkeypatch):
    monkeypatch.setattr(number_scales, "QUANTILE_ROWS", 100)
    monkeypatch.setattr(pieces, "QUANTILE_ROWS", 100)
    x = np.zeros(10_000)
    x[5001] = 1.0
    outputs, _ = encode(column(*x), "robust")
    assert outputs[5001, 0] > 1 and outputs[0, 0] == 0


# --------------------------------------------------------------------------------------------------------------- pieces


@pytest.mark.parametrize("scale", SCALES)
def test_pieces_are_the_piecewise_linear_encoding(scale):
    x = np.random.default_rng(0).permutation(np.arange(960.0))
    outputs, encoding = encode(column(*x), scale, embedding="piecewise_linear")
    assert encoding.names_out == ("x0", *(f"x0_piece{i}" for i in range(N_PIECES - 2)))
    z, pieces = outputs[:, 0], outputs[:, 1:] + 0.5
    assert_allclose(z, WEIGHT_BESIDE_PIECES * encode(column(*x), scale)[0][:, 0])
    edges = np.interp((np.arange(1, N_PIECES) / N_PIECES * 960 - 0.5), np.arange(960), np.sort(z))
    expected = np.clip((z[:, None] - edges[:-1]) / np.diff(edges), 0, 1)
    assert_allclose(pieces, expected, atol=1e-5)
    # All pieces passed one after the other: at most one of them is in part.
    assert ((pieces > 0) & (pieces < 1)).sum(axis=1).max() <= 1


def test_a_number_of_two_values_has_no_pieces_and_a_missing_one_is_at_the_centre():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 2, 200), np.full(200, 3.0), rng.normal(size=200)])
    X[0, 2] = NAN
    outputs, encoding = encode(X, embedding="piecewise_linear")
    assert set(encoding.pieced) == {2}
    assert encoding.names_out[:5] == ("x0", "x1", "x2", "x2_missing", "x2_piece0")
    at_mean = encoding.transform(np.array([[0, 3.0, encoding.center[2]], [0, 3.0, 1e30]]))
    assert_allclose(outputs[0, 4:], at_mean[0, 4:], atol=1e-6)
    assert_array_equal(at_mean[1, 4:], 0.5)


def test_pieces_stand_between_numbers_and_categories():
    frame = pd.DataFrame({"size": np.arange(100.0), "colour": pd.Categorical(["red", "blue"] * 50)})
    outputs, encoding = encode(frame, embedding="piecewise_linear")
    assert encoding.names_out[0] == "size" and encoding.names_out[-2:] == ("colour_blue", "colour_red")
    assert len(encoding.names_out) == encoding.n_outputs == 1 + (N_PIECES - 2) + 2
    assert_array_equal(outputs[:, -2:].sum(axis=1), 1.0)
