"""TablePredictor: columns of any kind of table are changed, and the classifier is asked with tables like its own."""

import numpy as np
import pandas as pd
import polars
import pytest
from scipy import sparse

from robust_mlp.explanation._swaps.table import TablePredictor, column_of, take_rows, with_column, with_missing

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": pd.Categorical(["x", "y", "x"]), "c": [1, 2, 3]})
TABLES = {
    "pandas": FRAME,
    "polars": polars.from_pandas(FRAME),
    "array": np.arange(9.0).reshape(3, 3),
    "objects": FRAME.to_numpy(dtype=object),
}


def cells(table):
    """The table as a list of rows."""
    return table.rows() if isinstance(table, polars.DataFrame) else np.asarray(table, dtype=object).tolist()


@pytest.mark.parametrize("kind", TABLES)
def test_a_column_takes_the_cells_of_other_rows_and_the_table_stays_as_it_was(kind):
    table = TABLES[kind]
    before = cells(table)
    for j in range(3):
        changed = with_column(take_rows(table, np.arange(3)), j, column_of(table, j, np.array([2, 0, 1])))
        found = cells(changed)
        for i, donor in enumerate([2, 0, 1]):
            assert list(found[i]) == [before[donor][k] if k == j else before[i][k] for k in range(3)]
    assert list(map(list, cells(table))) == list(map(list, before))


def test_dtypes_of_a_frame_stay():
    for table in (TABLES["pandas"], TABLES["polars"]):
        for j in range(3):
            changed = with_column(table, j, column_of(table, j, np.array([1, 1, 1])))
            assert list(changed.dtypes) == list(table.dtypes)


@pytest.mark.parametrize("kind", TABLES)
def test_a_missing_column_is_missing_in_every_row(kind):
    for j in range(3):
        column = [row[j] for row in cells(with_missing(TABLES[kind], j))]
        assert all(pd.isna(column))


def test_sparse_rows_become_dense_and_keep_their_values():
    X = sparse.csr_array(np.eye(4))
    predictor = TablePredictor(X, [(np.arange(4), lambda table: table[:, :2])], np.zeros(4, dtype=int))
    block = next(predictor.blocks(np.array([1, 0])))
    assert block.probabilities.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    swapped = block.changed([[0]], None, [(np.array([1, 0]),)])[0]
    assert swapped.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_each_part_answers_for_its_rows():
    X = np.arange(12.0).reshape(6, 2)
    parts = [(np.array([0, 2, 4]), lambda table: table), (np.array([1, 3]), lambda table: -table)]
    predictor = TablePredictor(X, parts, np.zeros(2, dtype=int))
    found = {tuple(block.rows): block.probabilities.tolist() for block in predictor.blocks(np.array([4, 3, 0]))}
    assert found == {(4, 0): [[8.0, 9.0], [0.0, 1.0]], (3,): [[-6.0, -7.0]]}
    assert predictor.rows.tolist() == [0, 1, 2, 3, 4]
    assert predictor.n_columns == 2


def test_the_typical_value_stands_for_a_missing_one_that_is_refused():
    def refuse(table):
        if np.isnan(table).any():
            raise ValueError("no NaN")
        return table

    X = np.arange(8.0).reshape(4, 2)
    predictor = TablePredictor(X, [(np.arange(4), refuse)], np.array([2, 1]))
    block = next(predictor.blocks(np.arange(2)))
    assert block.without(0).tolist() == [[4.0, 1.0], [4.0, 3.0]]
    accepting = TablePredictor(X, [(np.arange(4), lambda table: table)], np.array([2, 1]))
    assert np.isnan(next(accepting.blocks(np.arange(2))).without(0)[:, 0]).all()


def test_donors_are_rows_of_the_table():
    X = np.arange(8.0).reshape(4, 2)
    predictor = TablePredictor(X, [(np.arange(4), lambda table: table)], np.array([0, 0]))
    donors = predictor.donors([np.array([3, 0]), np.array([], dtype=int)])
    found = next(predictor.blocks(np.arange(3))).changed([[0]], donors, [(np.array([0, 1, 0]),)])[0]
    assert found.tolist() == [[6.0, 1.0], [0.0, 3.0], [6.0, 5.0]]
    assert next(predictor.blocks(np.arange(3))).first(1).probabilities.tolist() == [[0.0, 1.0]]
