"""Members that read effects of levels, as functions of sums over columns.

Their sums are the levels of the factors and the numbers that effects are multiplied by. All of a factor belongs to one
column, so the sums of a mixed row are its own levels and numbers."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from robust_mlp._prediction.effect_units import NONE, EffectUnits
from robust_mlp._prediction.network import Network
from robust_mlp.explanation.contributions._linear_heads import LinearHeads, head_kernels


@dataclass(frozen=True, eq=False)
class EffectMembers:
    """The members of a network of linear heads on effects of levels.

    Parameters
    ----------
    network : Network
        With EffectUnits and without hidden layers.
    units : EffectUnits
        Its units.
    column_of : ndarray of shape (n_inputs,), dtype int
        The column that each input belongs to.
    n_columns : int
    votes : ndarray of shape (n_members,)
    """

    network: Network
    units: EffectUnits
    column_of: np.ndarray
    n_columns: int
    votes: np.ndarray

    is_for_one_thread = True
    constants = (0.0,)

    @property
    def widths(self):
        """The number of factors, and of numbers that effects are multiplied by."""
        return (len(self.units.n_levels) + len(self.number_columns),)

    @property
    def vote(self):
        """The weight of all members together."""
        return self._heads.vote

    @cached_property
    def _heads(self):
        biases = self.network.biases[0][:, 0]
        return LinearHeads.of(head_kernels(self.network), biases, self.votes, self.network.kernels[0].dtype)

    @cached_property
    def factor_columns(self):
        """The column of each factor: ndarray of shape (n_factors,), dtype intp; -1 for one that reads no input."""
        inputs, factors = self.units.factors_of_inputs
        columns = np.full(len(self.units.n_levels), NONE, dtype=np.intp)
        columns[factors] = self.column_of[inputs]
        return columns

    @cached_property
    def _sloped(self):
        """(Effects with a number, an effect for each distinct number, the place of each effect's number in these)."""
        effects = np.flatnonzero(self.units.numbers != NONE)
        _, first, places = np.unique(self.units.numbers[effects], return_index=True, return_inverse=True)
        return effects, effects[first], places

    @property
    def number_columns(self):
        """The column of each distinct number: ndarray of shape (n_numbers,), dtype int."""
        return self.column_of[self.units.numbers[self._sloped[1]]]

    def parts(self, encoded):
        """What each column adds to the sums: a tuple of one ndarray of shape (n_rows, n_columns, width).

        Levels are small integers, which sums of floats keep exactly.
        """
        n_factors = len(self.units.n_levels)
        parts = np.zeros((len(encoded), self.n_columns, *self.widths), self.network.kernels[0].dtype)
        reading = np.flatnonzero(self.factor_columns != NONE)
        parts[:, self.factor_columns[reading], reading] = self.units.levels(encoded)[:, reading]
        numbers = self.units.slopes(encoded)[:, self._sloped[1]]
        parts[:, self.number_columns, n_factors + np.arange(numbers.shape[1])] = numbers
        return (parts,)

    def levels_and_slopes(self, sums):
        """(Level of each factor, what each effect is multiplied by) from sums, as EffectUnits have them."""
        effects, _, places = self._sloped
        n_factors = len(self.units.n_levels)
        slopes = np.ones((len(sums), len(self.units.numbers)), sums.dtype)
        slopes[:, effects] = sums[:, n_factors:][:, places]
        return sums[:, :n_factors].astype(np.intp), slopes

    def features(self, sums):
        """What the heads read: ndarray of shape (n, n_features), in the dtype of the sums."""
        return self.units.sums_of(*self.levels_and_slopes(sums)).astype(sums.dtype, copy=False)

    def add_probabilities(self, sums, total):
        """Add the members' share of the mean probability to `total`, ndarray of shape (n, n_classes)."""
        self._heads.add_probabilities(self.features(sums[0]), total)

    def forward(self, features):
        """As `DenseMember.forward`, from a tuple of one array of features: between two levels there are no sums."""
        probabilities, backward = self._heads.forward(features[0])
        return probabilities, lambda by_probability: (backward(by_probability),)

    def lines(self, row, others):
        """The lines from several rows to one, both as Ends."""
        return EffectLines(self, row, others)


class EffectLines:
    """Lines from several rows to one row along which levels change as one-hot columns would.

    At share t a level is that of the other row with share 1 - t, and that of the row with share t. A number moves
    straight. So an effect of two factors and a number is a polynomial of degree 3 in t. Its derivative is a sum: what
    moves because the first factor moves, because the second does, and because the number does.

    Parameters
    ----------
    member : EffectMembers
    row : Ends
        Of one row.
    others : Ends
    """

    def __init__(self, member, row, others):
        self.member = member
        self._start = member.features(others.sums[0])
        moves = _moves(member, row.sums[0], others.sums[0])
        slopes = moves.sum(axis=0)
        self._coefficients = slopes / np.arange(1, len(slopes) + 1)[:, np.newaxis, np.newaxis]  # the integral
        self._moves = moves.reshape(*moves.shape[:2], -1)

    def sums_at(self, t):
        """The features at share `t` of each line, which `forward` takes: a tuple of one ndarray (n_others, n_features).

        They are those at the beginning and the integral of how all columns move them.
        """
        powers = t ** np.arange(1, len(self._coefficients) + 1)
        return (self._start + np.tensordot(powers, self._coefficients, axes=1),)

    def moved(self, by_features, t):
        """Derivatives by the features times how each column moves them, the mean over lines: ndarray (n_columns,)."""
        (by_feature,) = by_features
        return (self._moves @ by_feature.ravel()) @ t ** np.arange(self._moves.shape[1]) / len(by_feature)


def _moves(member, row, others):
    """How each column moves the features, as a polynomial of degree 2 in the share of the line.

    Parameters
    ----------
    member : EffectMembers
    row : ndarray of shape (1, width)
        The sums of the row.
    others : ndarray of shape (n_others, width)

    Returns
    -------
    moves : ndarray of shape (n_columns, 3, n_others, n_features)
        Coefficients of 1, t and t^2.
    """
    units = member.units
    (levels, slopes), (other_levels, other_slopes) = map(member.levels_and_slopes, (row, others))
    start, both, by_first, by_second = _corners(units, levels, other_levels)
    slope, steeper = (array.T[:, :, np.newaxis] for array in (other_slopes, slopes - other_slopes))
    moves = np.zeros((member.n_columns, 3, len(others), units.n_outputs))
    # An effect without a factor or number does not move by it: what it adds to the column found at -1 is 0.
    columns = np.append(member.factor_columns, NONE)
    for factors, step in ((units.first, by_first), (units.second, by_second)):
        terms = [slope * step, steeper * step + slope * both, steeper * both]
        np.add.at(moves, columns[factors], np.stack(terms, axis=1))
    terms = [steeper * start, steeper * (by_first + by_second), steeper * both]
    np.add.at(moves, member.column_of[units.numbers], np.stack(terms, axis=1))
    return moves


def _corners(units, levels, other_levels):
    """The cells of each effect between rows and one row: four ndarrays of shape (n_effects, n_others, n_features).

    They are the cell of the other row, what both factors change together beyond their own changes, and what the first
    and the second factor change alone.
    """
    # A cell's place is a sum: what the first factor adds, and what the second does.
    alone = replace(units, second=np.full_like(units.second, NONE))
    first, other_first = alone.cells(levels).T, alone.cells(other_levels).T
    second, other_second = units.cells(levels).T - first, units.cells(other_levels).T - other_first
    table = units.table.astype(np.float64)
    start = table[other_first + other_second]
    by_first, by_second = table[first + other_second] - start, table[other_first + second] - start
    return start, table[first + second] - by_first - by_second - start, by_first, by_second
