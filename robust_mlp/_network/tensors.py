"""What is handed to the graph beside numbers: a table's tensors, and the state of the stopping rule."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

# TensorFlow's kernels read memory in lines of so many bytes: only arrays that begin at one can be shared with it.
ALIGNMENT = 64


@dataclass(frozen=True)
class TableTensors:
    """One table on the TensorFlow side: rows float32 (n, d), codes int32 (n,), weights float32 (n,)."""

    rows: tf.Tensor
    codes: tf.Tensor
    weights: tf.Tensor

    @classmethod
    def of(cls, rows, codes, weights, like=None):
        """Hand NumPy arrays over; rows that begin at a memory line are shared, and must not be changed any more.

        `like`, an (array, TableTensors) pair, lends its tensor of rows if `rows` is that array.
        """
        return cls(
            like[1].rows if like is not None and like[0] is rows else _shared(rows),
            tf.convert_to_tensor(codes, tf.int32),
            tf.convert_to_tensor(np.asarray(weights, np.float32)),
        )


def _shared(rows):
    """Rows as a tensor on the same memory, where it is laid out as TensorFlow needs it; else a copy.

    `tf.convert_to_tensor` always copies an array, for fear that it is changed afterwards.
    """
    is_aligned = rows.ctypes.data % ALIGNMENT == 0
    if is_aligned and rows.size and rows.flags.c_contiguous and rows.flags.writeable:
        return tf.experimental.dlpack.from_dlpack(rows.__dlpack__())
    return tf.convert_to_tensor(rows)


@dataclass
class Stopping:
    """The stopping rule that the graph applies after each epoch, and its state between calls.

    rows : ndarray of shape (n_members, n_held_out), dtype int32; mask : the same shape, float32, 0 where a member has
    fewer held-out rows than the longest. The rule: `patience` epochs in a row without a gain of more than `tol`, for
    every view. best, waited : ndarray of shape (n_views,), float32; the best value so far and the epochs since.
    """

    rows: np.ndarray
    mask: np.ndarray
    best: np.ndarray
    waited: np.ndarray
    patience: float = np.inf
    tol: float = 0.0

    @property
    def is_over(self):
        """Whether all views waited long enough."""
        return self.waited.min() >= self.patience
