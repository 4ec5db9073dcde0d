"""Columns without a name that count the rows: the index that pandas and R write beside a table."""

# What pandas calls a column without a name, before its place.
UNNAMED = "Unnamed: "


def row_number_notes(table, shown):
    """One sentence for each column without a name whose values go up by one from row to row.

    Parameters
    ----------
    table : pandas.DataFrame
        All rows of the file, in their order.
    shown : str
        The file's name for messages.

    Returns
    -------
    notes : list of str
    """
    return [
        f"column {name!r} of {shown} has no name in the file and counts the rows, as an index does. It is learned from "
        f"like any other; to leave it out, type --drop {name!r}."
        for name in table.columns
        if str(name).startswith(UNNAMED) and _counts(table[name])
    ]


def _counts(column):
    """Whether each value is one more than that of the row before."""
    import numpy as np
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if not is_numeric_dtype(column) or is_bool_dtype(column) or len(column) < 2:
        return False
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    return bool((np.diff(values) == 1).all())
