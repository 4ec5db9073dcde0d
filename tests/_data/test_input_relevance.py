"""Inputs scaled by their relevance: which are, for whom, and how often by chance."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._data.input_relevance import (
    CLEARLY_BETTER,
    SMALLEST_SCALE,
    find_power,
    relevance_scales,
    weighs_inputs,
)


def noisy_table(n_rows=900, n_inputs=60, n_relevant=2, seed=0):
    """(rows, codes): classes lie in a plane behind columns of noise."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, n_inputs)).astype(np.float32)
    return rows, (rows[:, :n_relevant].sum(axis=1) > 0).astype(int)


def scales_of(rows, codes, weights=None, n_members=3):
    parts = np.array_split(np.arange(len(rows)), n_members)
    weights = np.ones(len(rows)) if weights is None else weights
    return relevance_scales(rows, codes, weights, codes.max() + 1, parts, np.arange(0), power=0.5)


def gain(rows, codes):
    return find_power(rows, codes, np.ones(len(rows)), codes.max() + 1, np.arange(len(rows)))[1]


def test_relevant_inputs_are_larger():
    scales = scales_of(*noisy_table())
    assert scales.min() >= SMALLEST_SCALE and scales.max() == 1
    assert (scales[:, :2].min(axis=1) > 3 * scales[:, 2:].max(axis=1)).all()


def test_a_member_does_not_know_its_held_out_rows():
    rows, codes = noisy_table()
    changed = codes.copy()
    changed[:300] = 1 - changed[:300]  # the part of the first member
    before, after = scales_of(rows, codes), scales_of(rows, changed)
    assert_allclose(before[0], after[0], rtol=1e-5)
    assert not np.allclose(before[1], after[1], rtol=1e-2)


def test_weights_count_as_rows():
    rows, codes = noisy_table(300)
    weights = np.where(np.arange(300) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(300), weights.astype(int))
    parts, doubled = [np.arange(100)], [np.flatnonzero(twice < 100)]
    rest, of_doubled = np.arange(100, 300), np.flatnonzero(twice >= 100)
    of_weights = relevance_scales(rows, codes, weights, 2, parts, rest, 0.5)
    of_rows = relevance_scales(rows[twice], codes[twice], np.ones(len(twice)), 2, doubled, of_doubled, 0.5)
    assert_allclose(of_weights, of_rows, rtol=1e-5)


def test_the_unit_of_an_input_does_not_matter():
    rows, codes = noisy_table()
    assert_allclose(scales_of(rows, codes), scales_of(rows * np.float32(1024), codes), rtol=1e-4)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_where_no_input_is_relevant_all_keep_their_size(n_classes):
    kept = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        rows = rng.normal(size=(200, 20)).astype(np.float32)
        kept += (scales_of(rows, rng.integers(0, n_classes, 200), n_members=1) == 1).all()
    assert kept >= 95


def test_constant_inputs_and_classes_without_rows_do_no_harm():
    rows, codes = noisy_table(200)
    rows[:, 5] = 3.0
    codes[codes == 1] = 2  # nothing of class 1
    scales = scales_of(rows, codes)
    assert np.isfinite(scales).all() and scales[0, 5] == np.float32(SMALLEST_SCALE)


def test_an_input_that_is_the_label_leaves_the_others_a_size():
    rows, codes = noisy_table(400)
    rows[:, 0] = codes
    scales = scales_of(rows, codes)
    assert (scales[:, 0] == 1).all() and (scales[:, 1:] >= SMALLEST_SCALE).all()


def test_scales_help_behind_noise():
    assert gain(*noisy_table()) > CLEARLY_BETTER


def test_scales_do_not_help_where_pairs_act():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(900, 6)).astype(np.float32)
    codes = ((rows[:, 0] * rows[:, 1] > 0) ^ (rows[:, 2] > 1)).astype(int)
    assert gain(rows, codes) < CLEARLY_BETTER


def test_scales_that_change_nothing_are_hardly_ever_used():
    used = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = rng.normal(size=(300, 4)).astype(np.float32)
        codes = (rows.sum(axis=1) + rng.normal(size=300) > 0).astype(int)  # all inputs are equally relevant
        used += gain(rows, codes) > CLEARLY_BETTER
    assert used <= 2


def test_few_rows_decide_nothing():
    assert gain(*noisy_table(80)) == 0


def test_every_second_member_weighs():
    assert weighs_inputs(1, gain=5.0).tolist() == [False]
    assert weighs_inputs(12, gain=5.0).sum() == 6


def test_beyond_doubt_all_members_weigh():
    assert weighs_inputs(5, gain=20.0).all()


def test_few_strong_inputs_behind_many_weak_ones_call_for_a_larger_power():
    rng = np.random.default_rng(0)
    at = rng.random((1500, 2))
    codes = (at * 4).astype(int) @ [4, 1]
    weak = rng.normal(size=(1500, 100)) + at[:, :1]
    rows = np.column_stack([at * 4, weak]).astype(np.float32)
    power, gain = find_power(rows, codes, np.ones(1500), 16, np.arange(1500))
    assert power > 0.5 and gain > 10
