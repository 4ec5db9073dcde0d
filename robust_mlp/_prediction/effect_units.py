"""Effects of levels, of ranges and of pairs of them, as tables. Mixed-effects members see these instead of the row.

Computes arrays from arrays. Knows nothing of training."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

# A number that an effect is multiplied by is cut off here, in units of the encoding: outside the range of the training
# rows a slope does not go on for ever.
LARGEST_SLOPED = 6.0
# Up to so many rows the cells of all effects are looked up at once: for one row, a call for each effect takes longer
# than all sums. For many rows the cells would take too much memory.
MOST_ROWS_AT_ONCE = 64
# What stands for no input, no factor.
NONE = -1


@dataclass(frozen=True, eq=False)
class EffectUnits:
    """Sums of effects, each a table with a row for every level of a factor, or for every pair of levels of two [1]_.

    A factor is a column whose values are levels: a category, or a number cut into ranges. Its level in a row is the sum
    of `step_levels` over those of its steps whose input is above the threshold, plus the input `code_inputs` if it has
    one. Level 0 stands for what is missing or unknown.

    Parameters
    ----------
    step_inputs, step_factors, step_levels : ndarray of shape (n_steps,), dtype int64
        Of each step: the input that is compared, the factor that it belongs to, and what it adds to the level.
    thresholds : ndarray of shape (n_steps,), dtype float32
    code_inputs : ndarray of shape (n_factors,), dtype int64
        The input that is the level itself; -1 for none.
    n_levels : ndarray of shape (n_factors,), dtype int64
        Levels are in ``[0, n_levels)``; others count as 0.
    first, second : ndarray of shape (n_effects,), dtype int64
        The factors of each effect; -1 for none.
    numbers : ndarray of shape (n_effects,), dtype int64
        The input that an effect is multiplied by, cut off at `LARGEST_SLOPED`; -1 for none.
    starts : ndarray of shape (n_effects,), dtype int64
        Where the cells of each effect begin in `table`. Levels of the first factor are next to each other.
    table : ndarray of shape (n_cells, n_outputs), dtype float32

    References
    ----------
    .. [1] Laird, Ware (1982), "Random-Effects Models for Longitudinal Data", Biometrics 38(4)

    Examples
    --------
    A number below and above .5, and a category of two levels; the category acts above .5 alone:

    >>> import numpy as np
    >>> units = EffectUnits(
    ...     step_inputs=np.array([0]),
    ...     step_factors=np.array([0]),
    ...     step_levels=np.array([1]),
    ...     thresholds=np.array([0.5], np.float32),
    ...     code_inputs=np.array([-1, 1]),
    ...     n_levels=np.array([2, 2]),
    ...     first=np.array([0]),
    ...     second=np.array([1]),
    ...     numbers=np.array([-1]),
    ...     starts=np.array([0]),
    ...     table=np.array([[0.0], [0.0], [0.0], [3.0]], np.float32),
    ... )
    >>> units(np.array([[0.2, 1.0], [0.7, 0.0], [0.7, 1.0]], np.float32))
    array([[0.],
           [0.],
           [3.]])
    """

    step_inputs: np.ndarray
    step_factors: np.ndarray
    step_levels: np.ndarray
    thresholds: np.ndarray
    code_inputs: np.ndarray
    n_levels: np.ndarray
    first: np.ndarray
    second: np.ndarray
    numbers: np.ndarray
    starts: np.ndarray
    table: np.ndarray

    def __getstate__(self):
        return {field.name: getattr(self, field.name) for field in fields(self)}  # without what is cached

    @property
    def n_outputs(self):
        """Number of outputs."""
        return self.table.shape[1]

    @property
    def width(self):
        """Values that one row takes at once."""
        return max(len(self.thresholds), len(self.n_levels), self.n_outputs, 1)

    @cached_property
    def _steps(self):
        """What each step adds to the level of each factor: ndarray of shape (n_steps, n_factors), dtype float32."""
        added = np.zeros((len(self.thresholds), len(self.n_levels)), np.float32)
        added[np.arange(len(added)), self.step_factors] = self.step_levels
        return added

    @cached_property
    def factors_of_inputs(self):
        """(inputs, factors): each input that a factor reads, with the factor."""
        has_code = self.code_inputs != NONE
        inputs = np.concatenate([self.step_inputs, self.code_inputs[has_code]])
        return inputs, np.concatenate([self.step_factors, np.flatnonzero(has_code)])

    def __call__(self, rows):
        """Outputs for rows (n_rows, n_inputs): ndarray of shape (n_rows, n_outputs), dtype float64."""
        return self.sums_of(self.levels(rows), self.slopes(rows))

    def levels(self, rows):
        """The level of each factor: ndarray of shape (n_rows, n_factors), dtype intp."""
        is_above = rows[:, self.step_inputs] > self.thresholds
        levels = (is_above.astype(np.float32) @ self._steps).astype(np.intp)
        for factor in np.flatnonzero(self.code_inputs != NONE):
            levels[:, factor] += rows[:, self.code_inputs[factor]].astype(np.intp)
        levels[(levels < 0) | (levels >= self.n_levels)] = 0
        return levels

    def slopes(self, rows):
        """What each effect is multiplied by: ndarray of shape (n_rows, n_effects), dtype of the rows."""
        slopes = np.clip(rows[:, self.numbers], -LARGEST_SLOPED, LARGEST_SLOPED)
        slopes[:, self.numbers == NONE] = 1
        return slopes

    def cells(self, levels):
        """The cell of each effect in `table`: ndarray of shape (n_rows, n_effects), dtype intp."""
        padded = np.concatenate([levels, np.zeros((len(levels), 1), levels.dtype)], axis=1)  # no factor: level 0
        sizes = np.append(self.n_levels, 1)
        return self.starts + padded[:, self.first] + sizes[self.first] * padded[:, self.second]

    def sums_of(self, levels, slopes):
        """Outputs from the levels of the factors and what the effects are multiplied by, as `__call__` has them."""
        cells = self.cells(levels)
        if len(levels) <= MOST_ROWS_AT_ONCE:
            return np.einsum("re,reo->ro", slopes, self.table[cells], dtype=np.float64)
        total = np.zeros((len(levels), self.n_outputs))
        for effect in range(len(self.starts)):
            found = self.table[cells[:, effect]].astype(np.float64)
            total += found if self.numbers[effect] == NONE else found * slopes[:, effect, np.newaxis]
        return total
