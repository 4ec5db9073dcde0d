"""Causes in the table: named only where the table's fault reaches the network."""

import pytest

from robust_mlp._core.records import LabelOrder
from tests._collapse.causes.found_causes import LARGE, RAW, TINY, found, numbers
from tests.invented_attempts import facts


@pytest.mark.parametrize(
    "table, scale, expected",
    [
        (RAW, None, {"unscaled_columns": True}),
        (LARGE, None, {"unscaled_columns": False}),  # 30 is large, and ordinary networks have learned from such columns
        (TINY, None, {"unscaled_columns": True}),
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
