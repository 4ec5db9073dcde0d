"""Folds: an int gives shuffled, stratified ones, fewer where classes are small; splitters are kept."""

import numpy as np
import pytest
from sklearn.model_selection import KFold

from robust_mlp.compare._folds import folds_of


@pytest.mark.parametrize("cv, expected", [(5, 5), (30, 12), (1, 2), (np.int64(3), 3)])
def test_an_int_gives_at_most_as_many_folds_as_the_second_largest_class_has_rows(cv, expected):
    codes = np.repeat([0, 1, 2], [40, 12, 3])
    folds = folds_of(cv, np.zeros((55, 1)), codes)
    assert len(folds) == expected
    tested = np.sort(np.concatenate([test for _, test in folds]))
    assert tested.tolist() == list(range(55))
    for train, test in folds:
        assert not set(train) & set(test)
        assert abs(np.sum(codes[test] == 0) - 40 / expected) < 1


def test_a_splitter_is_used_as_it_is():
    codes = np.tile([0, 1], 6)
    folds = folds_of(KFold(4), np.zeros((12, 1)), codes)
    assert [test.tolist() for _, test in folds] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
