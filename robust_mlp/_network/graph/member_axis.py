"""Conversion of weight arrays between one array with a member axis and one array for each member.

Stored networks have the member axis; the engine trains each member's own arrays. With one member both are the same.
Knows nothing of models."""

from typing import NamedTuple

import numpy as np


class WeightArray(NamedTuple):
    """Name and shape of a weight array, for `initial_weights`."""

    name: str
    shape: tuple[int, ...]


def stacked_shape(shape, n_members):
    """The shape with member axis: (inputs, units) -> (members, inputs, units), (units,) -> (members, 1, units)."""
    return shape if n_members == 1 else (n_members, *(1,) * (2 - len(shape)), *shape)


def stacked(members):
    """Stack the lists of arrays of all members into one list of arrays."""
    by_array = zip(*members, strict=True)
    return [np.stack(of_all).reshape(stacked_shape(of_all[0].shape, len(members))) for of_all in by_array]


def unstacked(arrays, shapes, n_members):
    """Split one list of arrays into a list of arrays, with `shapes`, for each member."""
    by_array = [array.reshape(n_members, *shape) for array, shape in zip(arrays, shapes, strict=True)]
    return [list(of_member) for of_member in zip(*by_array, strict=True)] if arrays else [[]] * n_members
