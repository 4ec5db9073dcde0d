"""Members that read effects of levels and predict again after a few columns changed.

Only effects that read a changed column are looked up again. Computes arrays from arrays; knows no table."""

from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._prediction.effect_units import NONE
from robust_mlp.explanation._swaps.linear_heads import LinearHeads


@dataclass(frozen=True, eq=False)
class Change:
    """The values of donors, as far as effects read them.

    Parameters
    ----------
    factors : ndarray of int
        The factors that change.
    is_sloped : ndarray of shape (n_effects,), dtype bool
        Whether the number of an effect changes.
    levels : ndarray of shape (n_donors, n_factors), dtype intp
        Only those of `factors` count.
    slopes : ndarray of shape (n_donors, n_sloped)
        Only of the effects in `is_sloped`.
    """

    factors: np.ndarray
    is_sloped: np.ndarray
    levels: np.ndarray
    slopes: np.ndarray


class EffectMembers:
    """All members that share the same effects, for some rows.

    Parameters
    ----------
    network : Network
        With EffectUnits and without hidden layers.
    encoded : ndarray of shape (n_rows, n_outputs), dtype float32
    """

    def __init__(self, network, encoded):
        self._units, self._heads = network.units, LinearHeads.of(network)
        self._levels, self._slopes = self._units.levels(encoded), self._units.slopes(encoded)
        self._sums = self._units.sums_of(self._levels, self._slopes)

    def logits(self):
        """Logits of the rows as they are: for each member an array as `probabilities_of` takes it."""
        return self._heads.logits(self._sums)

    def change(self, outputs, donors):
        """As `DenseMember.change`; None where the effects read none of the columns."""
        inputs, factors = self._units.factors_of_inputs
        changing = np.unique(factors[np.isin(inputs, outputs)])
        is_sloped = np.isin(self._units.numbers, outputs)
        if not changing.size and not is_sloped.any():
            return None
        if donors is None:
            return Change(changing, is_sloped, self._levels, self._slopes[:, is_sloped])
        levels = _of_factors(self._units, changing).levels(donors)
        return Change(changing, is_sloped, levels, _of_effects(self._units, is_sloped).slopes(donors))

    def changed(self, changes, indices):
        """As `DenseMember.changed`; yields a list of logits, one for each member."""
        seen = [(place, change) for place, change in enumerate(changes) if change is not None]
        is_read = np.zeros(len(self._units.starts), dtype=bool)
        for _, change in seen:
            is_read |= _reads(self._units, change)
        few, own = _of_effects(self._units, is_read), self._slopes[:, is_read]
        rest = self._sums - few.sums_of(self._levels, own)
        for index in indices:
            levels, slopes = self._levels.copy(), own.copy()
            for place, change in seen:
                levels[:, change.factors] = change.levels[np.ix_(index[place], change.factors)]
                slopes[:, change.is_sloped[is_read]] = change.slopes[index[place]]
            yield self._heads.logits(rest + few.sums_of(levels, slopes))


def _reads(units, change):
    """Whether each effect reads something that changes: ndarray of shape (n_effects,), dtype bool."""
    return np.isin(units.first, change.factors) | np.isin(units.second, change.factors) | change.is_sloped


def _of_effects(units, is_kept):
    """The units with some of the effects."""
    names = ("first", "second", "numbers", "starts")
    return replace(units, **{name: getattr(units, name)[is_kept] for name in names})


def _of_factors(units, factors):
    """The units with the steps and codes of some factors alone. Levels of the others are wrong."""
    is_kept = np.isin(units.step_factors, factors)
    names = ("step_inputs", "step_factors", "step_levels", "thresholds")
    codes = np.where(np.isin(np.arange(len(units.code_inputs)), factors), units.code_inputs, NONE)
    return replace(units, code_inputs=codes, **{name: getattr(units, name)[is_kept] for name in names})
