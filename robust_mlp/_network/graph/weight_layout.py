"""The place of each weight array of a model in the few variables that the engine trains.

Knows nothing of models and optimizers."""

import numpy as np
import tensorflow as tf

# Arrays with fewer weights share one vector, so that the optimizer needs few operations. For larger arrays this saves
# less time than copying the gradients into the vector takes.
FEWEST_APART = 2**16


class WeightLayout:
    """A layout of arrays: side by side in one flat vector, or each in its own variable.

    Parameters
    ----------
    shapes : list of tuple of int
    is_kernel : list of bool
        Kernels decay; biases and a normalization's scales do not.
    may_join : bool
        False keeps every array in its own variable, for optimizers that look at whole arrays.

    Attributes
    ----------
    groups : list of list of int
        The arrays of each variable, kernels first, so that weight decay applies to one slice.
    """

    def __init__(self, shapes, is_kernel, *, may_join=True):
        self.shapes, self._is_kernel = shapes, is_kernel
        self._sizes = [int(np.prod(shape)) for shape in shapes]
        everything = range(len(shapes))
        is_apart = [not may_join or size >= FEWEST_APART for size in self._sizes]
        joined = sorted((i for i in everything if not is_apart[i]), key=lambda i: not is_kernel[i])
        self.groups = [[i] for i in everything if is_apart[i]] + ([joined] if joined else [])

    def joined(self, arrays):
        """From the model's weight arrays to the values of the variables; ndarrays."""
        return self._joined(arrays, np.concatenate, np.reshape)

    def joined_tensors(self, tensors):
        """The same for tensors."""
        return self._joined(tensors, tf.concat, tf.reshape)

    def _joined(self, parts, concat, reshape):
        return [
            parts[group[0]] if len(group) == 1 else concat([reshape(parts[i], [-1]) for i in group], 0)
            for group in self.groups
        ]

    def split_by_shape(self, values):
        """From the values of the variables to the model's weight arrays; ndarrays."""
        return self._parted(values, lambda value, sizes: np.split(value, np.cumsum(sizes)[:-1]), np.reshape)

    def parted_tensors(self, values):
        """The same for tensors."""
        return self._parted(values, tf.split, tf.reshape)

    def _parted(self, values, split, reshape):
        parts = [None] * len(self.shapes)
        for group, value in zip(self.groups, values, strict=True):
            pieces = [value] if len(group) == 1 else split(value, [self._sizes[i] for i in group])
            for i, piece in zip(group, pieces, strict=True):
                has_shape = len(group) == 1 or len(self.shapes[i]) == 1
                parts[i] = piece if has_shape else reshape(piece, self.shapes[i])
        return parts

    def decayed(self, values, factor):
        """Values of the variables, tensors, with the kernels multiplied by `factor`."""
        decayed = []
        for group, value in zip(self.groups, values, strict=True):
            n = sum(self._sizes[i] for i in group if self._is_kernel[i])
            if n == sum(self._sizes[i] for i in group):
                value *= factor
            elif n:
                kernels, others = tf.split(value, [n, sum(self._sizes[i] for i in group) - n])
                value = tf.concat([kernels * factor, others], 0)
            decayed.append(value)
        return decayed
