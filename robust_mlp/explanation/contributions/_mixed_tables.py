"""Rows of a user's table that take each cell from one of two rows. Columns keep their dtypes.

Knows pandas and polars frames, arrays, sparse matrices and lists; imports neither pandas nor polars."""

import sys
from typing import Any

import numpy as np
from scipy import sparse

from robust_mlp._data.columns import is_frame, is_missing, is_pandas, is_polars

# Longest text of a cell in a figure.
LONGEST_TEXT = 24


def as_rows(X):
    """A table whose rows can be counted and chosen: a frame as it is, a sparse matrix in CSR, else an ndarray."""
    if is_frame(X):
        return X
    if sparse.issparse(X):
        return sparse.csr_array(X)
    return X if isinstance(X, np.ndarray) else np.asarray(X)


def kind_of(X):
    """What kind of table: 'pandas', 'polars', 'sparse' or 'array'. Rows of two tables of a kind can be mixed."""
    if is_pandas(X):
        return "pandas"
    if is_polars(X):
        return "polars"
    return "sparse" if sparse.issparse(X) else "array"


def choose_rows(X, rows):
    """Some rows of a table from `as_rows`, by an ndarray of row numbers."""
    return X.iloc[rows] if is_pandas(X) else X[rows]


def column_names(X):
    """Names of the columns of a frame, else None."""
    return list(X.columns) if is_frame(X) else None


def values_of_rows(X):
    """The user's own values: ndarray of shape (n_rows, n_columns); dtype object for a frame with other than numbers."""
    if is_polars(X):
        if all(dtype.is_numeric() for dtype in X.dtypes):
            return X.to_numpy()
        cells = np.empty(X.shape, dtype=object)
        for j, column in enumerate(X.get_columns()):
            cells[:, j] = column.to_list()
        return cells
    if is_pandas(X):
        is_plain = all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in X.dtypes)
        return X.to_numpy() if is_plain else X.to_numpy(dtype=object)
    return X.toarray() if sparse.issparse(X) else X


def numbers_for_colours(values):
    """A number for each cell, by which a figure can colour it.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        As from `values_of_rows`.

    Returns
    -------
    numbers : ndarray of shape (n_rows, n_columns), dtype float64
        Numbers as they are; other values by their place in the sorted list of those in the column; NaN where missing.
    """
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    numbers = np.empty(values.shape)
    for j, column in enumerate(values.T.tolist()):
        known = [value for value in column if not is_missing(value)]
        if all(isinstance(value, (bool, int, float, np.number)) for value in known):
            numbers[:, j] = [np.nan if is_missing(value) else float(value) for value in column]
            continue
        order = {text: place for place, text in enumerate(sorted(set(map(str, known))))}
        numbers[:, j] = [np.nan if is_missing(value) else order[str(value)] for value in column]
    return numbers


def text_of(value):
    """A cell as the text that a figure shows."""
    if isinstance(value, (float, np.floating)):
        return "missing" if np.isnan(value) else f"{value:.4g}"
    if is_missing(value):
        return "missing"
    text = str(value).removesuffix(" 00:00:00")  # of a date without a time of day
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


class MixedTable:
    """Rows of two tables with the same columns, from which mixed rows are made.

    Parameters
    ----------
    rows, background : table
        As from `as_rows`, of the same kind.
    """

    def __init__(self, rows: Any, background: Any) -> None:
        self.n_rows, self.n_columns = rows.shape
        if is_pandas(rows):
            self._names = list(rows.columns)
            self._columns = [_joined(rows[name], background[name]) for name in self._names]
        elif is_polars(rows):
            polars = sys.modules["polars"]
            self._table = polars.concat([rows, background.select(rows.columns)], how="vertical_relaxed")
        elif sparse.issparse(rows):
            self._table = sparse.vstack([rows, background]).toarray()
        else:
            self._table = np.concatenate([rows, background])
        self._kind = "pandas" if is_pandas(rows) else "polars" if is_polars(rows) else "array"

    def mix(self, sources):
        """A table of mixed rows.

        Parameters
        ----------
        sources : ndarray of shape (n_mixed, n_columns), dtype int
            For each cell the row that it comes from: below `n_rows` a row of `rows`, from there on of `background`.

        Returns
        -------
        table : of the kind of `rows`, but an ndarray where `rows` is sparse
        """
        if self._kind == "array":
            return self._table[sources, np.arange(self.n_columns)]
        if self._kind == "polars":
            polars = sys.modules["polars"]
            columns = self._table.get_columns()
            return polars.DataFrame([column.gather(where) for column, where in zip(columns, sources.T, strict=True)])
        pandas = sys.modules["pandas"]
        mixed = {j: column.take(where) for j, (column, where) in enumerate(zip(self._columns, sources.T, strict=True))}
        table = pandas.DataFrame(mixed)
        table.columns = self._names
        return table


def _joined(column, other):
    """Two columns of pandas frames, one below the other, as an array of the first one's dtype."""
    pandas = sys.modules["pandas"]
    if str(column.dtype) == "category" and column.dtype != other.dtype:
        # Of different categories pandas would make objects, and the classifier would see another dtype than in fit.
        other = other.astype("category")
        added = [level for level in other.cat.categories if level not in set(column.cat.categories)]
        column = column.cat.add_categories(added)
        other = other.cat.set_categories(column.cat.categories)
    return pandas.concat([column, other], ignore_index=True).array
