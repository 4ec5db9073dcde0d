"""Groups: columns that say nearly the same, of any kind; others are left alone."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.explanation._measures.groups import associations, groups_of
from tests.explanation.known_answers import views


def correlated(rho, n_rows=2000, seed=0):
    """Two standard normal columns with a correlation."""
    first, second = np.random.default_rng(seed).standard_normal((2, n_rows))
    return np.column_stack([first, rho * first + np.sqrt(1 - rho**2) * second])


@pytest.mark.parametrize("rho, is_group", [(1.0, True), (-0.95, True), (0.9, True), (0.6, False), (0.0, False)])
def test_strongly_correlated_numbers_are_a_group(rho, is_group):
    found = groups_of(views(correlated(rho)), np.arange(2000))
    assert found == ([[0, 1]] if is_group else [])


def test_groups_of_any_kinds_are_found_and_independent_columns_left_out():
    rng = np.random.default_rng(1)
    x, other = rng.standard_normal((2, 1500))
    code = rng.integers(0, 4, 1500)
    frame = pd.DataFrame(
        {
            "x": x,
            "noise": other,
            "cubed": x**3,
            "city": pd.Categorical(np.array(list("abcd"))[code]),
            "zip": pd.Categorical([f"z{c}" for c in code]),
            "folded": np.abs(other),
        }
    )
    found = views(frame)
    names = [[found[i].name for i in group] for group in groups_of(found, np.arange(1500))]
    assert names == [["x", "cubed"], ["city", "zip"]]


def test_a_relation_that_neither_rises_nor_falls_is_seen_by_ranges():
    x = np.random.default_rng(2).uniform(-1, 1, 2000)
    found = associations(views(np.column_stack([x, x**2])), np.arange(2000))
    assert found[0, 1] > 0.5
    assert abs(np.corrcoef(x, x**2)[0, 1]) < 0.1


def test_independent_columns_are_hardly_associated_whatever_their_number_of_levels():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "a": pd.Categorical(rng.integers(0, 40, 1000).astype(str)),
            "b": pd.Categorical(rng.integers(0, 9, 1000).astype(str)),
        }
    )
    found = associations(views(frame), np.arange(1000))
    assert found[0, 1] < 0.12


def test_constant_and_empty_columns_are_in_no_group():
    X = np.column_stack([np.ones(50), np.ones(50), np.full(50, np.nan), np.arange(50.0)])
    assert groups_of(views(X), np.arange(50)) == []
    found = associations(views(X), np.arange(50))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(np.diag(found), 1)


def test_all_columns_of_a_group_are_like_each_other():
    rng = np.random.default_rng(4)
    chain = [rng.standard_normal(2000)]
    for _ in range(4):  # each like its neighbour, the last unlike the first
        chain.append(0.9 * chain[-1] + np.sqrt(1 - 0.81) * rng.standard_normal(2000))
    X = np.column_stack(chain)
    found = associations(views(X), np.arange(2000))
    for group in groups_of(views(X), np.arange(2000)):
        assert found[np.ix_(group, group)].min() >= 0.8


def test_one_column_is_no_group():
    assert groups_of(views(np.arange(9.0).reshape(-1, 1)), np.arange(9)) == []
