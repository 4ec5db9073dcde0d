"""The labels of all partitions, and a sample in which each class has its rows."""

import dask
import numpy as np
import pandas as pd
import pytest

from robust_mlp.dask import DaskRobustMLPClassifier
from robust_mlp.dask._parts import label_parts, parts_of
from robust_mlp.dask._runners import LocalRunner
from robust_mlp.dask._sample import FEWEST_OF_CLASS, _check_same_columns, count, draw_sample, own_validation

from .tables import frame, partitioned

X, Y = frame(6000)
RUNNER = LocalRunner(2**30)


def counted(X, y, n_partitions=5):
    return count(RUNNER, label_parts(partitioned(X, y, n_partitions)[1]))


def drawn(clf, X, y, holds_out=True):
    """A sample of a table in five partitions."""
    parts = parts_of(*partitioned(X, y, 5))
    return draw_sample(clf, RUNNER, counted(X, y), parts, 3, holds_out=holds_out)


def test_classes_are_counted_over_all_partitions():
    order = np.argsort(Y.to_numpy(), kind="stable")  # most partitions then hold one class
    found = counted(X.iloc[order].reset_index(drop=True), Y.iloc[order].reset_index(drop=True))
    assert found.classes.tolist() == ["no", "perhaps", "yes"]
    assert found.rows.tolist() == Y.value_counts().sort_index().tolist()
    _, found = drawn(DaskRobustMLPClassifier(sample_size=1000), X, Y)
    assert sum(found.n_rows) == 6000 and len(found.sources) == 5


def test_tables_without_rows_or_with_one_class_are_refused():
    with pytest.raises(ValueError, match="y holds only one class: 'no'"):
        counted(X, pd.Series(["no"] * len(X)))
    parts, labels = partitioned(X, Y, 2)
    with pytest.raises(ValueError, match="all partitions are empty"):
        count(RUNNER, label_parts(labels[parts["c0"] > 1e9]))


def test_a_rare_class_is_drawn_more_often_and_each_of_its_rows_counts_less():
    rare = Y.where(np.arange(len(Y)) % 100 != 0, "rare")
    clf = DaskRobustMLPClassifier(sample_size=1000)
    sample, found = drawn(clf, X, rare)
    mass = np.bincount(sample.codes, weights=sample.weights)
    np.testing.assert_allclose(mass, found.masses)
    assert np.bincount(sample.codes)[found.classes.tolist().index("rare")] == 60 < FEWEST_OF_CLASS
    assert 0.05 < sample.is_out.mean() < 0.15


def test_a_sample_of_equal_shares_has_no_weights_and_the_same_rows_again():
    clf = DaskRobustMLPClassifier(sample_size=3000)
    (once, _), (again, _) = (drawn(clf, X, Y, holds_out=False) for _ in range(2))
    assert once.weights is None and not once.is_out.any()
    pd.testing.assert_frame_equal(once.X, again.X)
    assert abs(len(once.X) - 3000) < 4 * np.sqrt(1500)


def test_a_number_of_held_out_rows_is_a_share_of_all():
    clf = DaskRobustMLPClassifier(sample_size=3000, validation_fraction=1200)
    assert drawn(clf, X, Y)[0].rule.fraction == pytest.approx(0.2)


def test_few_distinct_rows_are_held_out_row_by_row():
    few = pd.DataFrame({"c0": np.arange(6000) % 3, "c1": 1.0})
    sample, _ = drawn(DaskRobustMLPClassifier(sample_size=3000), few, Y)
    assert not sample.rule.by_content
    assert set(sample.X["c0"][sample.is_out]) == {0, 1, 2}


def test_own_held_out_rows_come_from_collections_or_from_memory():
    clf, classes = DaskRobustMLPClassifier(sample_size=1000), np.array(["no", "perhaps", "yes"])
    rows, codes = own_validation(clf, RUNNER, partitioned(X, Y, 3), classes, 0)
    assert len(rows) == len(codes) and abs(len(codes) - 1000) < 4 * np.sqrt(1000)
    rows, codes = own_validation(clf, RUNNER, (X[:20], Y[:20]), classes, 0)
    assert codes.tolist() == np.searchsorted(classes, Y[:20]).tolist()
    assert own_validation(clf, RUNNER, (None, None), classes, 0) is None
    with pytest.raises(ValueError, match="X_val was passed without y_val"):
        own_validation(clf, RUNNER, (X, None), classes, 0)


def fails(X, y, weights=None):
    """What a fit on delayed partitions says."""
    later = [[dask.delayed(part) for part in parts] for parts in (X, y)]
    weights = None if weights is None else [dask.delayed(part) for part in weights]
    with pytest.raises((ValueError, TypeError)) as caught:
        DaskRobustMLPClassifier(sample_size=1000, random_state=0).fit(*later, weights)
    return str(caught.value)


def test_what_partitions_differ_in_is_named_with_their_numbers():
    tables, labels = [X[:2000], X[2000:4000], X[4000:]], [Y[:2000], Y[2000:4000], Y[4000:]]
    assert "Partition 2 of X has the column 'q', and partition 0 has not" in fails(
        [*tables[:2], tables[2].assign(q=1)], labels
    )
    assert "Partition 0 of X has the column 'c1', and partition 1 has not" in fails(
        [tables[0], tables[1].drop(columns="c1"), tables[2]], labels
    )
    said = fails([*tables[:2], tables[2].assign(c1="many")], labels)
    assert "Column 'c1' holds text in partition 2 and numbers in partition 0" in said
    numbers = pd.Series(np.arange(2000) % 2)
    assert "Partition 0 of y holds text and partition 1 numbers" in fails(tables, [labels[0], numbers, labels[2]])
    missing = [tables[0].assign(c1=None), *tables[1:]]  # no text
    _check_same_columns(missing, [2000] * 3)


def test_what_is_no_partition_is_told_so():
    tables, labels = [X[:3000], X[3000:]], [Y[:3000], Y[3000:]]
    assert "A partition is of type NoneType" in fails(tables, [labels[0], None])
    said = fails(tables, labels, [np.ones(3000), np.array(["a"] * 3000)])
    assert "Partition 1 of sample_weight holds what is no number" in said
    assert "lists or dicts" in fails([table.assign(kind=[[1]] * 3000) for table in tables], labels)


def test_own_held_out_rows_cannot_be_none_at_all():
    with pytest.raises(ValueError, match="X_val has 0 rows"):
        own_validation(DaskRobustMLPClassifier(), RUNNER, (X[:0], Y[:0]), np.array(["no", "perhaps", "yes"]), 0)
