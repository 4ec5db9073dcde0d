"""Rows of a table as JSON, as readers in other languages take them, and back as a table that Python's reader takes."""

import datetime

import numpy as np
import pandas as pd

# JSON's numbers are floats in most languages: larger whole numbers are texts.
LARGEST_EXACT = 2**53


def to_json_rows(table):
    """A list for each row: numbers, texts, truth values, dates in ISO 8601, durations in seconds, None for missing."""
    columns = [column.tolist() for _, column in table.items()] if isinstance(table, pd.DataFrame) else table.T.tolist()
    return [[_plain(value) for value in row] for row in zip(*columns, strict=True)]


def _plain(value):
    if value is None or value != value or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if type(value) is int and abs(value) > LARGEST_EXACT:
        return str(value)
    return value


def from_json_rows(rows, clf):
    """The table of such rows for a classifier: a frame where it has names of columns, else an array."""
    kinds = clf._reader.kinds if clf._reader.inputs is None else clf._reader.inputs
    columns = [_column(list(values), kind) for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
    if hasattr(clf, "feature_names_in_"):
        return pd.DataFrame(dict(zip(clf.feature_names_in_, columns, strict=True)))
    return np.column_stack([np.array(column, dtype=np.float64) for column in columns])


def _column(values, kind):
    name = kind if isinstance(kind, str) else type(kind).__name__
    if name == "DateReader":
        return pd.to_datetime(values)
    if name == "DurationReader":
        return pd.to_timedelta(values, unit="s")
    if name == "LargeIntegerReader":
        return np.array([int(value) for value in values])
    if name == "category" and any(isinstance(value, str) for value in values):
        return pd.Series(values, dtype=object)
    return np.array([np.nan if value is None else float(value) for value in values])
