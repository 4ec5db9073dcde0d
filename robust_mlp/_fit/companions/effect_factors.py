"""The factors of mixed-effects members: each category with its levels, and each number cut into ranges.

Reads an encoding and encoded rows, never a label."""

import numpy as np

from robust_mlp._collapse.simple_models.column_pairs import upper_ends
from robust_mlp._prediction.effect_units import NONE, EffectUnits

# Ranges of a number with many values. More follow its curve no better, and a pair of numbers has 400 cells already.
N_RANGES = 20
# A second factor of a number has so many, for pairs. Two numbers then have 25 cells, and 600 rows are 24 for each.
N_COARSE_RANGES = 5
# A number of at most so many values has a level for each: the hours of a day, the days of a month.
MOST_VALUES = 32
# Rows that the ranges are learned from: a quantile of 10,000 rows is known to a hundredth of them.
MOST_ROWS = 10_000
# Where two neighbouring values are parted. Not half-way: such values occur in other rows, and rounding would decide.
PARTED_AT = 0.382


def learn_factors(encoding, rows):
    """The factors of a table, as EffectUnits without effects.

    Parameters
    ----------
    encoding : Encoding
    rows : ndarray of shape (n_rows, n_outputs), dtype float32
        Encoded rows.

    Returns
    -------
    units : EffectUnits
    is_coarse : ndarray of shape (n_factors,), dtype bool
        Factors that are for pairs alone: each follows that of the same number with more ranges.
    number_of : ndarray of shape (n_factors,), dtype intp
        The input of the number that a factor cuts; -1 for a category.
    """
    steps: list[tuple] = []
    n_levels: list[int] = []
    code_inputs, number_of, is_coarse = [], [], []

    def add(new_steps, size, code_input=NONE, number=NONE, for_pairs=False):
        steps.extend((place, len(n_levels), level, threshold) for place, level, threshold in new_steps)
        n_levels.append(size)
        code_inputs.append(code_input)
        number_of.append(number)
        is_coarse.append(for_pairs)

    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_ROWS)).astype(int)]
    flags = {place: encoding.numbers.size + i for i, place in enumerate(encoding.flagged)}
    for place in range(encoding.numbers.size):
        known = some[:, place] if place not in flags else some[some[:, flags[place]] < 0.5, place]
        fine, coarse = _cuts(known, N_RANGES, MOST_VALUES), _cuts(known, N_COARSE_RANGES, N_COARSE_RANGES)
        for cuts in (fine, coarse)[: 1 + (0 < len(coarse) < len(fine))]:
            missing = _step_to_missing(rows, place, flags[place], cuts) if place in flags else []
            size = len(cuts) + 1 + len(missing)
            if size > 1:
                add([*((place, 1, cut) for cut in cuts), *missing], size, number=place, for_pairs=cuts is coarse)
    for slots in encoding.slots:
        outputs = np.unique(slots[slots >= 0])
        add([(output, level, 0.5) for level, output in enumerate(outputs, start=1)], len(outputs) + 1)
    first_code = encoding.n_outputs - encoding.n_codes
    for i, size in enumerate(encoding.embedding_sizes[: encoding.embedded.size]):
        add([], size, code_input=first_code + i)
    inputs, factors, levels, thresholds = zip(*steps, strict=True) if steps else ((),) * 4
    none = np.zeros(0, np.int64)
    units = EffectUnits(
        step_inputs=np.array(inputs, np.int64),
        step_factors=np.array(factors, np.int64),
        step_levels=np.array(levels, np.int64),
        thresholds=np.array(thresholds, np.float32),
        code_inputs=np.array(code_inputs, np.int64),
        n_levels=np.array(n_levels, np.int64),
        first=none,
        second=none,
        numbers=none,
        starts=none,
        table=np.zeros((0, 0), np.float32),
    )
    return units, np.array(is_coarse, bool), np.array(number_of, np.intp)


def _cuts(values, n_ranges, most_values):
    """Where a number is cut, ascending: between all of few values, else at quantiles."""
    distinct, below = np.unique(values), upper_ends(values, n_ranges, most_values)
    above = distinct[np.searchsorted(distinct, below, side="right")]
    return below + np.float32(PARTED_AT) * (above - below)


def _step_to_missing(rows, place, flag, cuts):
    """The step from the range of the value that fills a gap to a level of its own; none if no row has a gap."""
    gaps = np.flatnonzero(rows[:, flag] > 0.5)
    if not len(gaps):
        return []
    level = int((rows[gaps[0], place] > cuts).sum())
    return [(flag, len(cuts) + 1 - level, 0.5)]
