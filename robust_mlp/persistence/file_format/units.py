"""Units of the first layer as values of a model file: RadialUnits and EffectUnits.

Checks that they read inputs that are there, and tables within their bounds: units that were read can predict."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._prediction.effect_units import NONE, EffectUnits
from robust_mlp._prediction.radial_units import RadialUnits
from robust_mlp.persistence.file_format.codecs import FLOATS, Array, Places, Record

# Levels and sums of steps up to this size are exact in float32, and steps times factors fit into memory.
_LARGEST_LEVEL = 2**24
_MOST_STEPS_TIMES_FACTORS = 2**28

RADIAL = Record(
    RadialUnits,
    {
        "inputs": Places(),
        "factors": Array(FLOATS, 1),
        "centers": Array(FLOATS, 2),
        "projection": Array(FLOATS, 2),
        "shift": Array(FLOATS, 1),
    },
)
EFFECTS = Record(
    EffectUnits,
    {
        "step_inputs": Places(),
        "step_factors": Places(),
        "step_levels": Places(),
        "thresholds": Array(FLOATS, 1),
        "code_inputs": Places(),
        "n_levels": Places(),
        "first": Places(),
        "second": Places(),
        "numbers": Places(),
        "starts": Places(),
        "table": Array(FLOATS, 2),
    },
)


@dataclass(frozen=True)
class Units:
    """Codec of units. Those with a `table` are EffectUnits."""

    def write(self, value, place, arrays):
        return (EFFECTS if isinstance(value, EffectUnits) else RADIAL).write(value, place, arrays)

    def read(self, data, place, arrays):
        is_effects = isinstance(data, dict) and "table" in data
        return (EFFECTS if is_effects else RADIAL).read(data, place, arrays)


def misfit_of_units(units, n_inputs):
    """What does not fit in units, or ''.

    Parameters
    ----------
    units : RadialUnits or EffectUnits
    n_inputs : int
        Outputs of the encoding.

    Returns
    -------
    wrong : str
    """
    return (_misfit_of_effects if isinstance(units, EffectUnits) else _misfit_of_radial)(units, n_inputs)


def _misfit_of_radial(units, n_inputs):
    n_centers, n_used = units.centers.shape
    if not len(units.inputs) == len(units.factors) == n_used:
        return "inputs, factors and centers of units have different sizes"
    if not _are_within(units.inputs, 0, n_inputs):
        return "units read inputs that are not there"
    if units.projection.shape[0] != n_centers or len(units.shift) != units.projection.shape[1]:
        return "projection and shift of units have other sizes than their centers"
    return ""


def _misfit_of_effects(units, n_inputs):
    n_steps, n_factors, n_effects = len(units.thresholds), len(units.n_levels), len(units.starts)
    if not len(units.step_inputs) == len(units.step_factors) == len(units.step_levels) == n_steps:
        return "inputs, factors, levels and thresholds of the steps of units have different sizes"
    if len(units.code_inputs) != n_factors:
        return "code_inputs and n_levels of units have different sizes"
    if not len(units.first) == len(units.second) == len(units.numbers) == n_effects or not n_effects:
        return "factors, numbers and starts of the effects of units have different sizes, or there are none"
    if n_steps * n_factors > _MOST_STEPS_TIMES_FACTORS:
        return f"units have {n_steps} steps for {n_factors} factors, too many"
    reads_inputs = _are_within(units.step_inputs, 0, n_inputs) and all(
        _are_within(inputs, NONE, n_inputs) for inputs in (units.code_inputs, units.numbers)
    )
    if not reads_inputs or not n_inputs:
        return "units read inputs that are not there"
    has_factors = _are_within(units.step_factors, 0, n_factors) and all(
        _are_within(factors, NONE, n_factors) for factors in (units.first, units.second)
    )
    if not has_factors:
        return "units have steps or effects of factors that are not there"
    if not _are_within(units.n_levels, 1, _LARGEST_LEVEL):
        return f"n_levels of units are not whole numbers from 1 to {_LARGEST_LEVEL - 1}"
    sums = np.bincount(units.step_factors, np.abs(units.step_levels.astype(np.float64)))
    if sums.max(initial=0) >= _LARGEST_LEVEL:
        return "step_levels of units are too large"
    return _misfit_of_table(units)


def _misfit_of_table(units):
    sizes = np.append(units.n_levels, 1)
    n_cells = sizes[units.first] * sizes[units.second]
    if not (_are_within(units.starts, 0, len(units.table)) and (n_cells <= len(units.table) - units.starts).all()):
        return "effects of units lie outside their table"
    return ""


def _are_within(places, low, high):
    """Whether all are at least `low` and less than `high`."""
    return bool(((places >= low) & (places < high)).all())
