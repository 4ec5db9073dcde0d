"""A table as the arrays that an exported model takes, made column by column as its documentation says."""

import numpy as np
from scipy import sparse

from robust_mlp._data.column_kinds import columns_of
from robust_mlp._data.columns import is_missing, to_numbers, values_of
from robust_mlp._data.dates import DurationReader, to_seconds, to_times
from robust_mlp.persistence.export.raw_columns import DATES, INTEGERS, MISSING_INTEGER, TEXTS, raw_table


def raw_feed(clf, X):
    """{name of the input: array of shape (n_rows, 1), or the matrix}."""
    table = raw_table(clf._fitted.encoding, clf._reader)
    if table.is_matrix:
        return {"X": np.asarray(X.toarray() if sparse.issparse(X) else X, dtype=np.float64)}
    X = np.asarray(X, dtype=object) if isinstance(X, list) else X
    return {
        raw.name: _values(raw, column)[:, np.newaxis]
        for raw, (_, _, column) in zip(table.columns, columns_of(X), strict=True)
    }


def _values(raw, column):
    if raw.kind == TEXTS:
        return np.array(["" if is_missing(value) else str(value) for value in values_of(column)], dtype=object)
    if raw.kind == DATES:
        return to_times(column, raw.name, raw.reader.time_zone).astype(np.int64)
    if raw.kind == INTEGERS:
        return np.array([MISSING_INTEGER if is_missing(value) else int(value) for value in values_of(column)])
    if isinstance(raw.reader, DurationReader):
        return to_seconds(column, raw.name)
    if str(getattr(column, "dtype", "")) == "category":
        column = column.astype(float)
    return np.asarray(to_numbers(column, raw.name), dtype=np.float64)
