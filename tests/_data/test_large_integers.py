"""Whole numbers beyond 2^53: read as their distance from the smallest, whatever comes later."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.large_integers import LargeIntegerReader, holds_large_integers, learn_large_integers

LARGE = 2**53


@pytest.mark.parametrize(
    "column, holds",
    [
        (np.array([LARGE, -LARGE]), False),
        (np.array([LARGE + 1, 0]), True),
        (np.array([-LARGE - 1, 0]), True),
        (np.array([2**63 + 5, 0], dtype=np.uint64), True),
        (np.array([2.0**60]), False),
        (np.array([], dtype=np.int64), False),
        (np.array([7], dtype=np.int32), False),
        (pd.Series([LARGE + 1, None], dtype="Int64"), True),
        (pd.Series([None, None], dtype="Int64"), False),
        (pd.Series([LARGE + 1, None], dtype="int64[pyarrow]"), True),
        (pd.Series(["a"]), False),
        (pl.Series([LARGE + 1, None]), True),
        (pl.Series([None, None], dtype=pl.Int64), False),
        (pl.Series([1.5]), False),
    ],
)
def test_columns_that_floats_would_round_are_found(column, holds):
    assert holds_large_integers(column) is holds


def test_no_reader_where_the_numbers_are_too_far_apart_or_few_enough():
    assert learn_large_integers(np.array([2**60, -(2**60)], dtype=object)) is None
    assert learn_large_integers(np.array([1, 2], dtype=object)) is None
    assert learn_large_integers(np.array([2**60, 2.5], dtype=object)) is None
    assert learn_large_integers(np.array([None, None], dtype=object)) is None


def test_only_used_rows_are_learnt_from():
    column = np.array([2**60, 5, 2**60 + 3, None], dtype=object)
    assert learn_large_integers(column, np.array([True, False, True, True])) == LargeIntegerReader(2**60)


def test_numbers_far_from_the_origin_and_floats_are_read_as_nearly_as_floats_can():
    reader = LargeIntegerReader(2**60)
    cells = reader.read(np.array([2**60 + 1, -(2**62), 2.0**60, None], dtype=object), "Column 0")
    assert_array_equal(cells[:, 0], [1, -5 * 2.0**60, 0, np.nan])
