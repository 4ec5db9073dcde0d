"""Slices of a batch, whose forward and backward passes run side by side, each on its own core.

TensorFlow gives every operation of a large batch to all cores. Its threads wait for each other after each operation,
and arrays of megabytes leave the caches in between. Slices wait for each other only once a step, when their gradients
are added. The sums have another order, so results differ by rounding."""

import tensorflow as tf

# Slicing pays if the widest array of a step has this many values (`make bench-speed.slicing`). Below, an operation
# takes as long as its start. Then twice as many operations take twice as long, above all in a process with one core.
LEAST_VALUES = 2**16
# Up to this many values of the widest hidden array two slices are best, above it four: a slice should fit into the
# cache of one core.
MOST_VALUES_OF_TWO = 2**17
LEAST_ROWS = 256  # half of these rows is one slice; products of fewer rows are slow


def n_slices(batch_size, widths):
    """The best number of slices of a batch. It depends on the arguments only, so it is the same on every machine.

    Parameters
    ----------
    batch_size : int
    widths : sequence of int
        Number of inputs of each layer, in order.

    Returns
    -------
    n_slices : {1, 2, 4}
    """
    if batch_size < LEAST_ROWS or batch_size * max(widths) < LEAST_VALUES:
        return 1
    return 2 if batch_size * max(widths[1:], default=1) <= MOST_VALUES_OF_TWO else 4


def sliced(tensors, n):
    """Cut tensors, whose first axis is the batch's rows, into n slices: a list of lists."""
    if n == 1:
        return [tensors]
    n_rows = tf.shape(tensors[0])[0]
    size = n_rows // n
    sizes = tf.stack([size] * (n - 1) + [n_rows - (n - 1) * size])
    return list(zip(*(tf.split(tensor, sizes, num=n) for tensor in tensors), strict=True))
