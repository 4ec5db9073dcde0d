"""Columns: gaps, scales and constants are found, and what the network scales itself is not held against them."""

import numpy as np

from robust_mlp.inspection._rules.columns import describe_columns, judge_columns
from tests.inspection.examples import codes_of


def test_columns_are_judged_one_by_one():
    X = np.random.default_rng(0).normal(size=(100, 4))
    X[:, 1] *= 1000
    X[:, 2] = 7
    X[3, 3], X[4, 3] = np.nan, np.inf
    found = judge_columns(describe_columns(X, ("a", "b", "c", "d")), is_scaled_inside=False)
    assert codes_of(found) == ("inputs_not_finite", "inputs_unscaled", "inputs_constant")
    assert found[0].evidence == "2 values in column 'd'."
    assert found[1].evidence.startswith("1 of 4 columns ('b'); root mean squares from ")
    assert found[2].evidence == "1 of 4 columns ('c')."


def test_a_network_that_scales_its_inputs_may_get_raw_ones():
    X = 1000 * np.random.default_rng(0).normal(size=(100, 4))
    assert judge_columns(describe_columns(X), is_scaled_inside=True) == []


def test_images_are_judged_as_a_whole():
    X = np.random.default_rng(0).integers(0, 256, size=(20, 4, 4, 1))
    assert codes_of(judge_columns(describe_columns(X), is_scaled_inside=False)) == ("inputs_unscaled",)
    assert judge_columns(describe_columns(X / 255), is_scaled_inside=False) == []
