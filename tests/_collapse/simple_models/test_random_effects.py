"""Random effects: their sizes, what is left out, and the error rate of the test that chooses pairs."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._collapse.simple_models import random_effects
from robust_mlp._collapse.simple_models.random_effects import (
    FEWEST_ROWS_OF_CELL,
    LEAST_ERRORS,
    EffectRows,
    _candidates,
    _Fit,
    best_pair,
    learn_effects,
    logits_of,
)
from robust_mlp._core.losses import row_losses, softmax

NEITHER, CATEGORIES = np.zeros(2, bool), np.array([-1, -1])


def drawn(seed=0, n=4000, n_levels=(40, 12), n_classes=2, *, pair=0.0, slope=0.0, main=0.0):
    """Rows of two categories and a number, whose effects have these standard deviations; and their log odds."""
    rng = np.random.default_rng(seed)
    levels = np.column_stack([rng.integers(0, size, n) for size in n_levels])
    x = rng.normal(size=n)
    size = (*n_levels, n_classes)
    score = main * rng.normal(size=(n_levels[0], n_classes))[levels[:, 0]]
    score = score + pair * rng.normal(size=size)[levels[:, 0], levels[:, 1]]
    score = score + slope * rng.normal(size=(n_levels[1], n_classes))[levels[:, 1]] * x[:, np.newaxis]
    codes = (softmax(score).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    rows = EffectRows(levels, np.array(n_levels), {7: x}, codes, np.ones(n), n_classes)
    return rows, score


def scores_of(rows, learned):
    """Logits of rows from what `learn_effects` returns."""
    intercept, effects = learned
    return intercept + sum(rows.table_of(effect).scores(table) for effect, table in effects.items())


@pytest.mark.parametrize("n_classes", [2, 3])
def test_effects_of_levels_pairs_and_slopes_are_found(n_classes):
    rows, truth = drawn(n=12_000, n_classes=n_classes, main=0.8, pair=0.8, slope=0.8)
    learned = learn_effects(rows, NEITHER, CATEGORIES)
    assert {(0, -1, -1), (0, 1, -1), (1, -1, 7)} <= set(learned[1])
    found = softmax(scores_of(rows, learned))
    of_truth, of_found = (np.mean(row_losses(P, rows.codes)) for P in (softmax(truth), found))
    gap = np.abs(found - softmax(truth)).mean()
    assert gap < 0.08
    assert of_found < 1.02 * of_truth
    assert learned[0].shape == (n_classes,)
    assert all(table.shape[1] == n_classes for table in learned[1].values())


def test_fresh_rows_are_predicted_better_than_by_any_single_penalty():
    """Effects of two sizes: the penalty that suits one does not suit the other."""
    rows, _ = drawn(seed=3, n=20_000, n_levels=(400, 12), main=0.3, slope=1.5)
    half = np.arange(10_000)
    fit, fresh = (at(rows, where) for where in (half, half + 10_000))
    adaptive = learn_effects(fit, NEITHER, CATEGORIES)
    losses = []
    for variance in (0.01, 0.1, 1.0):
        single = _Fit(fit)
        single.add(adaptive[1])
        for _ in range(30):
            for table in single.tables.values():
                table.variance = variance
                single._move(table)
        effects = {e: np.column_stack([np.zeros(t.size), t.effects]) for e, t in single.tables.items()}
        losses.append(loss(fresh, (np.append(0.0, single.intercept), effects)))
    assert loss(fresh, adaptive) < min(losses)


def at(rows, where):
    return replace(
        rows,
        levels=rows.levels[where],
        slopes={number: slope[where] for number, slope in rows.slopes.items()},
        codes=rows.codes[where],
        weights=rows.weights[where],
    )


def loss(rows, learned):
    return np.mean(row_losses(softmax(scores_of(rows, learned)), rows.codes))


def test_where_nothing_tells_anything_the_class_shares_are_left():
    rows, _ = drawn(n=3000)
    P = softmax(scores_of(rows, learn_effects(rows, NEITHER, CATEGORIES)))
    assert np.abs(P[:, 1] - np.mean(rows.codes)).max() < 0.05


@pytest.mark.parametrize("n_classes", [2, 4])
def test_by_chance_few_pairs_are_chosen(n_classes):
    """400 pairs and slopes of noise, beside a category that matters."""
    found = []
    for seed in range(200):
        rows, _ = drawn(seed, n=600, n_levels=(15, 8), n_classes=n_classes, main=0.7)
        fit = _Fit(rows)
        fit.add([(0, -1, -1), (1, -1, -1), (-1, -1, 7)])
        for _ in range(5):
            fit.round()
        found += [effect in fit.best_of([effect], lambda: None) for effect in ((0, 1, -1), (1, -1, 7))]
    assert np.mean(found) < 0.02


def test_errors_are_as_large_as_said():
    """Beside the true log odds, the statistic of noise has mean 0 and variance 1."""
    found = []
    for seed in range(300):
        rows, truth = drawn(seed, n=500, main=0.7)
        fit = _Fit(rows)
        fit.logits = truth[:, 1:] - truth[:, :1]
        fit.best_of([], lambda: None)
        found.append(fit.errors((0, 1, -1)))
    assert abs(np.mean(found)) < 0.2
    assert 0.8 < np.std(found) < 1.2


def test_rows_count_by_their_weights():
    rows, _ = drawn(n=2000, main=1.0, pair=1.0)
    twice = at(rows, np.repeat(np.arange(2000), 2))
    fits = _Fit(replace(rows, weights=np.full(2000, 2.0))), _Fit(twice)
    for fit in fits:
        fit.add([(0, -1, -1), (-1, -1, 7)])
        for _ in range(10):
            fit.round()
    few, many = (fit.tables[0, -1, -1].effects for fit in fits)
    assert_allclose(few, many, atol=1e-8)


def test_pairs_with_too_many_cells_are_not_looked_at():
    rows, _ = drawn(n=100, n_levels=(40, 12), pair=2.0)
    assert (0, 1, -1) not in learn_effects(rows, NEITHER, CATEGORIES)[1]  # 480 cells for 100 rows


def test_slopes_are_those_of_categories():
    rows, _ = drawn(n=8000, slope=1.5)
    assert (1, -1, 7) in learn_effects(rows, NEITHER, CATEGORIES)[1]
    assert (1, -1, 7) not in learn_effects(rows, NEITHER, np.array([-1, 7]))[1]


def test_a_cell_whose_rows_agree_has_a_finite_effect():
    rows, _ = drawn(n=300)
    rows = replace(rows, codes=(rows.levels[:, 1] > 5).astype(int))
    intercept, effects = learn_effects(rows, NEITHER, CATEGORIES)
    assert all(np.isfinite(table).all() for table in effects.values())
    assert np.mean(softmax(scores_of(rows, (intercept, effects))).argmax(axis=1) == rows.codes) > 0.99


def test_somebody_may_end_it():
    rows, _ = drawn(n=100)

    def check():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        learn_effects(rows, NEITHER, CATEGORIES, check)


def test_at_most_so_many_pairs(monkeypatch):
    rows, _ = drawn(n=8000, pair=1.0, slope=1.5)
    monkeypatch.setattr(random_effects, "MOST_PAIRS", 1)
    chosen = [e for e in learn_effects(rows, NEITHER, CATEGORIES)[1] if e[0] >= 0 and max(e[1:]) >= 0]
    assert len(chosen) == 1
    assert LEAST_ERRORS >= 3


def test_two_numbers_are_paired_by_few_ranges_or_by_many():
    """Factors 0 and 2 have many ranges of numbers 5 and 6, factors 1 and 3 have few; 4 is a category."""
    rng = np.random.default_rng(0)
    levels = np.column_stack([rng.integers(0, size, 900) for size in (20, 5, 20, 5, 8)])
    rows = EffectRows(levels, np.array([20, 5, 20, 5, 8]), {}, np.zeros(900, int), np.ones(900), 2)
    is_coarse = np.array([False, True, False, True, False])
    pairs = set(_candidates(rows, is_coarse, np.array([5, 5, 6, 6, -1])))
    assert pairs == {(*pair, -1) for pair in ((0, 2), (1, 3), (0, 4), (1, 4), (2, 4), (3, 4))}


def test_cells_of_a_single_row_have_no_effect():
    rows, _ = drawn(n=400, main=1.0, pair=2.0)
    for effect, table in learn_effects(rows, NEITHER, CATEGORIES)[1].items():
        counts = np.bincount(rows.table_of(effect).cells, minlength=len(table))
        assert (table[counts < FEWEST_ROWS_OF_CELL] == 0).all()
        assert table[counts >= FEWEST_ROWS_OF_CELL].any()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_row_that_stands_for_several_counts_as_these_do(n_classes):
    rows, _ = drawn(n=1500, n_levels=(30, 4), n_classes=n_classes, main=0.7, pair=0.5)
    times = np.random.default_rng(0).integers(1, 5, 1500)
    counted = replace(rows, weights=times * 1.0, counts=times * 1.0)
    fits = _Fit(counted), _Fit(at(rows, np.repeat(np.arange(1500), times)))
    for fit in fits:
        fit.add([(0, -1, -1)])
        fit.round()
        fit.best_of([], lambda: None)
    for effect in ((0, 1, -1), (1, -1, 7)):
        few, many = (fit.errors(effect) for fit in fits)
        assert few == pytest.approx(many, rel=1e-9)
    learned = [_Fit(r).rows.table_of((0, 1, -1)).is_learned.tolist() for r in (counted, fits[1].rows)]
    assert learned[0] == learned[1]


def test_weights_alone_are_no_number_of_rows():
    """A row of weight 30 beside another of its cell is two rows, and hardly tells anything."""
    rows, _ = drawn(n=60, n_levels=(30, 1))
    levels = np.column_stack([np.repeat(np.arange(30), 2), np.zeros(60, int)])
    shares = np.random.default_rng(0).uniform(0.05, 0.95, 30)
    weights = np.column_stack([30 * shares, 30 * (1 - shares)]).ravel()
    rows = replace(rows, levels=levels, codes=np.tile([0, 1], 30), weights=weights, slopes={})
    errors = []
    for counts in (None, weights):
        fit = _Fit(replace(rows, counts=counts))
        fit.best_of([], lambda: None)
        errors.append(fit.errors((0, 1, -1)))
    assert errors[0] < 0 < LEAST_ERRORS < errors[1]


def test_logits_of_rows_are_the_sum_of_their_effects():
    rows, _ = drawn(n=3000, main=1.0, pair=1.0)
    rows = replace(rows, slopes={})
    learned = learn_effects(rows, NEITHER, CATEGORIES)
    assert (0, 1, -1) in learned[1]
    assert_allclose(logits_of(rows.levels, rows.n_levels, *learned), scores_of(rows, learned))


def test_the_clearest_pair_is_of_the_factors_that_tell_most_together():
    rows, _ = drawn(n=6000, n_levels=(40, 12), main=1.0)
    assert best_pair(rows, NEITHER, CATEGORIES) is None
    rng = np.random.default_rng(1)
    third = rng.integers(0, 12, 6000)
    score = 1.5 * rng.normal(size=(12, 12))[rows.levels[:, 1], third]
    codes = (rng.random(6000) < 1 / (1 + np.exp(-score))).astype(int)
    levels = np.column_stack([rows.levels, third])
    told = replace(rows, levels=levels, n_levels=np.array([40, 12, 12]), codes=codes)
    assert best_pair(told, np.zeros(3, bool), np.full(3, -1)) == (1, 2)
