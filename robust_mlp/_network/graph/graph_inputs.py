"""Inputs of the graph: the tensors of a table, and the state of the stopping rule."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from robust_mlp._system.aligned_arrays import ALIGNMENT


@dataclass(frozen=True)
class TableTensors:
    """One table as tensors: rows float32 (n, d), codes int32 (n,), weights float32 (n,).

    If all weights are one broadcast number in NumPy, the tensor has shape (1,): see `weights_of`.
    """

    rows: tf.Tensor
    codes: tf.Tensor
    weights: tf.Tensor

    @classmethod
    def of(cls, rows, codes, weights, *, like=None):
        """Convert NumPy arrays. Rows in aligned memory are shared, so they must not be changed afterwards.

        Parameters
        ----------
        rows, codes, weights : ndarray of shapes (n, d), (n,) and (n,), dtypes float32, int32 and float32
        like : (arrays, TableTensors) or None
            Three arrays that were converted before. If an array is one of these, its tensor is used again.
        """
        given, lent = (rows, codes, weights), {}
        if like is not None:
            arrays, tensors = like
            lent = dict(zip(map(id, arrays), (tensors.rows, tensors.codes, tensors.weights), strict=True))
        return cls(*(lent[id(array)] if id(array) in lent else shared(array) for array in given))


def shared(array):
    """An array as a tensor on the same memory if its layout fits TensorFlow; else a copy.

    `tf.convert_to_tensor` always copies, because the array might change later. A broadcast number becomes a tensor of
    shape (1,).
    """
    if array.ndim == 1 and array.strides == (0,) and array.size:
        return tf.convert_to_tensor(array[:1])
    is_aligned = array.ctypes.data % ALIGNMENT == 0
    if is_aligned and array.size and array.flags.c_contiguous and array.flags.writeable:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.convert_to_tensor(array)


def weights_of(weights):
    """A function from row numbers to weights, tensors of one shape; `weights` may hold one number for all rows."""
    last = tf.size(weights) - 1
    return lambda rows: tf.gather(weights, tf.minimum(rows, last))


@dataclass
class Stopping:
    """Early stopping inside the graph: the rule that it applies after each epoch, and its state between calls.

    The training ends if no group improved by more than `tol` in the last `patience` epochs.

    Attributes
    ----------
    rows : ndarray of shape (n_members, n_held_out), dtype int32
        Held-out rows of each member.
    mask : ndarray of shape (n_members, n_held_out), dtype float32
        1 for a row, 0 for padding.
    best, waited : ndarray of shape (n_input_groups,), dtype float32
        The best value of each group so far, and the number of epochs since then.
    patience, tol : float
    """

    rows: np.ndarray
    mask: np.ndarray
    best: np.ndarray
    waited: np.ndarray
    patience: float = np.inf
    tol: float = 0.0

    @property
    def is_over(self):
        """Whether all groups waited long enough."""
        return self.waited.min() >= self.patience
