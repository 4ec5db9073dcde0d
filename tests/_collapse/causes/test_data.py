"""Causes in the table: named only where the table's fault reaches the network."""

import pytest

from robust_mlp._collapse.causes import data
from robust_mlp._collapse.causes.data import SORTED_RUNS_SHARE, column_size
from robust_mlp._core.records import LabelOrder
from tests._collapse.causes.found_causes import LARGE, RAW, TINY, found, inputs, numbers
from tests.invented_attempts import facts


@pytest.mark.parametrize(
    "table, scale, expected",
    [
        (RAW, None, {"unscaled_columns": True}),
        (LARGE, None, {"unscaled_columns": False}),  # 30 is large, and ordinary networks have learned from such columns
        (TINY, None, {"unscaled_columns": False}),  # the network sees the other three columns
        (RAW, "standard", {}),  # scaled: their size does not reach the network
        (RAW, "robust", {}),
        (facts(), None, {}),  # nothing is wrong with the columns as they are
    ],
)
def test_columns_of_unusual_size_are_a_cause_only_where_they_reach_the_network(table, scale, expected):
    assert found(table=table, scale=scale) == expected


def test_the_worst_column_is_named():
    n = numbers("unscaled_columns", table=RAW, scale=None)
    assert (n["name"], n["mean"], n["names"]) == ("id", 1e6, ("income", "id"))


def test_heavy_tails_are_a_cause_only_under_the_scale_that_they_set():
    table = facts(heavy_tailed=lambda: (0, 1))
    assert found(table=table, scale="standard") == {"heavy_tailed_columns": True}
    assert found(table=facts(heavy_tailed=lambda: (0,)), scale="standard") == {"heavy_tailed_columns": False}
    assert found(table=table, scale="robust") == {}
    assert found(table=facts(heavy_tailed=tuple), scale="standard") == {}


@pytest.mark.parametrize("n_runs, shuffle, expected", [(2, False, True), (2, True, False), (900, False, False)])
def test_sorted_rows_are_a_cause_only_where_they_are_not_shuffled(n_runs, shuffle, expected):
    table = facts(label_order=lambda: LabelOrder(n_runs=n_runs, expected_runs=1000.0, n_rows=2000))
    assert ("sorted_rows" in found(table=table, shuffle=shuffle)) is expected


def test_rows_are_not_put_in_order_for_a_plan_that_shuffles_them():
    def never():
        raise AssertionError("the order of 5,000,000 labels takes a second")

    assert found(table=facts(label_order=never)) == {}


@pytest.mark.parametrize("j, size", [(0, 1.0), (1, 5e4), (2, 1.0), (3, 1e6)])
def test_a_columns_size_is_the_larger_of_mean_and_deviation(j, size):
    assert column_size(RAW, j) == size


def test_a_mean_below_zero_is_as_large_as_one_above():
    assert column_size(facts(locations=(-500.0, 0.0, 0.0, 0.0)), 0) == 500.0


@pytest.mark.parametrize(
    "location, scale, is_certain",
    [(0.0, 99.0, False), (0.0, 100.0, True), (-100.0, 1.0, True), (0.0, 0.011, False)],
)
def test_a_column_a_hundred_times_too_large_is_certain(location, scale, is_certain):
    table = facts(badly_scaled=(0,), locations=(location, 0.0, 0.0, 0.0), scales=(scale, 1.0, 1.0, 1.0))
    assert found(table=table, scale=None) == {"unscaled_columns": is_certain}


@pytest.mark.parametrize("columns, is_certain", [((0,), False), ((0, 1), True), ((0, 1, 2, 3), True)])
def test_columns_a_hundred_times_too_small_are_certain_if_they_are_half_of_all(columns, is_certain):
    scales = tuple(0.01 if j in columns else 1.0 for j in range(4))
    table = facts(badly_scaled=columns, locations=(0.0,) * 4, scales=scales)
    assert found(table=table, scale=None) == {"unscaled_columns": is_certain}


def test_all_columns_at_fault_are_counted_and_the_worst_has_its_figures():
    assert numbers("unscaled_columns", table=RAW, scale=None) == {
        "n_columns": 2, "names": ("income", "id"), "name": "id", "mean": 1e6, "deviation": 3.0,
    }  # fmt: skip


@pytest.mark.parametrize("columns, is_certain", [((0,), False), ((0, 3), True), ((0, 1, 2, 3), True)])
def test_heavy_tails_of_half_the_columns_are_certain(columns, is_certain):
    cause = data.heavy_tailed_columns(inputs(table=facts(heavy_tailed=lambda: columns), scale="standard"))
    assert cause.is_certain is is_certain
    assert (cause.numbers["n_columns"], cause.numbers["name"]) == (len(columns), "age")


def test_tails_are_not_measured_where_the_scale_is_no_matter_of_them():
    def never():
        raise AssertionError("quartiles of every column take time")

    assert found(table=facts(heavy_tailed=never), scale="robust") == {}
    assert found(table=facts(heavy_tailed=never), scale=None) == {}


@pytest.mark.parametrize("n_runs, is_named", [(1, True), (100, True), (101, False)])
def test_rows_are_sorted_where_they_change_class_a_tenth_as_often_as_by_chance(n_runs, is_named):
    order = LabelOrder(n_runs=n_runs, expected_runs=100 / SORTED_RUNS_SHARE, n_rows=2000)
    cause = data.sorted_rows(inputs(table=facts(label_order=lambda: order), shuffle=False))
    assert (cause is not None) is is_named
    if is_named:
        assert cause.is_certain
        assert cause.numbers == {"n_runs": n_runs, "expected_runs": 1000.0, "n_rows": 2000}
