"""The arithmetic of `EffectUnits` as matrices: the same levels and cells from the products that every graph has.

Computes arrays from arrays. Knows no library of graphs."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._prediction.effect_units import NONE


@dataclass(frozen=True, eq=False)
class EffectMatrices:
    """What a graph of EffectUnits holds beside `table` and `numbers`.

    Levels are ``[inputs[step_inputs] > thresholds, inputs[code_inputs]] @ added``, and 0 where they are not in
    ``[0, n_levels)``. Cells are ``starts + levels @ strides``. The last step adds nothing and the last factor has one
    level, so that no product is over nothing.

    Attributes
    ----------
    step_inputs : ndarray of shape (n_steps,), dtype int64
    thresholds : ndarray of shape (n_steps,), dtype float32
    code_inputs : ndarray of shape (n_codes,), dtype int64
    added : ndarray of shape (n_steps + n_codes, n_factors), dtype float32
        What each step and each code adds to the level of each factor.
    n_levels : ndarray of shape (n_factors,), dtype int64
    strides : ndarray of shape (n_factors, n_effects), dtype int64
        How far apart the cells of neighbouring levels are.
    """

    step_inputs: np.ndarray
    thresholds: np.ndarray
    code_inputs: np.ndarray
    added: np.ndarray
    n_levels: np.ndarray
    strides: np.ndarray


def matrices_of(units):
    """The matrices of units.

    Parameters
    ----------
    units : EffectUnits

    Returns
    -------
    matrices : EffectMatrices

    Examples
    --------
    A category of four levels and its product with a number cut into two ranges:

    >>> import numpy as np
    >>> from robust_mlp._prediction.effect_units import EffectUnits
    >>> units = EffectUnits(
    ...     step_inputs=np.array([0]),
    ...     step_factors=np.array([1]),
    ...     step_levels=np.array([1]),
    ...     thresholds=np.array([0.5], np.float32),
    ...     code_inputs=np.array([1, -1]),
    ...     n_levels=np.array([4, 2]),
    ...     first=np.array([0, 0]),
    ...     second=np.array([-1, 1]),
    ...     numbers=np.array([-1, -1]),
    ...     starts=np.array([0, 4]),
    ...     table=np.zeros((12, 1), np.float32),
    ... )
    >>> matrices_of(units).strides
    array([[1, 1],
           [0, 4],
           [0, 0]])
    """
    n_factors, n_steps = len(units.n_levels), len(units.thresholds)
    with_code = np.flatnonzero(units.code_inputs != NONE)
    added = np.zeros((n_steps + 1 + len(with_code), n_factors + 1), np.float32)
    added[np.arange(n_steps), units.step_factors] = units.step_levels
    added[n_steps + 1 + np.arange(len(with_code)), with_code] = 1
    strides = units.cells(np.eye(n_factors + 1, n_factors, dtype=np.int64)) - units.starts  # cells are linear in levels
    return EffectMatrices(
        step_inputs=np.append(units.step_inputs, 0),
        thresholds=np.append(units.thresholds, np.float32(0)),
        code_inputs=units.code_inputs[with_code],
        added=added,
        n_levels=np.append(units.n_levels, 1),
        strides=strides,
    )
