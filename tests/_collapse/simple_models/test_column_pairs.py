"""The model of pairs: levels of columns, pairs that are found, and no more work than allowed."""

import numpy as np
import pytest

from robust_mlp._collapse.simple_models import column_pairs
from robust_mlp._collapse.simple_models.column_pairs import (
    Cells,
    ColumnLevels,
    _affordable,
    clearest_pair,
    pair_model,
    upper_ends,
)
from robust_mlp._core.losses import row_losses

NAN = np.nan


def cells(*columns, categories=()):
    is_number = np.array([j not in categories for j in range(len(columns))])
    return Cells(np.column_stack(columns).astype(float), is_number)


def drawn(n=3000, seed=0, n_noise=3):
    """Log-odds by the pair of a category of twenty levels and one of twelve numbers, beside noise."""
    rng = np.random.default_rng(seed)
    level, month = rng.integers(0, 20, n), rng.integers(1, 13, n)
    score = np.random.default_rng(99).normal(0, 1.5, (20, 12))[level, month - 1]
    codes = (rng.random(n) < 1 / (1 + np.exp(-score))).astype(int)
    return cells(level, month, *rng.normal(size=(n_noise, n)), categories=(0,)), codes, score


def loss(model, rows, codes):
    return np.mean(row_losses(model.predict_proba(rows), codes))


def test_each_of_few_numbers_and_each_level_is_a_level():
    some = cells([3, 1, 2, 2, NAN], [5, 0, 9, NAN, 5], categories=(1,))
    levels = ColumnLevels(some, np.arange(2))
    found = levels.of(some)
    assert found[:, 0].tolist() == [2, 0, 1, 1, levels.sizes[0] - 1]
    assert found[:, 1].tolist() == [1, 0, 2, levels.sizes[1] - 1, 1]


def test_levels_that_no_row_has_are_the_last_and_numbers_beyond_the_others_are_in_the_outer_ranges():
    levels = ColumnLevels(cells([3, 1, 2], [5, 0, 9], categories=(1,)), np.arange(2))
    found = levels.of(cells([-7, 99, 1.5], [4, 10, 0], categories=(1,)))
    assert found[:, 0].tolist() == [0, 2, 1]
    assert found[:, 1].tolist() == [levels.sizes[1] - 1, levels.sizes[1] - 1, 0]
    assert (found < levels.sizes).all()


def test_numbers_of_many_values_are_cut_into_ranges_of_about_as_many_rows():
    values = np.random.default_rng(0).lognormal(size=6000)
    levels = ColumnLevels(cells(values), np.arange(1))
    counts = np.bincount(levels.of(cells(values))[:, 0])
    assert len(counts) == column_pairs.N_RANGES
    assert counts.min() > 900


@pytest.mark.parametrize("values", [np.full(50, NAN), np.full(50, 2.0)])
def test_a_column_without_values_and_a_constant_have_levels_too(values):
    some = cells(values, np.arange(50) % 2)
    codes = np.arange(50) % 2
    model, _ = pair_model(some, codes, np.ones(50), 0)
    assert np.isfinite(model.predict_proba(some)).all()


def test_what_only_a_pair_tells_is_found_in_fresh_rows():
    rows, codes, _ = drawn()
    fresh, labels, score = drawn(seed=1)
    model, read = pair_model(rows, codes, np.ones(len(codes)), 0)
    P = model.predict_proba(read(fresh))
    np.testing.assert_allclose(P.sum(axis=1), 1)
    best = np.mean(np.log1p(np.exp(-np.where(labels == 1, score, -score))))
    assert loss(model, fresh, labels) < best + 0.4 * (np.log(2) - best)
    assert clearest_pair(rows, codes, np.ones(len(codes)), 0) == (0, 1)


def test_classes_that_no_row_has_are_left_out():
    rows, codes, _ = drawn()
    model, _ = pair_model(rows, 3 * codes + 1, np.ones(len(codes)), 0)
    assert model.classes_.tolist() == [1, 4]
    assert model.predict_proba(rows).shape == (len(codes), 2)


def test_where_there_is_nothing_no_pair_is_named():
    rows, codes, _ = drawn()
    named = [
        clearest_pair(rows, np.random.default_rng(seed).permutation(codes), np.ones(len(codes)), 0)
        for seed in range(40)
    ]
    assert sum(pair is not None for pair in named) <= 8  # ten pairs each


def test_the_work_is_bounded_for_wide_tables_and_many_rows_and_classes():
    rng = np.random.default_rng(0)
    for shape, n_classes in (((100, 2000), 2), ((20_000, 30), 2), ((20_000, 10), 60)):
        some = Cells(rng.normal(size=shape), np.ones(shape[1], bool))
        columns, rows = _affordable(some, rng.integers(0, n_classes, shape[0]), 0)
        n_pairs, n_logits = len(columns) ** 2 / 2, max(n_classes - 1, 1)
        assert n_pairs * n_logits * (shape[0] + column_pairs.ROWS_OF_A_PAIR) <= 1.01 * column_pairs.MOST_PAIR_WORK or (
            len(columns) == column_pairs.FEWEST_COLUMNS
        )
        assert len(rows) <= max(column_pairs.FEWEST_ROWS, 500_000 / (n_logits * len(columns)))
        assert (np.diff(columns) > 0).all() and (np.diff(rows) > 0).all()


def test_rows_that_stand_for_several_keep_their_number():
    some = Cells(np.zeros((4, 2)), np.ones(2, bool), np.array([1.0, 2.0, 3.0, 4.0]))
    assert some[[3, 1]].counts.tolist() == [4.0, 2.0]
    assert len(some[:3]) == 3


def test_ranges_end_at_values_and_hold_about_as_many_rows():
    assert upper_ends(np.array([3.0, 1.0, 2.0, 2.0]), 2, 5).tolist() == [1.0, 2.0]
    ends = upper_ends(np.arange(100.0), 4, 5)
    assert ends.tolist() == [24.0, 49.0, 74.0]
    mostly = np.append(np.zeros(90), np.arange(10.0))
    assert upper_ends(mostly, 4, 5).tolist() == [0.0]
