"""Rows and labels shifted against each other: found with the right number of rows, and not seen where they are not."""

import numpy as np
import pytest

from robust_mlp import datasets
from robust_mlp._collapse.simple_models.misaligned_rows import SHIFTS, find_shift
from tests._collapse.simple_models.probe_sources import source


def stepped(n_rows, shift, make=datasets.make_clusters, **kwargs):
    """A table in which the label of row i belongs to row i - shift."""
    X, y = make(n_rows, random_state=0, **kwargs)
    return source(X, np.roll(y, shift))


@pytest.mark.parametrize("shift", SHIFTS)
def test_the_shift_is_found(shift):
    found, auc = find_shift(stepped(400, shift))
    assert found == shift
    assert auc > 0.9


def test_a_shift_is_found_where_only_trees_see_the_signal():
    assert find_shift(stepped(1000, 1, datasets.make_rings))[0] == 1


@pytest.mark.parametrize("seed", range(6))
def test_shuffled_labels_have_no_shift(seed):
    X, y = datasets.make_misaligned(300, random_state=seed)
    assert find_shift(source(X, y))[0] is None


def test_the_rows_need_not_come_in_order():
    table = stepped(400, -1)
    turned = source(table.matrix, table.codes, index=table.index[::-1], codes=table.codes[::-1])
    assert find_shift(turned)[0] == -1


def test_few_rows_and_tables_with_many_equal_rows_are_left_alone():
    assert find_shift(stepped(60, 1))[0] is None
    table = stepped(400, 1)
    merged = source(table.matrix, table.codes, index=table.index[:300], codes=table.codes[:300])
    assert find_shift(merged)[0] is None
