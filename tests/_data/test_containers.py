"""Containers that hold rows or columns and are no tables: refused, with the line to type; all others are left alone."""

import types

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from robust_mlp._data.containers import check_container

ROWS = [[1.0, 2.0], [3.0, 4.0]]
RECORDS = np.array([(1.0, 2), (3.0, 4)], dtype=[("a", "f8"), ("b", "i4")])
OF_LISTS = np.empty(2, dtype=object)
OF_LISTS[:] = [[1.0, 2.0], [3.0]]


@pytest.mark.parametrize(
    "X, said",
    [
        ({"a": [1.0], "b": [2.0]}, "X is a dict, which is no table. Pass pandas.DataFrame(X)."),
        (types.MappingProxyType({"a": [1.0]}), "X is a mappingproxy, which is no table. Pass pandas.DataFrame(X)."),
        ({1.0, 2.0}, "X is a set, which is no table. Pass a list of rows."),
        ([{"a": 1.0}, {"a": 2.0}], "X is a list of dicts, which is no table. Pass pandas.DataFrame(X)."),
        (({"a": 1.0},), "X is a tuple of dicts, which is no table. Pass pandas.DataFrame(X)."),
        (iter(ROWS), "X is a list_iterator, which can be read only once. Pass numpy.array(list(X))."),
        ((row for row in ROWS), "X is a generator, which can be read only once. Pass numpy.array(list(X))."),
        (RECORDS, "X is a structured array, whose rows are records. Pass pandas.DataFrame(X)."),
        (OF_LISTS, "X is an array whose cells are lists or arrays. Pass numpy.array(X.tolist())."),
        (pd.Series(ROWS), "X is a Series whose cells are lists or arrays. Pass numpy.array(X.to_list())."),
        (pl.Series(ROWS), "X is a Series whose cells are lists or arrays. Pass numpy.array(X.to_list())."),
        (pl.LazyFrame({"a": [1.0]}), "X is a polars LazyFrame, which holds no rows yet. Pass X.collect()."),
    ],
)
def test_what_is_no_table_is_refused_with_the_line_to_type(X, said):
    with pytest.raises(TypeError) as caught:
        check_container(X)
    assert str(caught.value) == said


def test_ragged_and_sparse_tensors_are_refused_by_name():
    tf = pytest.importorskip("tensorflow")
    for tensor, line in (
        (tf.ragged.constant([[1.0], [1.0, 2.0]]), "X.to_tensor()"),
        (tf.sparse.from_dense([[1.0, 0.0]]), "tensorflow.sparse.to_dense(X)"),
    ):
        with pytest.raises(TypeError, match="of TensorFlow, which NumPy cannot read") as caught:
            check_container(tensor)
        assert line in str(caught.value)


@pytest.mark.parametrize(
    "X",
    [
        *(ROWS, [], (), np.array(ROWS), np.empty((0, 2)), np.array([1.0]), np.array([["a", None]], dtype=object)),
        *(pd.DataFrame(ROWS), pl.DataFrame({"a": [1.0]}), sparse.dok_array((2, 2))),
        *(pd.Series([1.0, 2.0]), pd.Series(["ab", "c"]), pd.Series([], dtype=float)),
        *(None, 7, "text"),
    ],
)
def test_everything_else_is_left_to_the_reader(X):
    assert check_container(X) is None
