"""SMOTE: where new rows lie, what they hold, and how evenly they are drawn."""

import warnings

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import NearestNeighbors

from robust_mlp._data.smote import N_NEIGHBORS, grow, most_frequent, nearest, spread_draws
from tests._data.sampled_tables import run, table


def test_a_grown_row_lies_between_its_source_and_one_of_the_5_nearest_of_its_class():
    matrix, kinds, codes = table((200, 30))
    matrix, kinds = matrix[:, :3], kinds[:3]
    resampled = run("smote", matrix, kinds, codes)
    rare = matrix[codes == 1] / matrix.std(axis=0)
    neighbors = NearestNeighbors(n_neighbors=5).fit(rare).kneighbors(return_distance=False)
    for row, source in zip(resampled.made, resampled.source_index[resampled.n_selected :], strict=True):
        row, base, others = row / matrix.std(axis=0), rare[source - 200], rare[neighbors[source - 200]]
        along = np.sum((row - base) * (others - base), axis=1) / np.sum((others - base) ** 2, axis=1)
        off = np.linalg.norm(row - base - along[:, None] * (others - base), axis=1)
        on_segment = (off < 1e-9) & (along >= 0) & (along <= 1)
        assert on_segment.any()


@pytest.mark.filterwarnings("ignore:sampler='smote'")
def test_smote_grows_what_imbalanced_learn_grows():
    """Same neighbours, same law: with one base row and one neighbour, place on the segment is all that is drawn."""
    rng = np.random.default_rng(0)
    matrix = np.concatenate([rng.normal(size=(4000, 2)), [[0.0, 10.0], [1.0, 12.0]]])
    matrix /= matrix.std(axis=0)  # imbalanced-learn measures distance in the units of the columns
    codes = np.repeat([0, 1], [4000, 2])
    ours = run("smote", matrix, ["number"] * 2, codes, seed=1).made
    theirs = SMOTE(k_neighbors=1, random_state=1).fit_resample(matrix, codes)[0][4002:]
    assert len(ours) == len(theirs)
    levels = np.linspace(0.1, 0.9, 9)
    # 4,000 draws each on a segment 2 long: a quantile's difference has a standard error of .022 at most
    assert_allclose(np.quantile(ours, levels, axis=0), np.quantile(theirs, levels, axis=0), atol=0.09)


def test_the_unit_of_a_column_does_not_matter():
    matrix, kinds, codes = table()
    stretched = matrix * np.array([1e6, 1.0, 1e-3, 1.0])
    assert_allclose(run("smote", stretched, kinds, codes).made[:, 1], run("smote", matrix, kinds, codes).made[:, 1])


def test_a_grown_row_has_levels_that_its_class_has():
    matrix, kinds, codes = table()
    resampled = run("smote", matrix, kinds, codes)
    for code in (1, 2):
        grown = resampled.made[resampled.codes[resampled.n_selected :] == code, 3]
        assert set(grown) <= set(matrix[codes == code, 3])


def test_the_most_frequent_level_wins_and_on_a_tie_the_nearest():
    values = np.array([[1.0, 2, 2, 3, 2], [3.0, 1, 1, 3, 2], [np.nan, 0, np.nan, 1, 2]])
    assert_array_equal(most_frequent(values), [2.0, 3.0, np.nan])


def test_smote_takes_missing_values():
    matrix, kinds, codes = table((60, 20))
    matrix[np.random.default_rng(0).random(matrix.shape) < 0.2] = np.nan
    matrix[codes == 1, 0] = np.nan  # a column that the rare class never has
    resampled = run("smote", matrix, kinds, codes)
    sources = matrix[resampled.source_index[resampled.n_selected :]]
    assert len(resampled.made) == 40
    assert_array_equal(np.isnan(resampled.made[:, :3]), np.isnan(sources[:, :3]))


def test_smote_takes_categories_alone():
    matrix, _, codes = table()
    resampled = run("smote", matrix[:, 3:], ["category"], codes)
    assert set(resampled.made.ravel()) <= {0.0, 1.0, 2.0, 3.0}


def test_far_more_rows_than_distances_can_be_computed_are_searched_in_part(monkeypatch):
    monkeypatch.setattr("robust_mlp._data.smote.MAX_DISTANCES", 30 * 200)
    positions = np.random.default_rng(0).normal(size=(200, 2))
    queries = np.arange(0, 200, 2)
    found = nearest(positions, queries, 5, np.random.default_rng(1))
    assert found.shape == (100, 5)
    assert not np.any(found == queries[:, None])
    far = np.linalg.norm(positions[found] - positions[queries][:, None], axis=2).mean()
    assert far < 0.5 * np.linalg.norm(positions[:100] - positions[100:], axis=1).mean()


@pytest.mark.parametrize("n_draws", [0, 1, 5, 1000])
def test_draws_are_spread_as_evenly_as_whole_numbers_allow(n_draws):
    weights = np.random.default_rng(0).lognormal(size=37)
    expected = n_draws * weights / weights.sum()
    for seed in range(20):
        counts = spread_draws(weights, n_draws, np.random.default_rng(seed))
        assert counts.sum() == n_draws
        assert np.all(np.abs(counts - expected) < 1 + 1e-9)


def test_nothing_here_warns_on_extreme_columns():
    matrix, kinds, codes = table((30, 10))
    matrix[:, 0] *= 1e200
    matrix[:, 1] = 3.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = run("smote", matrix, kinds, codes).made
    assert np.isfinite(made).all()


def grown(matrix, n_new=50, *, is_category=None, n_neighbors=2, weights=None, seed=0):
    """(rows, source) grown from the rows of one class, columns measured in their own units."""
    matrix = np.asarray(matrix)
    is_category = np.zeros(matrix.shape[1], dtype=bool) if is_category is None else np.array(is_category)
    weights = np.ones(len(matrix)) if weights is None else np.asarray(weights, dtype=float)
    scale = np.ones(matrix.shape[1])
    return grow(matrix, weights, is_category, scale, n_new, n_neighbors, np.random.default_rng(seed))


def test_there_are_as_many_neighbours_as_in_the_paper():
    assert N_NEIGHBORS == 5


def test_rows_are_grown_from_in_proportion_to_their_weights():
    _, source = grown(np.random.default_rng(0).normal(size=(4, 2)), 100, weights=[1, 2, 3, 4])
    assert_array_equal(np.bincount(source), [10, 20, 30, 40])


def test_the_nearest_of_a_row_are_scikit_learns_and_never_itself():
    positions = np.random.default_rng(1).normal(size=(60, 3))
    found = nearest(positions, np.arange(60), 4, np.random.default_rng(0))
    expected = NearestNeighbors(n_neighbors=4).fit(positions).kneighbors(return_distance=False)
    assert_array_equal(np.sort(found, axis=1), np.sort(expected, axis=1))


def test_among_equal_rows_a_row_is_not_its_own_neighbour():
    found = nearest(np.zeros((8, 2)), np.arange(8), 3, np.random.default_rng(0))
    assert found.shape == (8, 3)
    assert not np.any(found == np.arange(8)[:, None])


def test_between_equal_rows_nothing_new_can_be_grown():
    rows, _ = grown(np.full((5, 3), 2.5), 20)
    assert_array_equal(rows, np.full((20, 3), 2.5))


def test_a_number_that_the_neighbour_lacks_is_the_rows_own_and_one_that_the_row_lacks_stays_missing():
    rows, source = grown([[0.0, np.nan], [1.0, 5.0]], 40, n_neighbors=1)
    assert np.isnan(rows[source == 0, 1]).all()
    assert_array_equal(rows[source == 1, 1], np.full(20, 5.0))
    assert (rows[:, 0] > 0).all() and (rows[:, 0] < 1).all()


@pytest.mark.parametrize("share, level_of_the_nearest", [(0.9, 0.0), (1.1, 1.0)])
def test_a_level_that_differs_counts_as_the_deviation_of_the_numbers(share, level_of_the_nearest):
    # Row 1 is of row 0's level and `share` deviations away, row 2 is of another level at the same place.
    numbers, levels = np.array([0.0, 0.0, 0.0, 30.0, -30.0]), np.array([0.0, 0.0, 1.0, 2.0, 3.0])
    numbers[1] = share * numbers.std()  # which hardly changes the deviation
    rows, source = grown(np.column_stack([numbers, levels]), 100, is_category=[False, True], n_neighbors=1)
    assert set(rows[source == 0, 1]) == {level_of_the_nearest}


def test_the_same_generator_grows_the_same_rows():
    matrix = np.random.default_rng(2).normal(size=(10, 3))
    first, again, other = (grown(matrix, seed=seed)[0] for seed in (1, 1, 2))
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)
