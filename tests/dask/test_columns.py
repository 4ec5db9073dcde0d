"""Statistics of partitions make those of the whole table."""

import numpy as np

from robust_mlp._data.bends import found_bends
from robust_mlp._data.column_statistics import learn_moments
from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.level_outputs import MAX_LEVELS
from robust_mlp._data.tables import read_table
from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.dask._columns import merge_statistics
from robust_mlp.dask._reading import HeldOutRule, Reading, statistics_of_part

from .tables import frame


def merged(X, y, n_parts, bend=None):
    shell = RobustMLPClassifier()
    _, reader = read_table(shell, X.iloc[:200], categorical_features="from_dtype", reset=True)
    reading = Reading(shell, reader, np.unique(y), HeldOutRule(0.0, 0), bend=bend)
    parts = np.array_split(np.arange(len(X)), n_parts)
    return merge_statistics(
        [statistics_of_part(X.iloc[p], y.iloc[p], None, i, reading) for i, p in enumerate(parts)], reader, bend
    )


def test_moments_and_masses_are_those_of_the_table_in_one_piece():
    X, y = frame(3000)
    reader, totals = merged(X, y, 7)
    matrix, whole = read_table(RobustMLPClassifier(), X, categorical_features="from_dtype", reset=True)
    expected = learn_moments(matrix, np.arange(3000), np.ones(3000), np.arange(8))
    np.testing.assert_allclose(totals.moments.mean, expected.mean, rtol=0, atol=1e-14)
    np.testing.assert_allclose(totals.moments.std, expected.std, rtol=1e-13)
    np.testing.assert_array_equal(totals.moments.low, expected.low)
    assert totals.moments.missing_weight[3] == X["c3"].isna().sum()
    assert reader.levels == whole.levels
    assert totals.masses[8].tolist() == [*X["kind"].value_counts().sort_index(), 0.0]


def test_numbers_of_heavy_tails_have_the_encoding_of_a_table_in_memory():
    X, y = frame(3000)
    X["c2"] = np.exp(3 * X["c2"])
    matrix, whole = read_table(RobustMLPClassifier(), X, categorical_features="from_dtype", reset=True)
    everything = matrix, np.arange(3000), np.ones(3000)
    bend = found_bends(*everything, np.arange(8))
    reader, totals = merged(X, y, 7, bend)
    expected = learn_encoding(matrix, whole, *everything[1:], "standard", "mixed")
    found = learn_encoding(matrix, reader, *everything[1:], "standard", "mixed", totals=totals)
    assert np.flatnonzero(np.isfinite(found.bend)).tolist() == [2]
    np.testing.assert_allclose(found.transform(matrix), expected.transform(matrix), atol=1e-5)
    raw = learn_encoding(matrix, reader, *everything[1:], "robust", totals=totals)  # which a repair may ask for
    assert raw.bend is None
    np.testing.assert_allclose(raw.center, learn_encoding(matrix, whole, *everything[1:], "robust").center)


def test_of_many_levels_those_of_a_single_row_are_left_out():
    X, y = frame(3000)
    names = np.array([f"n{i:04d}" for i in range(3 * MAX_LEVELS)])
    X["kind"] = names[np.arange(3000) % len(names)]
    X.loc[0, "kind"] = "alone"
    reader, totals = merged(X, y, 4)
    assert "alone" not in reader.levels[8]
    assert len(reader.levels[8]) == len(names) and totals.masses[8].sum() == 2999
