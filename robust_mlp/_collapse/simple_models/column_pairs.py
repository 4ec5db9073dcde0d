"""A simple model of pairs of columns: a price that each customer minds differently, an hour that depends on the city.

Each column is cut into levels, and a pair of columns has an effect for each pair of their levels. Chooses pairs on the
rows that it is given. Other rows must show whether the choice predicts anything."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._collapse.simple_models.random_effects import (
    SECONDS_OF_WORK,
    EffectRows,
    best_pair,
    learn_effects,
    logits_of,
)
from robust_mlp._core.losses import softmax

# Ranges of a number with many values. Fewer would miss a middle range that differs from both ends.
N_RANGES = 6
# A number of at most so many values has a level for each: the hours of a day, the days of a month.
MOST_VALUES = 32
# A pair takes as long as so many rows, beside its own rows. All pairs that are tested take a fifth of a second, and to
# learn takes at most half a second.
ROWS_OF_A_PAIR, MOST_PAIR_WORK, MOST_SECONDS = 1_000, 4_000_000, 0.5
FEWEST_COLUMNS, FEWEST_ROWS = 2, 200


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of rows as read: `values` (n_rows, n_columns), NaN where missing; `is_number` (n_columns,).

    Columns of categories hold level numbers. `counts` (n_rows,): how many independent rows each stands for; None: one.
    """

    values: np.ndarray
    is_number: np.ndarray
    counts: np.ndarray | None = None

    def __getitem__(self, where):
        counts = None if self.counts is None else self.counts[where]
        return Cells(self.values[where], self.is_number, counts)

    def __len__(self):
        return len(self.values)


class ColumnLevels:
    """Levels of chosen columns. Ranges and levels are those of the rows that it is made from.

    Parameters
    ----------
    cells : Cells
    columns : ndarray of shape (n_chosen,), dtype int
    """

    def __init__(self, cells, columns):
        self._columns = columns
        self._cuts = [_cuts(cells.values[:, j], cells.is_number[j]) for j in columns]
        # The last level is that of gaps, and of levels of categories that no row has.
        self.sizes = np.array([len(cuts) + 2 for cuts, _ in self._cuts])

    def of(self, cells):
        """Levels of rows, ndarray of shape (n_rows, n_chosen), dtype int."""
        levels = np.empty((len(cells), len(self._columns)), np.intp)
        for place, (column, (cuts, is_exact)) in enumerate(zip(self._columns, self._cuts, strict=True)):
            values, last = cells.values[:, column], self.sizes[place] - 1
            found = np.searchsorted(cuts, values, side="left")
            unknown = np.isnan(values)
            if is_exact:
                known = np.minimum(found, len(cuts) - 1)
                unknown |= cuts[known] != values
            levels[:, place] = np.where(unknown, last, found)
        return levels


def _cuts(values, is_number):
    """(Values that part the levels, ascending; whether each of them is a level itself, and no other value is)."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(0), False
    return (upper_ends(known, N_RANGES, MOST_VALUES), False) if is_number else (np.unique(known), True)


def upper_ends(values, n_ranges, most_values):
    """The largest value of each range of a number but the last, ascending.

    Parameters
    ----------
    values : ndarray of shape (n,), n > 0
        Without NaN.
    n_ranges : int
        Ranges of about as many rows.
    most_values : int
        At most so many different values are a range each.

    Returns
    -------
    ends : ndarray of shape (n_found - 1,)
    """
    distinct = np.unique(values)
    if len(distinct) <= most_values:
        return distinct[:-1]
    quantiles = np.quantile(values, np.arange(1, n_ranges) / n_ranges, method="lower")
    return np.unique(quantiles[quantiles < distinct[-1]])


class PairModel:
    """Logistic regression with random effects of levels and of those pairs that tell something.

    Parameters
    ----------
    levels : ColumnLevels
    cells : Cells
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,)
    """

    def __init__(self, levels, cells, codes, weights):
        self.classes_, own = np.unique(codes, return_inverse=True)
        self._levels = levels
        rows = _effect_rows(levels, cells, own, weights, len(self.classes_))
        self._intercept, self._effects = learn_effects(rows, *_plain(levels))

    def predict_proba(self, cells):
        """Probabilities, ndarray of shape (n_rows, n_classes)."""
        return softmax(logits_of(self._levels.of(cells), self._levels.sizes, self._intercept, self._effects))


def pair_model(cells, codes, weights, seed):
    """The PairModel of rows, and a function from cells to what it predicts from: the cells themselves."""
    columns, rows = _affordable(cells, codes, seed)
    some = cells[rows]
    return PairModel(ColumnLevels(some, columns), some, codes[rows], weights[rows]), lambda cells: cells


def clearest_pair(cells, codes, weights, seed):
    """The pair of columns that tells most, or None if none tells anything.

    Parameters
    ----------
    cells : Cells
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,)
    seed : int

    Returns
    -------
    pair : tuple of int or None
        Two columns, ascending.
    """
    columns, rows = _affordable(cells, codes, seed)
    some, (classes, own) = cells[rows], np.unique(codes[rows], return_inverse=True)
    levels = ColumnLevels(some, columns)
    pair = best_pair(_effect_rows(levels, some, own, weights[rows], len(classes)), *_plain(levels))
    return None if pair is None else (int(columns[pair[0]]), int(columns[pair[1]]))


def _effect_rows(levels, cells, codes, weights, n_classes):
    return EffectRows(
        levels=levels.of(cells),
        n_levels=levels.sizes,
        slopes={},
        codes=codes,
        weights=weights / weights.mean(),
        n_classes=n_classes,
        counts=cells.counts,
    )


def _plain(levels):
    """No factor is for pairs alone, and none has numbers of its own."""
    n_factors = len(levels.sizes)
    return np.zeros(n_factors, bool), np.full(n_factors, -1, np.intp)


def _affordable(cells, codes, seed):
    """(Columns, rows) to look at, ascending: all of them, or drawn ones so that the work stays within the limits."""
    rng = np.random.default_rng(seed)
    n_rows, n_columns = cells.values.shape
    n_logits = max(len(np.unique(codes)) - 1, 1)
    n_pairs = MOST_PAIR_WORK / (n_logits * (n_rows + ROWS_OF_A_PAIR))
    most_columns = max(int(np.sqrt(2 * n_pairs)), FEWEST_COLUMNS)
    columns = np.arange(n_columns)
    if n_columns > most_columns:
        columns = np.sort(rng.choice(n_columns, most_columns, replace=False))
    most_rows = max(int(MOST_SECONDS / SECONDS_OF_WORK / (n_logits * len(columns))), FEWEST_ROWS)
    rows = np.arange(n_rows)
    return columns, rows if n_rows <= most_rows else np.sort(rng.choice(n_rows, most_rows, replace=False))
