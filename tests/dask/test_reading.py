"""One partition, read: counts, samples, held-out rows and statistics that do not depend on where rows lie."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from robust_mlp._data.column_statistics import learn_moments
from robust_mlp._data.tables import read_table
from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.dask._reading import (
    HeldOutRule,
    Reading,
    count_part,
    is_held_out,
    part_weights,
    prepare_part,
    row_hashes,
    sample_part,
    statistics_of_part,
)

from .tables import frame

X, Y = frame(1200)
LABELS = np.unique(Y)


def reading(fraction=0.1, unit=1.0):
    shell = RobustMLPClassifier()
    _, reader = read_table(shell, X, categorical_features="from_dtype", reset=True)
    return Reading(shell, reader, LABELS, HeldOutRule(fraction, 7), unit)


def test_labels_are_counted_with_their_weights():
    found = count_part(np.array(["b", "a", "b"]), np.array([2.0, 1.0, 0.0]), 0)
    assert found.labels.tolist() == ["a", "b"]
    assert (found.n_rows, found.rows.tolist(), found.masses.tolist()) == (3, [1, 1], [1.0, 2.0])
    assert count_part(np.array([]), None, 1).n_rows == 0


@pytest.mark.parametrize("weights", [[1.0, np.nan], [1.0, -1.0], [1.0, np.inf]])
def test_bad_weights_are_told_with_their_partition(weights):
    with pytest.raises(ValueError, match="Partition 3 of sample_weight holds NaN, infinite or negative weights"):
        part_weights(weights, 2, 3)


def test_a_sample_has_the_share_that_was_asked_for_of_each_class():
    shares = np.array([0.5, 0.1, 1.0])
    rows, codes, weights, places, n_rows = sample_part(X, Y, None, 4, (11, LABELS, shares))
    n_of_class = np.bincount(np.searchsorted(LABELS, Y))
    n_drawn = np.bincount(codes, minlength=3)
    assert n_drawn[2] == n_of_class[2]
    for c in (0, 1):  # four standard deviations of a binomial count
        assert abs(n_drawn[c] - shares[c] * n_of_class[c]) < 4 * np.sqrt(shares[c] * (1 - shares[c]) * n_of_class[c])
    assert rows.equals(X.iloc[places]) and (weights == 1).all() and n_rows == 1200
    again = sample_part(X, Y, None, 4, (11, LABELS, shares))
    assert np.array_equal(again[3], places)


def test_equal_rows_are_held_out_together_wherever_they_lie():
    twice = X.iloc[np.r_[0:300, 0:300]]
    rule = HeldOutRule(0.3, 5)
    first, second = np.split(is_held_out(twice, rule, 0), 2)
    assert np.array_equal(first, second)
    assert np.array_equal(first, is_held_out(X.iloc[:300], rule, 9))
    assert 0.2 < first.mean() < 0.4
    assert len(np.unique(row_hashes(X))) == len(X)


def test_few_distinct_rows_are_held_out_one_by_one():
    few = np.ones((4000, 2))
    is_out = is_held_out(few, HeldOutRule(0.25, 1, by_content=False), 2)
    assert abs(is_out.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 4000)
    assert not np.array_equal(is_out, is_held_out(few, HeldOutRule(0.25, 1, by_content=False), 3))
    assert not is_held_out(few, HeldOutRule(0.0, 1), 0).any()


def test_statistics_see_no_held_out_row_and_learn_levels_that_the_sample_lacks():
    more = X.assign(kind=np.where(np.arange(len(X)) < 40, "seldom", X["kind"]))
    found = statistics_of_part(more, Y, None, 0, reading())
    inside = np.flatnonzero(~is_held_out(more, HeldOutRule(0.1, 7), 0))
    assert found.levels[8]["seldom"] == (inside < 40).sum()
    matrix, _ = read_table(BaseEstimator(), more, categorical_features="from_dtype", reset=True)
    expected = learn_moments(matrix, inside, np.ones(len(inside)), np.arange(8))
    np.testing.assert_array_equal(found.moments.mean, expected.mean)
    assert found.class_mass.sum() == len(inside) and found.n_rows == len(X)


def test_a_prepared_partition_parts_its_rows_and_scales_its_weights():
    weights = np.where(np.arange(len(X)) % 5 == 0, 0.0, 3.0)
    part = prepare_part(X, Y, weights, 0, reading(unit=3.0))
    assert len(part.train) + len(part.held_out) == (weights > 0).sum()
    assert set(part.train.weights) == {1.0} and part.nbytes > 0


def test_errors_name_the_partition():
    with pytest.raises(ValueError, match="Partition 5 of X has 1200 rows, and that of y has 10"):
        prepare_part(X, Y[:10], None, 5, reading())
    with pytest.raises(ValueError, match="Partition 6: y holds labels that are not among the classes: 'never'"):
        prepare_part(X, np.full(len(X), "never"), None, 6, reading())
    with pytest.raises(ValueError, match="Partition 7: "):
        prepare_part(X.assign(c0=np.inf), Y, None, 7, reading())
