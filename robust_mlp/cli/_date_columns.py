"""Columns of dates in files whose types say so: Parquet, Feather and Excel. The classifier reads dates as numbers.

A date in CSV is a text, because only its look tells it from a category; a model that expects dates reads it."""

from robust_mlp.cli._errors import InputError

# What pandas' infer_dtype says of dates.
_DATE_CONTENT = ("datetime64", "datetime", "date")


def is_dates(column):
    """Whether a column of a file holds dates.

    Parameters
    ----------
    column : pandas.Series

    Returns
    -------
    is_dates : bool
    """
    from pandas.api.types import infer_dtype, is_datetime64_any_dtype

    if is_datetime64_any_dtype(column):
        return True
    return column.dtype == object and infer_dtype(column, skipna=True) in _DATE_CONTENT


def as_dates(column, name, shown, way_out):
    """The column as dates.

    Parameters
    ----------
    column : pandas.Series
        Of dates, or of texts that are dates as ISO 8601 writes them, such as "2024-05-31 12:00".
    name, shown : str
        Of the column and of the file, for messages.
    way_out : str
        What else the user can do, for messages.

    Returns
    -------
    dates : pandas.Series
        Of a datetime64 dtype.

    Raises
    ------
    InputError
        For a cell that is no date.
    """
    import pandas as pd
    from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

    if is_datetime64_any_dtype(column):
        return column
    dates = pd.Series(pd.NaT, index=column.index)
    if not is_numeric_dtype(column):
        dates = pd.to_datetime(column.astype(object), errors="coerce", format="ISO8601")
    wrong = column.notna() & dates.isna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"column {name!r} held dates when the model was fitted, and {shown} holds {str(column.iloc[row])!r} in "
            f"data row {column.index[row] + 1:,}. Write dates as 2024-05-31 or 2024-05-31 12:00{way_out}."
        )
    return dates
