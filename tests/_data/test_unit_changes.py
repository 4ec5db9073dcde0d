"""Settling: columns in another unit are told from outliers, clocks, calm values and chance."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._data.column_statistics import learn_moments
from robust_mlp._data.unit_changes import MOST_ROWS_TO_WAIT, Settling


def moments_of(cells):
    return learn_moments(cells, np.arange(len(cells)), np.ones(len(cells)), np.arange(cells.shape[1]))


def settled(parts):
    """(Settling after all parts, [(number of the part, UnitChange)])."""
    settling, found = Settling.of(moments_of(parts[0])), []
    for i, cells in enumerate(parts[1:], 1):
        settling, changes = settling.after(moments_of(cells), cells, lambda before: before)
        found += [(i, change) for change in changes]
    return settling, found


def normal(n, seed=0, columns=2):
    return np.random.default_rng(seed).standard_normal((n, columns))


def parts_of(cells, size):
    return [cells[i : i + size] for i in range(0, len(cells), size)]


@pytest.mark.parametrize("mean", [0.0, 5.0, -200.0])
@pytest.mark.parametrize("factor", [1e-6, 0.001, 0.01, 100, 1000, 1e9])
@pytest.mark.parametrize("first, size", [(50, 50), (5, 50), (200, 20), (30, 10)])
def test_another_unit_is_found_and_the_rows_before_are_forgotten(mean, factor, first, size):
    rows = normal(first + 600) + mean
    rows[:first] *= factor
    settling, found = settled([rows[:first], *parts_of(rows[first:], size)])
    assert {change.number for _, change in found} == {0, 1} and len(found) == 2
    assert not any(change.is_by_few for _, change in found)
    total = settling.total
    if all(i == 1 for i, _ in found):
        assert_allclose(total.mean, rows[first:].mean(axis=0), rtol=1e-9)
    assert_allclose(total.std, 1, rtol=0.25)


def test_another_unit_is_found_in_single_rows():
    rows = normal(400)
    rows[:60] *= 1000
    settling, found = settled(parts_of(rows, 1))
    assert {change.number for _, change in found} == {0, 1}
    assert_allclose(settling.total.std, 1, rtol=0.25)


def test_one_row_in_another_unit_is_forgotten():
    rows = normal(300)
    settling, _ = settled([1e4 * rows[:1], *parts_of(rows[1:], 50)])
    assert_allclose(settling.total.std, 1, rtol=0.25)


def test_a_table_in_another_unit_in_between_is_forgotten_at_the_next_one():
    rows = normal(400)
    rows[200:250] *= 1000
    settling, found = settled(parts_of(rows, 50))
    assert [i for i, _ in found] == [4, 4, 5, 5]
    assert_allclose(settling.total.std, 1, rtol=0.25)


def test_only_the_column_that_changed_is_named():
    rows = normal(200, columns=3)
    rows[:50, 1] *= 1000
    _, found = settled(parts_of(rows, 50))
    ((_, change),) = found
    assert (change.number, round(change.std_before / 1000), round(change.std)) == (1, 1, 1)


def test_values_that_spread_less_are_waited_for_at_most_so_long():
    rows = normal(2400)
    rows[:2000] *= 1000
    _, found = settled([rows[:2000], *parts_of(rows[2000:], 50)])
    assert {i for i, _ in found} == {MOST_ROWS_TO_WAIT // 50}


def test_calm_rows_that_end_sooner_belong_to_the_rest():
    rows = 100 * normal(600)
    rows[300:400] /= 1000
    settling, found = settled(parts_of(rows, 50))
    assert not found
    assert_allclose(settling.total.mean, rows.mean(axis=0), atol=1e-9)
    assert_allclose(settling.total.std, rows.std(axis=0), rtol=1e-9)
    assert_allclose(settling.total.present_weight, 600)


@pytest.mark.parametrize("size", [1, 5, 50, 200])
@pytest.mark.parametrize(
    "make",
    [
        lambda rng: np.arange(3000.0)[:, np.newaxis],
        lambda rng: 1.7e9 + np.arange(3000.0)[:, np.newaxis],
        lambda rng: rng.standard_normal((3000, 2)).cumsum(axis=0),
        lambda rng: np.exp(2 * rng.standard_normal((3000, 2))),
        lambda rng: rng.standard_t(2, (3000, 2)),
        lambda rng: rng.poisson(0.02, (3000, 2)).astype(float),
        lambda rng: np.sort(rng.standard_normal((3000, 2)), axis=0),
        lambda rng: np.full((3000, 1), 7.0),
    ],
    ids=["clock", "epoch", "walk", "log-normal", "t", "rare", "sorted", "constant"],
)
def test_clocks_walks_heavy_tails_and_rare_counts_are_in_one_unit(make, size):
    for seed in range(3):
        assert not settled(parts_of(make(np.random.default_rng(seed)), size))[1]


def test_an_outlier_is_forgotten_and_no_other_unit():
    rows = normal(1000)
    rows[300] = 1e6
    settling, found = settled(parts_of(rows, 50))
    assert found and all(change.is_by_few for _, change in found)
    assert_allclose(settling.total.std, 1, rtol=0.25)


def test_missing_cells_stay_counted_where_rows_are_forgotten():
    rows = normal(150)
    rows[:50] *= 1000
    rows[3, 0] = np.nan
    settling, found = settled(parts_of(rows, 50))
    assert found
    assert settling.total.missing_weight.tolist() == [1, 0]


def test_an_empty_column_says_nothing():
    rows = normal(200)
    rows[:, 1] = np.nan
    rows[100:, 0] = np.nan
    settling, found = settled(parts_of(rows, 50))
    assert not found
    assert settling.total.present_weight.tolist() == [100, 0]
