"""Dates in a Keras model: seconds since the first date, and the parts of a date, in whole-number arithmetic.

The same numbers as `DateReader` reads, from operations that Keras itself saves and loads. Knows no other columns."""

import keras
import numpy as np
from keras import ops

from robust_mlp.persistence.export.raw_columns import (
    DAYS_BEFORE_1970,
    DAYS_OF_ERA,
    MISSING_INTEGER,
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_SECOND,
    YEARS_OF_ERA,
)


def date_columns(value, reader):
    """What `DateReader.read` gives for a column.

    Parameters
    ----------
    value : KerasTensor of shape (n_rows, 1), int64
        Microseconds since 1970.
    reader : DateReader

    Returns
    -------
    columns : KerasTensor of shape (n_rows, 1 + n_parts), float64
        NaN where missing.
    """
    is_missing = ops.equal(value, MISSING_INTEGER)
    ticks = ops.where(is_missing, reader.first, value)
    seconds = ops.divide(ops.subtract(ops.cast(ticks, "float64"), float(reader.first)), float(TICKS_PER_SECOND))
    near = ops.clip(seconds, *reader.bounds)
    found = [near]
    for part in reader.parts:
        # The year goes with the seconds, which end not far from the training's; the other parts repeat.
        followed = ticks
        if part == "year":
            back = ops.cast(ops.round(ops.multiply(near, float(TICKS_PER_SECOND))), "int64")
            followed = ops.add(back, reader.first)
        found.append(ops.cast(_part(part, followed), "float64"))
    columns = found[0] if len(found) == 1 else keras.layers.Concatenate(dtype="float64")(found)
    return ops.where(is_missing, np.array([np.nan]), columns)


def _part(part, ticks):
    """One of the parts of `DateReader`, int64."""
    if part == "hour":
        return ops.floor_divide(ops.mod(ticks, TICKS_PER_DAY), TICKS_PER_HOUR)
    days = ops.floor_divide(ticks, TICKS_PER_DAY)
    if part == "weekday":
        return ops.mod(ops.add(days, 3), 7)  # 1970-01-01 was a Thursday; Monday is 0
    era, year, day_of_year = _from_march(days)
    # Months from March on, 0 to 11, in a pattern of 153 days for five of them.
    month = ops.floor_divide(ops.add(ops.multiply(day_of_year, 5), 2), 153)
    if part == "day":
        before = ops.floor_divide(ops.add(ops.multiply(month, 153), 2), 5)
        return ops.add(ops.subtract(day_of_year, before), 1)
    is_next_year = ops.greater(month, 9)
    if part == "month":
        return ops.where(is_next_year, ops.subtract(month, 9), ops.add(month, 3))
    return ops.add(ops.add(year, ops.multiply(era, YEARS_OF_ERA)), ops.cast(is_next_year, "int64"))


def _from_march(days):
    """(era, year of the era, day of the year), counted from March."""
    days = ops.add(days, DAYS_BEFORE_1970)
    era, day = ops.floor_divide(days, DAYS_OF_ERA), ops.mod(days, DAYS_OF_ERA)
    # Less the leap days so far: one in 4 years, none in 100, one in 400.
    leap = ops.subtract(ops.floor_divide(day, 1460), ops.floor_divide(day, 36_524))
    leap = ops.add(leap, ops.floor_divide(day, 146_096))
    year = ops.floor_divide(ops.subtract(day, leap), 365)
    before = ops.subtract(ops.floor_divide(year, 4), ops.floor_divide(year, 100))
    return era, year, ops.subtract(day, ops.add(ops.multiply(year, 365), before))
