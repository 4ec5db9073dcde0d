"""A batch cut into slices whose passes run side by side, each on a core of its own.

TensorFlow gives every operation of a large batch to all cores: its threads meet after each of them, and arrays of
megabytes leave the caches in between. The passes of slices need each other only where their gradients are added, so
that threads meet once in a step. Sums are taken in another order, which changes numbers by rounding."""

import tensorflow as tf

# Values of the widest array of a step from which slicing it pays (`make bench-speed.slicing`). Below, operations take
# as long as what starts them, and twice as many take twice as long, above all where a process has one core.
LEAST_VALUES = 2**16
# Values of the widest hidden array up to which two slices are best; four of larger ones: a slice should stay in the
# cache of one core.
MOST_VALUES_OF_TWO = 2**17
LEAST_ROWS = 256  # products of fewer than half of these are slow themselves


def n_slices(batch_size, widths):
    """Into how many slices a batch is best cut; the same on every machine, for the same numbers.

    Parameters
    ----------
    batch_size : int
    widths : sequence of int
        Numbers in a row of what each layer is given, the first layer's inputs first.

    Returns
    -------
    n_slices : {1, 2, 4}
    """
    if batch_size < LEAST_ROWS or batch_size * max(widths) < LEAST_VALUES:
        return 1
    return 2 if batch_size * max(widths[1:], default=1) <= MOST_VALUES_OF_TWO else 4


def sliced(tensors, n):
    """Tensors whose first axis is the batch's rows, cut into n: a list of lists."""
    if n == 1:
        return [tensors]
    n_rows = tf.shape(tensors[0])[0]
    size = n_rows // n
    sizes = tf.stack([size] * (n - 1) + [n_rows - (n - 1) * size])
    return list(zip(*(tf.split(tensor, sizes, num=n) for tensor in tensors), strict=True))
