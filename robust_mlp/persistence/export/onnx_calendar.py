"""Dates in an ONNX graph: seconds since the first date, and the parts of a date, in whole-number arithmetic.

The same numbers as `DateReader` reads. Knows no other columns."""

import numpy as np

from robust_mlp.persistence.export.onnx_graph import FLOAT64, INT64
from robust_mlp.persistence.export.raw_columns import (
    DAYS_BEFORE_1970,
    DAYS_OF_ERA,
    MISSING_INTEGER,
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_SECOND,
    YEARS_OF_ERA,
)


def date_columns(graph, value, reader):
    """What `DateReader.read` gives for a column.

    Parameters
    ----------
    graph : Graph
    value : str
        Name of microseconds since 1970, shape (n_rows, 1), int64.
    reader : DateReader

    Returns
    -------
    name : str
        Of shape (n_rows, 1 + n_parts), double; NaN where missing.
    """
    calendar = _Calendar(graph)
    is_missing = graph.add("Equal", value, calendar.number(MISSING_INTEGER))
    ticks = graph.add("Where", is_missing, calendar.number(reader.first), value)
    seconds = graph.add("Sub", graph.cast(ticks, FLOAT64), graph.constant(reader.first, FLOAT64, "first"))
    per_second = graph.constant(TICKS_PER_SECOND, FLOAT64, "per_second")
    low, high = (graph.constant(bound, FLOAT64, "bound") for bound in reader.bounds)
    near = graph.add("Clip", graph.add("Div", seconds, per_second), low, high)
    found = [near]
    for part in reader.parts:
        # The year goes with the seconds, which end not far from the training's; the other parts repeat.
        followed = ticks
        if part == "year":
            back = graph.cast(graph.add("Round", graph.add("Mul", near, per_second)), INT64)
            followed = graph.add("Add", back, calendar.number(reader.first))
        found.append(graph.cast(calendar.part(part, followed), FLOAT64))
    return graph.add("Where", is_missing, graph.constant(np.nan, FLOAT64, "missing"), graph.side_by_side(found))


class _Calendar:
    """Parts of dates. Every method returns the name of an int64 array of shape (n_rows, 1)."""

    def __init__(self, graph):
        self.graph = graph

    def number(self, value):
        return self.graph.constant(value, INT64, "number")

    def plus(self, value, number):
        return self.graph.add("Add", value, self.number(number))

    def times(self, value, number):
        return self.graph.add("Mul", value, self.number(number))

    def rest(self, value, number):
        """What is left of a division, in [0, number), for negative values as well."""
        return self.graph.add("Mod", value, self.number(number))

    def whole(self, value, number):
        """Quotient, rounded down."""
        return self.graph.add("Div", self.graph.add("Sub", value, self.rest(value, number)), self.number(number))

    def part(self, part, ticks):
        """One of the parts of `DateReader`."""
        if part == "hour":
            return self.whole(self.rest(ticks, TICKS_PER_DAY), TICKS_PER_HOUR)
        days = self.whole(ticks, TICKS_PER_DAY)
        if part == "weekday":
            return self.rest(self.plus(days, 3), 7)  # 1970-01-01 was a Thursday; Monday is 0
        era, year, day_of_year = self._from_march(days)
        if part == "day":
            return self.plus(self._day_before(day_of_year), 1)
        # Months from March on, 0 to 11, in a pattern of 153 days for five of them.
        month = self.whole(self.plus(self.times(day_of_year, 5), 2), 153)
        is_next_year = self.graph.add("Less", self.number(9), month)
        if part == "month":
            shift = self.graph.add("Where", is_next_year, self.number(-9), self.number(3))
            return self.graph.add("Add", month, shift)
        from_march = self.graph.add("Add", year, self.times(era, YEARS_OF_ERA))
        return self.graph.add("Add", from_march, self.graph.cast(is_next_year, INT64))

    def _from_march(self, days):
        """(era, year of the era, day of the year), counted from March."""
        days = self.plus(days, DAYS_BEFORE_1970)
        era, day = self.whole(days, DAYS_OF_ERA), self.rest(days, DAYS_OF_ERA)
        # Less the leap days so far: one in 4 years, none in 100, one in 400.
        leap = self.graph.add("Sub", self.whole(day, 1460), self.whole(day, 36_524))
        leap = self.graph.add("Add", leap, self.whole(day, 146_096))
        year = self.whole(self.graph.add("Sub", day, leap), 365)
        before = self.graph.add("Sub", self.whole(year, 4), self.whole(year, 100))
        before = self.graph.add("Add", self.times(year, 365), before)
        return era, year, self.graph.add("Sub", day, before)

    def _day_before(self, day_of_year):
        """Days of the month that are over."""
        month = self.whole(self.plus(self.times(day_of_year, 5), 2), 153)
        before = self.whole(self.plus(self.times(month, 153), 2), 5)
        return self.graph.add("Sub", day_of_year, before)
