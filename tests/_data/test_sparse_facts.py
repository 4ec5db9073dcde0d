"""What the guard sees of a sparse table: its commonest columns."""

import numpy as np
from numpy.testing import assert_array_equal

from robust_mlp._data.column_kinds import TableSource
from robust_mlp._data.sparse_facts import MOST_COLUMNS, CommonColumns, DenseView
from robust_mlp._data.sparse_rows import as_rows
from robust_mlp._data.tables import TableReader
from tests._data.sparse_tables import words


def test_the_columns_that_are_stored_most_often_are_chosen():
    X = as_rows(words()[0])
    chosen = CommonColumns.of(X).columns
    counts = np.count_nonzero(X.toarray(), axis=0)
    assert len(chosen) == MOST_COLUMNS
    assert (np.diff(chosen) > 0).all()
    assert counts[chosen].min() >= np.delete(counts, chosen).max()


def test_a_view_gives_the_cells_of_the_dense_table():
    X = as_rows(words()[0])
    common = CommonColumns.of(X)
    view, cells = common.view(X), X.toarray()[:, common.columns]
    rows = np.array([3, 900, 3])
    assert isinstance(view, DenseView)
    assert (view.shape, len(view), view.dtype) == (cells.shape, len(cells), cells.dtype)
    assert_array_equal(view[rows], cells[rows])
    assert_array_equal(view[:], cells)
    assert_array_equal(view[:, 7], cells[:, 7])
    assert_array_equal(view[rows, 7], cells[rows, 7])
    where = np.ix_(rows, np.array([1, 5]))
    assert_array_equal(view[where], cells[where])
    assert_array_equal(common.view(X.toarray()), cells)


def test_the_reader_keeps_names_and_labels():
    X = as_rows(words()[0])
    n = X.shape[1]
    source = TableSource("array", tuple(range(n)), ("other",) * n, {})
    common = CommonColumns.of(X)
    reader = common.reader(TableReader(kinds=("number",) * n, levels=(None,) * n, source=source))
    assert reader.names == tuple(f"x{j}" for j in common.columns)
    assert reader.source.labels == tuple(common.columns)
    assert len(reader.kinds) == len(reader.levels) == MOST_COLUMNS
