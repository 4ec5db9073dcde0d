"""Rows that are equal by nature are told from copies, and each of them is evidence."""

import numpy as np
import pytest

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._core.records import HeldOut
from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._data.natural_repeats import are_natural_repeats, counts_of
from tests._data.learnt_facts import learn


def answers(n_rows=500, n_columns=7, seed=0):
    """Yes or no, most often no: few rows are like no other, and one kind is common."""
    rng = np.random.default_rng(seed)
    return (rng.random((n_rows, n_columns)) < np.linspace(0.05, 0.4, n_columns)) * 1.0


def merged(X, y=None, weights=None):
    return merge_rows(X, np.arange(len(X)) % 2 if y is None else y, weights)


def test_answers_repeat_by_nature():
    assert are_natural_repeats(answers(), merged(answers()))
    ages = np.column_stack([answers(), np.random.default_rng(1).integers(0, 3, 500)])
    assert are_natural_repeats(ages, merged(ages))


@pytest.mark.parametrize("times", [2, 5])
def test_copies_and_measurements_do_not(times):
    few = np.unique(answers(60, 10), axis=0)
    copied = np.repeat(few, times, axis=0)
    assert not are_natural_repeats(copied, merged(copied))
    measured = np.repeat(np.random.default_rng(0).normal(size=(100, 2)), times, axis=0)
    assert not are_natural_repeats(measured, merged(measured))


def test_distinct_rows_weights_that_are_no_numbers_and_few_repeats_do_not():
    distinct = np.random.default_rng(0).normal(size=(200, 3))
    assert not are_natural_repeats(distinct, merged(distinct))
    assert not are_natural_repeats(answers(), merged(answers(), weights=np.full(500, 0.3)))
    wide = answers(300, 14)
    assert len(np.unique(wide, axis=0)) > 150
    assert not are_natural_repeats(wide, merged(wide))


def test_a_row_of_weight_two_is_a_row_that_occurs_twice():
    X = answers()
    twice = np.concatenate([X, X[:100]])
    weights = np.where(np.arange(500) < 100, 2.0, 1.0)
    labels = np.arange(500) % 2
    both = np.concatenate([labels, labels[:100]])
    assert are_natural_repeats(X, merged(X, labels, weights)) == are_natural_repeats(twice, merged(twice, both))


def test_simple_models_see_each_of_them_and_copies_once():
    X = answers()
    source = learn(X).probe_source()
    assert len(source.index) == len(source.codes) == len(source.groups) == 500
    assert set(source.weights) == {1.0}
    rows = merged(X)
    assert len(np.unique(source.groups)) == int(rows.groups[-1]) + 1
    copied = np.repeat(np.random.default_rng(0).normal(size=(100, 2)), 4, axis=0)
    assert len(learn(copied, np.repeat(np.arange(100) % 2, 4)).probe_source().index) == 100


def test_a_comparison_counts_each_of_them():
    rng = np.random.default_rng(0)
    codes, times = rng.integers(0, 2, 40), rng.integers(1, 9, 40)
    P = rng.dirichlet([2, 2], 40)
    once = HeldOut(codes=codes, probabilities=P, weights=times.astype(float), rows=np.arange(40), counts_rows=True)
    each = HeldOut(
        codes=np.repeat(codes, times), probabilities=np.repeat(P, times, axis=0), weights=np.ones(times.sum())
    )
    one, other = compare(once, np.array([0.5, 0.5])), compare(each, np.array([0.5, 0.5]))
    assert one.to_dict() == other.to_dict()
    assert one.n_rows == times.sum()


def test_labels_that_are_drawn_for_each_row_are_no_signal():
    """Predictions depend on the kind of the row alone, as they do for rows that were held out together."""
    scores = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        X, y = answers(400, 7, seed), rng.integers(0, 2, 400)
        rows = merged(X, y)
        assert are_natural_repeats(X, rows)
        p = rng.random(int(rows.groups[-1]) + 1)[rows.groups]
        held = HeldOut(
            codes=rows.codes, probabilities=np.column_stack([1 - p, p]), weights=rows.weights, counts_rows=True
        )
        scores.append(compare(held, np.array([0.5, 0.5])).association)
    assert np.std(scores) == pytest.approx(1, abs=0.1)
    assert np.mean(np.array(scores) > 2.33) <= 0.025


def test_equal_rows_count_where_their_labels_differ():
    X, y = np.array([[1.0], [1.0], [1.0], [2.0], [2.0], [3.0]]), np.array([0, 0, 1, 1, 1, 0])
    rows = merge_rows(X, y)
    counts = dict(zip(zip(X[rows.index, 0], rows.codes, strict=True), counts_of(rows), strict=True))
    assert counts == {(1.0, 0): 2, (1.0, 1): 1, (2.0, 1): 1, (3.0, 0): 1}


@pytest.mark.parametrize("weights", [None, np.full(6, 0.5)])
def test_without_contradictions_or_with_weights_that_are_no_numbers_of_rows_each_counts_once(weights):
    X = np.array([[1.0], [1.0], [2.0], [2.0], [3.0], [4.0]])
    assert counts_of(merge_rows(X, np.array([0, 0, 1, 1, 0, 1]), weights)) is None
    if weights is not None:
        assert counts_of(merge_rows(X, np.array([0, 1, 0, 1, 0, 1]), weights)) is None


def test_members_and_simple_models_are_told_how_many_rows_a_row_stands_for():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 5, 600), np.where(rng.random(600) < 0.5, np.nan, rng.normal(size=600))])
    y = rng.integers(0, 2, 600)
    source = learn(X, y).probe_source()
    assert source.counts.max() > 10 and len(source.counts) == len(source.codes)
    assert source.counts.sum() == 600
