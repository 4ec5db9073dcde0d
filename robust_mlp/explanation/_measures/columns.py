"""`ColumnView`: one column of the user's table as numbers on an axis or as levels, and its grid of values.

Looks at a table as read. Predicts nothing."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._data.columns import CATEGORY
from robust_mlp._data.dates import DateReader
from robust_mlp.explanation._swaps.encoded_columns import matrix_columns

NUMBER, LEVELS, DATE = "number", "levels", "date"

# Pieces that the range of a number is cut into, with as many rows in each. A curve of twenty points shows what tables
# of a thousand rows can tell: fifty rows for each point.
N_PIECES = 20
# Levels that are shown. More do not fit into a figure, and the rarer ones have few rows.
MOST_LEVELS = 20


@dataclass(frozen=True, eq=False)
class ColumnView:
    """One column of the user's table.

    Attributes
    ----------
    place : int
        Of the column in the table.
    name : str
    kind : {'number', 'levels', 'date'}
    axis : ndarray of shape (n_rows,), dtype float64
        Numbers, seconds of dates, or level numbers; NaN where missing or, of levels, unknown.
    levels : tuple
        Of a column of levels; else empty.
    reader : DateReader or None
        Of a column of dates.
    """

    place: int
    name: str
    kind: str
    axis: np.ndarray
    levels: tuple = ()
    reader: DateReader | None = None

    def shown(self, value):
        """A value of the axis as the user knows it: a float, a level, or a date as text; None for a missing one."""
        if np.isnan(value):
            return None
        if self.kind == LEVELS:
            return self.levels[int(value)]
        if self.reader is not None:
            return str(self.reader._back(np.array([value]))[0].astype("datetime64[s]"))
        return float(value)

    @property
    def typical_row(self):
        """A row that holds the median, or the most frequent level; row 0 where all are missing."""
        known = np.flatnonzero(~np.isnan(self.axis))
        if not known.size:
            return 0
        values = self.axis[known]
        if self.kind == LEVELS:
            wanted = np.bincount(values.astype(np.intp)).argmax()
            return int(known[np.flatnonzero(values == wanted)[0]])
        return int(known[np.argsort(values, kind="stable")[(known.size - 1) // 2]])


def views_of(matrix, reader):
    """The columns of a table as read.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_matrix_columns)
    reader : TableReader

    Returns
    -------
    views : list of ColumnView
    """
    views = []
    for place, where in enumerate(matrix_columns(reader)):
        j = where[0]
        axis = matrix[:, j].astype(np.float64)
        name = str(reader.name_of(j))
        if reader.kinds[j] == CATEGORY:
            levels = tuple(reader.levels[j])
            views.append(ColumnView(place, name, LEVELS, np.where(axis >= 0, axis, np.nan), levels))
            continue
        dates = reader.inputs[place] if reader.inputs is not None else None
        dates = dates if isinstance(dates, DateReader) else None
        views.append(ColumnView(place, name, NUMBER if dates is None else DATE, axis, (), dates))
    return views


@dataclass(frozen=True, eq=False)
class Grid:
    """Values of one column at which its effect is measured, each the value of a row of the table.

    Attributes
    ----------
    rows : ndarray of shape (n_values,), dtype int
        The rows that hold the values.
    axis : ndarray of shape (n_values,), dtype float64
        The values: ascending numbers, or level numbers in the order in which the levels are shown.
    is_ordered : bool
        Whether `axis` is ascending numbers.
    """

    rows: np.ndarray
    axis: np.ndarray
    is_ordered: bool

    def __len__(self):
        return len(self.axis)

    def places(self, axis):
        """The piece of the grid in which each value lies: ndarray of int.

        Of numbers, piece k from 1 on reaches from value k - 1 (left out) to value k. Of levels, the number of the
        level in the grid. -1 where the value is missing, or a level that is not in the grid.
        """
        known = ~np.isnan(axis)
        places = np.full(len(axis), -1)
        if self.is_ordered:
            found = np.searchsorted(self.axis, axis[known], side="left")
            places[known] = np.clip(found, min(1, len(self) - 1), len(self) - 1)
            return places
        of_level = np.full(int(max(self.axis.max(initial=0), axis[known].max(initial=0))) + 1, -1)
        of_level[self.axis.astype(np.intp)] = np.arange(len(self))
        places[known] = of_level[axis[known].astype(np.intp)]
        return places


def grid_of(view, rows, n_pieces=N_PIECES):
    """The grid of one column.

    Parameters
    ----------
    view : ColumnView
    rows : ndarray of int
        Rows of the table to take values from.
    n_pieces : int, default=20
        Of a number: quantiles of equal distance, or every value where there are not more.

    Returns
    -------
    grid : Grid
        Of levels the most frequent ones, in the order of the levels. No value where all are missing.
    """
    known = rows[~np.isnan(view.axis[rows])]
    values = view.axis[known]
    unique, first, counts = np.unique(values, return_index=True, return_counts=True)
    if view.kind == LEVELS:
        kept = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_LEVELS, n_pieces)])
        return Grid(known[first[kept]], unique[kept], False)
    if len(unique) > n_pieces + 1:
        order = np.argsort(values, kind="stable")
        ranks = np.rint(np.linspace(0, len(values) - 1, n_pieces + 1)).astype(np.intp)
        unique, places = np.unique(values[order][ranks], return_index=True)
        first = order[ranks[places]]
    return Grid(known[first], unique, True)
