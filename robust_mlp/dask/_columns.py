"""What the columns of all partitions hold, put together from the statistics of each: exact, in one pass."""

from dataclasses import replace
from typing import Any

import numpy as np

from robust_mlp._data.columns import sort_levels
from robust_mlp._data.encoding import ColumnTotals
from robust_mlp._data.level_outputs import LEAST_WEIGHT_OF_LEVEL, MAX_EMBEDDED_LEVELS, MAX_LEVELS


def merge_statistics(parts, reader, bend=None):
    """(TableReader with the levels of all partitions, ColumnTotals).

    Parameters
    ----------
    parts : list of PartStatistics
        In the order of the partitions. Moments are merged by Chan, Golub, LeVeque (1983), eq. 2.1.
    reader : TableReader
        Of a sample.
    bend : ndarray of shape (n_numbers,), default=None
        Where numbers are bent; None: nowhere.

    Returns
    -------
    reader : TableReader
    totals : ColumnTotals
    """
    moments = _merged([part.moments for part in parts])
    bent = None if bend is None else _merged([part.bent for part in parts])
    levels, masses = list(reader.levels), {}
    for j in reader.categories:
        weight_of: dict[Any, float] = {}
        for part in parts:
            for level, mass in part.levels[j].items():
                weight_of[level] = weight_of.get(level, 0.0) + mass
        levels[j] = sort_levels(_kept(weight_of))
        of_levels = [weight_of[level] for level in levels[j]]
        masses[j] = np.array([*of_levels, sum(part.missing[j] for part in parts)])
    return replace(reader, levels=tuple(levels)), ColumnTotals(moments, masses, bend, bent)


def _merged(moments):
    total = moments[0]
    for one in moments[1:]:
        total = total.merged(one)
    return total


def _kept(weight_of):
    """The levels that prediction depends on: all of few, and of many those that get a code of their own."""
    if len(weight_of) <= MAX_LEVELS:
        return list(weight_of)
    common = [level for level, weight in weight_of.items() if weight >= LEAST_WEIGHT_OF_LEVEL]
    if len(common) <= MAX_EMBEDDED_LEVELS:
        return common
    return sorted(common, key=lambda level: (-weight_of[level], str(level)))[:MAX_EMBEDDED_LEVELS]
