"""Arrays in aligned memory, which TensorFlow can read without a copy."""

import math

import numpy as np

# TensorFlow's kernels read memory in blocks of this many bytes. Only an array that begins at such a block can be
# shared.
ALIGNMENT = 64


def aligned(array, dtype):
    """A copy in aligned memory, with the given dtype."""
    copy = empty_aligned(array.shape, dtype)
    copy[...] = array
    return copy


def empty_aligned(shape, dtype):
    """An uninitialized array in aligned memory.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype-like

    Returns
    -------
    array : ndarray of shape `shape`
        In C order.
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + ALIGNMENT, dtype=np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + n_bytes].view(dtype).reshape(shape)
