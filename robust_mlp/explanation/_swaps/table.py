"""`TablePredictor`: any function from tables to probabilities, asked again after a few columns changed.

Knows arrays, sparse matrices, pandas and polars frames; imports neither pandas nor polars."""

import warnings

import numpy as np
from scipy import sparse

from robust_mlp._data.columns import is_frame, is_pandas, is_polars
from robust_mlp.exceptions import DriftWarning
from robust_mlp.explanation._swaps.network import pieces

# Rows that are predicted at once. A call of an unknown classifier may cost milliseconds whatever the number of rows, so
# a block is large; a copy of it is still small beside most tables.
BLOCK_ROWS = 8192


class TablePredictor:
    """Predicts rows of one table by a function of tables, with some columns changed.

    Parameters
    ----------
    X : array, sparse matrix, pandas or polars DataFrame of shape (n_rows, n_columns)
    parts : list of (ndarray of int, callable)
        Rows, by number, and the function that answers for them: from a table to ndarray (n_rows, n_classes).
    typical : ndarray of shape (n_columns,), dtype int
        For each column, a row that holds its median or its most frequent level. It stands for a missing value where
        the function accepts none.
    """

    n_threads = 1  # nobody knows whether the function may be called from several threads

    def __init__(self, X, parts, typical):
        self.X = X if is_frame(X) or sparse.issparse(X) else np.asarray(X)
        self.parts, self.typical = parts, typical

    @property
    def n_columns(self):
        """Number of columns."""
        return self.X.shape[1]

    @property
    def rows(self):
        """Numbers of the rows that can be predicted: ndarray of int, ascending."""
        return np.sort(np.concatenate([rows for rows, _ in self.parts]))

    def blocks(self, rows):
        """As `NetworkPredictor.blocks`."""
        for own, predict in self.parts:
            chosen = rows if len(self.parts) == 1 else rows[np.isin(rows, own)]
            for piece in pieces(chosen, BLOCK_ROWS):
                yield TableBlock(self, piece, predict)

    def donors(self, rows_of_columns):
        """As `NetworkPredictor.donors`: the row numbers themselves."""
        return rows_of_columns


class TableBlock:
    """Some rows of a TablePredictor, as `NetworkBlock`."""

    def __init__(self, predictor, rows, predict):
        self.rows = rows
        self._predictor, self._predict = predictor, predict
        self._table = take_rows(predictor.X, rows)
        self.probabilities = self._ask(self._table)

    def first(self, n_rows):
        """As `NetworkBlock.first`."""
        return self if n_rows >= len(self.rows) else TableBlock(self._predictor, self.rows[:n_rows], self._predict)

    def changed(self, columns, donors, indices):
        """As `NetworkBlock.changed`."""
        results = []
        for index in indices:
            table = self._table
            for group, donor in zip(columns, index, strict=True):
                for j in group:
                    rows = (self.rows if donors is None else np.asarray(donors[j]))[donor]
                    table = with_column(table, j, column_of(self._predictor.X, j, rows))
            results.append(self._ask(table))
        return np.array(results)

    def without(self, column):
        """As `NetworkBlock.without`; the typical value where the function accepts no missing one."""
        try:
            return self._ask(with_missing(self._table, column))
        except (ValueError, TypeError):
            rows = np.full(len(self.rows), self._predictor.typical[column])
            return self._ask(with_column(self._table, column, column_of(self._predictor.X, column, rows)))

    def _ask(self, table):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DriftWarning)  # rows that were changed on purpose
            return np.asarray(self._predict(table), dtype=np.float64)


def take_rows(X, rows):
    """Some rows of a table, in this order. Sparse ones become dense."""
    if is_pandas(X):
        return X.iloc[rows]
    if sparse.issparse(X):
        return X.tocsr()[rows].toarray()
    return X[rows]


def column_of(X, j, rows):
    """The cells of column `j` in some rows, with the column's own dtype."""
    if is_pandas(X):
        return X.iloc[:, j].array.take(rows)
    if is_polars(X):
        return X.to_series(j)[rows]
    if sparse.issparse(X):
        return X.tocsc()[:, [j]].toarray().ravel()[rows]
    return X[rows, j]


def with_column(table, j, cells):
    """A copy of a table with other cells in column `j`."""
    if is_pandas(table):
        table = table.copy()
        table.isetitem(j, cells)
        return table
    if is_polars(table):
        return table.with_columns(cells.alias(table.columns[j]))
    table = table.copy()
    table[:, j] = cells
    return table


def with_missing(table, j):
    """A copy of a table in which column `j` is missing in all rows."""
    if is_pandas(table):
        column = table.iloc[:, j]
        return with_column(table, j, column.where(np.zeros(len(table), dtype=bool)).array)
    if is_polars(table):
        column = table.to_series(j)
        return with_column(table, j, column.clear(len(column)))
    is_number = table.dtype.kind in "biuf"
    return with_column(table.astype(np.float64) if is_number else table, j, np.nan)
