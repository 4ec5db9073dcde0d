"""Arrays whose memory TensorFlow can read where it is."""

import math

import numpy as np

# TensorFlow's kernels read memory in lines of so many bytes: only arrays that begin at one can be shared with it.
ALIGNMENT = 64


def aligned(array, dtype):
    """A copy that begins at a memory line, of another dtype perhaps."""
    copy = empty_aligned(array.shape, dtype)
    copy[...] = array
    return copy


def empty_aligned(shape, dtype):
    """An uninitialized array that begins at a memory line.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype-like

    Returns
    -------
    array : ndarray of shape `shape`
        Row after row in memory.
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + ALIGNMENT, dtype=np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + n_bytes].view(dtype).reshape(shape)
