"""Whole numbers beyond 2^53, which floats do not tell apart: read as their distance from the smallest.

One column at a time."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._data.columns import is_missing, is_polars_series, values_of, values_to_numbers

# float64 holds every whole number up to here, and only every second one beyond.
LARGEST_EXACT = 2**53


@dataclass(frozen=True)
class LargeIntegerReader:
    """Reads a column of whole numbers as what they are above `origin`: exact within 2^53 of it."""

    origin: int

    def names(self, name):
        """Names of the columns that `name` becomes: tuple of str."""
        return (name,)

    def read(self, column, name):
        """A column as ndarray of shape (n_rows, 1), dtype float64; NaN where missing."""
        values = [value - self.origin if isinstance(value, int) else value for value in values_of(column)]
        numbers = values_to_numbers(values, name)
        is_other = np.array([not isinstance(value, int) and not is_missing(value) for value in values], dtype=bool)
        numbers[is_other] -= self.origin
        return numbers[:, np.newaxis]


def holds_large_integers(column):
    """Whether an ndarray of any shape, or a pandas or polars column, is of 64-bit whole numbers and exceeds 2^53.

    Values of an object array are not looked at.
    """
    if is_polars_series(column):
        if str(column.dtype) not in ("Int64", "UInt64"):
            return False
    elif getattr(column.dtype, "kind", "O") not in "iu" or getattr(column.dtype, "itemsize", 8) < 8:
        return False
    if len(column) == 0 or getattr(column, "size", 1) == 0:
        return False
    low, high = column.min(), column.max()
    # All missing: neither is a number.
    return not is_missing(low) and (int(low) < -LARGEST_EXACT or int(high) > LARGEST_EXACT)


def learn_large_integers(column, used=None):
    """A `LargeIntegerReader` for a column whose numbers lie closer together than 2^53, or None.

    Parameters
    ----------
    column : pandas or polars Series, or ndarray of shape (n_rows,), of Python objects
        Whole numbers, missing values and nothing else, or there is no reader.
    used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows to learn from; None for all.

    Returns
    -------
    reader : LargeIntegerReader or None
    """
    values = values_of(column)
    if used is not None:
        values = [value for value, is_used in zip(values, used.tolist(), strict=True) if is_used]
    values = [value for value in values if not is_missing(value)]
    if not values or not all(isinstance(value, int) for value in values):
        return None
    low, high = min(values), max(values)
    is_large = low < -LARGEST_EXACT or high > LARGEST_EXACT
    return LargeIntegerReader(low) if is_large and high - low <= LARGEST_EXACT else None
