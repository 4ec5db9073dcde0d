"""Facts of a table: each fault seen, ordinary columns left in peace, and no more work than a sample of the rows."""

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from robust_mlp._data.distinct_rows import DistinctRows, merge_rows
from robust_mlp._data.table_facts import SplitRows, label_order, learn_facts
from robust_mlp._data.tables import read_table
from tests._data.learnt_facts import learn, normal, reader_of


def test_ordinary_columns_have_nothing_to_tell():
    facts = learn(normal())
    assert (facts.constant, facts.duplicate, facts.identifier_like, facts.heavy_tailed()) == ((), (), (), ())
    assert (facts.badly_scaled, facts.missing, facts.mostly_missing, facts.conflicting_share) == ((), (), (), 0.0)
    assert (facts.accuracy_ceiling, facts.loss_floor) == (1.0, 0.0)


def test_counts_and_shares():
    facts = learn(normal(100), np.repeat([0, 1, 2], [60, 30, 10]))
    assert (facts.n_rows, facts.n_train, facts.n_held_out, facts.n_columns, facts.n_classes) == (100, 90, 10, 4, 3)
    assert facts.train_share == pytest.approx((0.6, 0.3, 0.1))
    assert facts.smallest_class == 10
    assert facts.feature_names == ("x0", "x1", "x2", "x3")
    assert learn(normal(100), names=("a", "b", "c", "d")).feature_names == ("a", "b", "c", "d")


def test_shares_are_by_weight():
    facts = learn(normal(100), np.repeat([0, 1], 50), weights=np.repeat([3.0, 1.0], 50))
    assert facts.train_share == pytest.approx((0.75, 0.25))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "mean, deviation, is_bad",
    [(0, 1, False), (5, 2, False), (1e6, 1, True), (0, 1e4, True), (0, 1e-5, True), (1e9, 1e8, True), (-300, 2, True)],
)
def test_columns_whose_size_alone_can_stop_a_network(dtype, mean, deviation, is_bad):
    X = normal()
    X[:, 2] = X[:, 2] * deviation + mean
    facts = learn(X.astype(dtype))
    assert facts.badly_scaled == ((2,) if is_bad else ())
    assert facts.locations[2] == pytest.approx(mean, abs=0.2 * deviation)
    # float32 holds a deviation of 1 around a million to a sixteenth.
    assert facts.scales[2] == pytest.approx(deviation, rel=0.15)


def test_a_small_spread_around_a_large_mean_is_measured_and_not_rounded_away():
    X = normal()
    X[:, 0] = 1e8 + 0.01 * X[:, 0]
    assert learn(X).scales[0] == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("n", [300, 2000])
def test_giant_cells_are_a_heavy_tail_and_other_shapes_are_not(n):
    rng = np.random.default_rng(0)
    X = normal(n, 8)
    X[:, 0] = rng.exponential(size=n)
    X[rng.random(n) < 0.01, 1] *= 1e9
    X[5, 2] = 1e7
    X[:, 3] = rng.lognormal(sigma=1.5, size=n)
    X[:, 4] = rng.random(n) < 0.01  # rarely 1
    X[:, 5] = np.where(rng.random(n) < 0.5, np.nan, X[:, 5] * 1e5)
    X[:, 6] = np.nan
    X[7, 7] = 1e300
    assert learn(X).heavy_tailed() == (1, 2, 7)


def test_cells_near_the_end_of_the_floats_do_not_fail():
    X = normal()
    X[:, 0] *= 1e300
    facts = learn(X)
    assert facts.badly_scaled == (0,)
    assert not np.isnan(facts.scales[0])


def test_constant_and_duplicate_columns_are_found_and_verified_on_all_rows():
    X = normal(5000, 6)
    X[:, 1] = 7.0
    X[:, 3] = X[:, 0]
    X[:, 4] = X[:, 2]
    X[4321, 4] += 1e-3  # one cell in 5,000 differs
    X[:, 5] = 7.0
    X[1234, 5] = 8.0
    facts = learn(X)
    assert facts.constant == (1,)
    assert facts.duplicate == ((3, 0),)


def test_missing_cells_are_told_and_do_not_hide_the_rest():
    X = normal(400, 5)
    X[::3, 0] = np.nan
    X[1:, 1] = np.nan
    X[:, 2] = np.nan
    X[:, 3] = X[:, 3] * 1e5
    X[::7, 3] = np.nan
    facts = learn(X)
    assert facts.missing == (0, 1, 2, 3)
    assert facts.mostly_missing == (1, 2)
    assert facts.badly_scaled == (3,)
    assert facts.scales[0] == pytest.approx(1, abs=0.3)
    assert facts.constant == ()


def test_row_numbers_are_identifiers_and_counts_are_not():
    rng = np.random.default_rng(0)
    X = normal(3000, 5)
    X[:, 0] = np.arange(3000)
    X[:, 1] = 10_000_000 + rng.permutation(3000)
    X[:, 2] = rng.integers(0, 100, 3000)  # repeats
    X[:, 3] = np.round(X[:, 3] * 1e6) / 1e6
    assert learn(X).identifier_like == (0, 1)


def test_few_rows_make_no_identifier():
    X = np.column_stack([np.arange(30.0), normal(30, 1)])
    assert learn(X).identifier_like == ()


def test_category_columns_have_no_size():
    X = normal()
    X[:, 1] = np.random.default_rng(0).integers(0, 9, 500)
    facts = learn(X, categories={1})
    assert (facts.locations[1], facts.scales[1]) == (0.0, 1.0)
    assert facts.badly_scaled == () == facts.identifier_like


def test_conflicting_labels_have_the_floor_that_counting_gives():
    # Ten rows: one row three times as 0 and once as 1; another twice as 0 and twice as 1; two rows on their own.
    X = np.array([[1.0]] * 4 + [[2.0]] * 4 + [[3.0], [4.0]])
    y = np.array([0, 0, 0, 1, 0, 0, 1, 1, 0, 1])
    facts = learn(X, y, held_out=False)
    assert facts.conflicting_share == pytest.approx(0.8)
    assert facts.accuracy_ceiling == pytest.approx(0.7)  # 3 of 4, 2 of 4, 2 of 2
    expected = -(3 * np.log(3 / 4) + np.log(1 / 4) + 4 * np.log(1 / 2)) / 10
    assert facts.loss_floor == pytest.approx(expected)


def test_no_model_beats_the_ceiling():
    rng = np.random.default_rng(1)
    X = rng.integers(0, 3, size=(600, 3)).astype(float)
    y = rng.integers(0, 3, size=600)
    facts = learn(X, y, held_out=False)
    keys = [tuple(row) for row in X]
    best = sum(
        max(sum(k == key and label == c for k, label in zip(keys, y, strict=True)) for c in range(3))
        for key in set(keys)
    )
    assert facts.accuracy_ceiling == pytest.approx(best / 600)


def test_held_out_rows_of_the_users_own_have_their_own_shares():
    X = normal(200)
    validation = (normal(50), np.repeat([0, 1], [40, 10]), np.ones(50))
    facts = learn(X, validation=validation, train=[np.arange(200)], held_out=[np.arange(50)])
    assert facts.held_out_share == pytest.approx((0.8, 0.2))
    source = facts.probe_source()
    assert source.has_foreign_rows
    assert source.validation.shape == (50, 4)


def test_a_split_of_the_table_has_no_foreign_rows():
    source = learn(normal(200)).probe_source()
    assert not source.has_foreign_rows
    assert source.validation is None
    assert source.encode(source.index[:7]).shape == (7, 4)


def test_sorted_labels_have_few_runs():
    index = np.random.default_rng(0).permutation(1000)
    sorted_codes = (index >= 500).astype(int)
    order = label_order(index, sorted_codes)
    assert (order.n_runs, order.n_rows) == (2, 1000)
    assert order.expected_runs == pytest.approx(500, abs=2)
    mixed = label_order(index, index % 2)
    assert mixed.n_runs == 1000


def test_the_same_seed_gives_the_same_facts():
    X = normal(30_000, 5)
    one, two = learn(X), learn(X)
    assert (one.locations, one.scales, one.n_sampled) == (two.locations, two.scales, two.n_sampled)
    assert 1500 < one.n_sampled <= 2000


@pytest.mark.parametrize("n, d", [(269_501, 157), (2_000_000, 10), (500, 6000)])
def test_large_tables_cost_a_glance(n, d):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d), dtype=np.float32)
    y = rng.integers(0, 5, n)
    index = np.arange(n)
    split = [index[: n * 9 // 10]], [index[n * 9 // 10 :]]
    reader = reader_of(X)
    rows = DistinctRows(index, np.ones(n), y)
    start = time.process_time()
    facts = learn_facts(X, reader, rows, SplitRows(train=split[0], held_out=split[1]), seed=0)
    assert time.process_time() - start < 0.5
    assert facts.badly_scaled == ()


def test_parts_of_dates_are_told_of_as_nothing_that_a_user_stored():
    n = 300
    days = np.datetime64("2024-01-01") + np.arange(n)  # a different whole number of seconds in every row
    empty = np.where(np.arange(n) < 3, days, np.datetime64("NaT"))
    frame = pd.DataFrame({"day": days, "seldom": empty, "again": days, "number": np.arange(n), "a": normal(n, 1)[:, 0]})
    matrix, reader = read_table(BaseEstimator(), frame, categorical_features="from_dtype", reset=True)
    y = np.arange(n) % 2
    rows = merge_rows(matrix, y, None)
    facts = learn_facts(matrix, reader, rows, SplitRows(train=[rows.index], held_out=[]), seed=0)

    def named(columns):
        return [facts.feature_names[j] for j in columns]

    assert named(facts.identifier_like) == ["number"]
    assert named(facts.mostly_missing) == ["seldom"]
    assert [(facts.feature_names[j], facts.feature_names[k]) for j, k in facts.duplicate] == [("again", "day")]
    assert (facts.constant, facts.container) == ((), "pandas")
    assert facts.labels == tuple(frame.columns[k] for k in reader.input_of)
    assert [finding.code for finding in facts.findings] == []


def test_a_copy_in_float32_is_a_copy_and_numbers_that_float32_confuses_are_none():
    rng = np.random.default_rng(0)
    size = rng.gamma(4.0, 8.0, 300)
    customer = 1_600_000_000 + rng.permutation(300) * 256.0
    X = np.column_stack([size, size.astype(np.float32), customer, customer + 1, size * (1 + 1e-4)])
    assert np.array_equal(X[:, 2].astype(np.float32), X[:, 3].astype(np.float32))
    assert learn(X, rng.integers(0, 2, 300)).duplicate == ((1, 0),)
