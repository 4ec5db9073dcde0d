"""Partitions unlike the others are named; ordinary ones are not."""

import numpy as np
import pytest

from robust_mlp._data.tables import read_table
from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.dask._partition_shift import findings
from robust_mlp.dask._parts import PartSource
from robust_mlp.dask._reading import HeldOutRule, Reading, statistics_of_part
from robust_mlp.dask._sample import Counted

N_PARTS, N_ROWS = 20, 300


def found(seed, change=lambda i, X, y: None):
    """Findings for partitions of normal numbers; `change` alters one in place."""
    rng = np.random.default_rng(seed)
    shell, parts, masses = RobustMLPClassifier(), [], np.zeros(2)
    reading = None
    for i in range(N_PARTS):
        X, y = rng.normal(size=(N_ROWS, 5)), rng.integers(0, 2, N_ROWS)
        change(i, X, y)
        if reading is None:
            _, reader = read_table(shell, X, categorical_features=None, reset=True)
            reading = Reading(shell, reader, np.arange(2), HeldOutRule(0.0, 0))
        parts.append(statistics_of_part(X, y, None, i, reading))
        masses += np.bincount(y, minlength=2)
    sources = [(i, PartSource(None, None)) for i in range(N_PARTS)]
    counted = Counted(np.arange(2), masses.astype(int), masses, sources, [N_ROWS] * N_PARTS)
    return findings(parts, counted, reading)


def test_a_partition_of_one_class_and_one_of_other_numbers_are_named():
    def change(i, X, y):
        if i == 7:
            y[:] = 1
        if i == 11:
            X[:, 3] += 4

    classes, columns = found(0, change)
    assert (classes.code, columns.code) == ("partition_class_shift", "partition_column_shift")
    assert classes.evidence == "partition 7: class 0 is 0% of its rows and 48% of all"
    assert columns.evidence.startswith("partition 11: the mean of x3 is ")
    assert classes.symptom.startswith("1 of 20 partitions")


@pytest.mark.parametrize("seed", range(40))
def test_partitions_of_the_same_rows_are_not_told_of(seed):
    assert found(seed) == []


def test_many_are_counted():
    def change(i, X, y):
        X[:, 0] += 5.0 * (i < 8)

    (columns,) = found(1, change)
    assert "; and " in columns.evidence or columns.symptom.startswith(("8 of", "20 of"))


def test_a_partition_without_a_column_is_named():
    def change(i, X, y):
        if i == 4:
            X[:, 2] = np.nan

    (missing,) = found(0, change)
    assert missing.code == "partition_missing_shift"
    assert missing.evidence == "partition 4: x2 is missing in 100% of its rows and in 5% of all"

    def change_all(i, X, y):
        if i == 4:
            X[:] = np.nan

    (missing,) = found(0, change_all)
    assert missing.evidence.endswith("of all, and 4 more columns like it")


@pytest.mark.parametrize("seed", range(10))
def test_cells_that_are_missing_by_chance_are_not_told_of(seed):
    def change(i, X, y):
        X[np.random.default_rng([seed, i]).random(X.shape) < 0.4] = np.nan

    assert found(seed, change) == []
