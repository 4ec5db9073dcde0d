"""A transpose for matrices with one short side."""

import numpy as np
import tensorflow as tf

# Both are products with a unit matrix, which are exact. TensorFlow's own transpose is oneDNN's, which wakes all threads
# however small the matrix is.


def lengthwise(tall):
    """(..., long, short) -> (..., short, long)."""
    return tf.matmul(np.eye(tall.shape[-1], dtype=np.float32), tall, transpose_b=True)


def upright(wide):
    """(..., short, long) -> (..., long, short)."""
    return tf.matmul(wide, np.eye(wide.shape[-2], dtype=np.float32), transpose_a=True)
