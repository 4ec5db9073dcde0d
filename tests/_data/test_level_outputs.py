"""Outputs and codes of levels: by weight, the commonest first."""

import numpy as np

from robust_mlp._data.level_outputs import (
    LEAST_WEIGHT_OF_LEVEL,
    MAX_LEVELS,
    learn_level_codes,
    learn_slots,
    level_masses,
)


def test_masses_are_weights_of_levels_then_of_missing():
    matrix = np.array([[0.0], [1.0], [np.nan], [1.0]])
    assert level_masses(matrix, np.arange(4), np.array([1.0, 2.0, 3.0, 4.0]), 0, 3).tolist() == [1, 6, 0, 3]


def test_rare_levels_and_unknown_ones_share_code_0():
    masses = np.array([5.0, LEAST_WEIGHT_OF_LEVEL - 1, 3.0, 0.0])
    assert learn_level_codes(masses).tolist() == [1, 0, 2, 0, 0]


def test_levels_that_occur_have_outputs_and_the_rest_have_none():
    assert learn_slots(np.array([2.0, 0.0, 1.0, 4.0]), 10).tolist() == [10, -1, 11, 12, -1]


def test_levels_beyond_the_limit_share_an_output_with_unknown_ones():
    counts = np.append(np.arange(MAX_LEVELS + 5, 0, -1.0), 0.0)
    slots = learn_slots(counts, 0)
    assert slots[:MAX_LEVELS].tolist() == list(range(MAX_LEVELS))
    assert (slots[MAX_LEVELS : MAX_LEVELS + 5] == MAX_LEVELS).all() and slots[-1] == MAX_LEVELS
