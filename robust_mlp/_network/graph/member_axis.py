"""Weight arrays of several members: as one with an axis for them, as networks are kept, and each member's, as trained.

Of a single member both are the same. Knows nothing of models."""

from typing import NamedTuple

import numpy as np


class WeightArray(NamedTuple):
    """What `initial_weights` wants to know of a weight array."""

    name: str
    shape: tuple[int, ...]


def stacked_shape(shape, n_members):
    """Of a member's (inputs, units) or (units,) that of all: (members, inputs, units) or (members, 1, units)."""
    return shape if n_members == 1 else (n_members, *(1,) * (2 - len(shape)), *shape)


def stacked(members):
    """One list of arrays from those of each member."""
    by_array = zip(*members, strict=True)
    return [np.stack(of_all).reshape(stacked_shape(of_all[0].shape, len(members))) for of_all in by_array]


def unstacked(arrays, shapes, n_members):
    """A list of each member's arrays, of `shapes`, from one list."""
    by_array = [array.reshape(n_members, *shape) for array, shape in zip(arrays, shapes, strict=True)]
    return [list(of_member) for of_member in zip(*by_array, strict=True)] if arrays else [[]] * n_members
