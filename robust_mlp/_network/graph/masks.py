"""Dropout masks as windows of a table. The table is drawn once per training; each step reads another window.

Keras' Dropout draws masks in the graph and keeps a seed state per layer. Drawing masks in the graph takes longer than
using them. Outside the engine the layer is exactly Keras' Dropout."""

import contextlib
import threading

import keras
import numpy as np
import tensorflow as tf

from robust_mlp._network.graph.gradients import with_gradient
from robust_mlp._network.graph.xla_tracing import is_for_xla

_current = threading.local()  # the masks of the step that this thread is tracing
KINDS = ("input", "hidden")  # of dropout layers: each has a rate and a table
LEVELS = 2**16  # a rate is rounded to the nearest 1/65536
# Number of places at which a window may begin. Two steps have the same masks with probability 1 / PLACES. Otherwise
# their masks are independent for each value of the network.
PLACES = 2**14
# Distance of two places, in values: TensorFlow does not copy a slice that begins at a multiple of 64 bytes.
APART = 16
WORDS_PER_DRAW = 4  # numbers that NumPy's Philox gives for one counter value


class Masks:
    """The dropout masks of one training, in NumPy.

    Parameters
    ----------
    seed : int
    layers : sequence of (str, int)
        Kind and width of every dropout layer, in the order of the network.
    n_rows : int
        Rows of a batch.
    rates : dict of str to float
        Dropout rate of each kind of layer.
    n_members : int, default=1

    Attributes
    ----------
    tables : tuple of ndarray of shape (n_values,), dtype float32
        The table of each kind: 0 for a dropped value, 1 / (1 - rate) for a kept one. Empty if there is no such layer.
    """

    def __init__(self, seed, layers, n_rows, rates, n_members=1):
        self._seed, self._n_members = seed, n_members
        lengths = dict.fromkeys(KINDS, 0)
        for kind, width in layers:  # the masks of one step do not overlap
            lengths[kind] += -(-n_rows * width // APART) * APART
        self.tables = tuple(
            _table([seed, i], lengths[kind], rates[kind]) if lengths[kind] else np.empty(0, np.float32)
            for i, kind in enumerate(KINDS)
        )

    def begins(self, first_step, n_steps):
        """Where the window of each step begins, in all tables: shape (n_members * n_steps, 1), int32, member by member.

        The value of a step does not depend on `n_steps`.
        """
        drawn = [
            np.random.Philox(key=self._seed, counter=[first_step, member, 0, 0]).random_raw(n_steps * WORDS_PER_DRAW)
            for member in range(self._n_members)
        ]
        return (np.concatenate(drawn)[::WORDS_PER_DRAW] % PLACES * APART).astype(np.int32)[:, np.newaxis]


def _table(seed, length, rate):
    n_values = length + PLACES * APART
    bits = np.frombuffer(np.random.Generator(np.random.PCG64(seed)).bytes(2 * n_values), np.uint16)
    return np.where(bits >= min(round(rate * LEVELS), LEVELS - 1), np.float32(1 / (1 - rate)), np.float32(0))


def lengths_of_masks(n_rows, layers):
    """How a window is cut into masks. This is the same in all steps, so the graph computes it before the first step.

    Parameters
    ----------
    n_rows : tensor, int32
        Rows of a batch.
    layers : sequence of (str, int)

    Returns
    -------
    lengths : dict of str to (tensor of shape (2 * n_layers,), tensor of shape (1,)), dtype int32
        For each kind of layer: sizes of the masks, each followed by the size of the gap after it; size of the window.
    """
    lengths = {}
    for kind in dict(layers):
        sizes = n_rows * np.array([width for of_layer, width in layers if of_layer == kind], np.int32)
        pieces = tf.reshape(tf.stack([sizes, -sizes % APART], 1), [-1])
        lengths[kind] = pieces, tf.reshape(tf.reduce_sum(pieces), [1])
    return lengths


def masks_of_step(tables, begin, lengths, layers):
    """The masks of one training step.

    Parameters
    ----------
    tables : tuple of tensor of shape (n_values,), dtype float32
    begin : tensor of shape (1,), dtype int32
    lengths : dict
        The result of `lengths_of_masks`.
    layers : sequence of (str, int)

    Returns
    -------
    masks : list of tensor
        The mask of each layer in order, with values 0 and 1 / (1 - rate).
    """
    tables = dict(zip(KINDS, tables, strict=True))
    masks = {}
    for kind, (pieces, total) in lengths.items():
        n_layers = sum(of_layer == kind for of_layer, _ in layers)
        cut = tf.split(_window(tables[kind], begin, total), pieces, num=2 * n_layers)
        masks[kind] = iter(cut[::2])
    return [tf.reshape(next(masks[kind]), [-1, width]) for kind, width in layers]


@contextlib.contextmanager
def handed_out(masks):
    """Inside this context, the dropout layers of a called model take these masks, one after the other."""
    _current.masks = list(masks)
    try:
        yield
    finally:
        _current.masks = None


def _window(table, begin, size):
    """`size` values of a table, from `begin` on; both are tensors of shape (1,)."""
    if not is_for_xla():
        return tf.slice(table, begin, size)
    # XLA compiles a slice anew for each value of `begin`.
    lines = tf.range(-(-size[0] // APART)) + begin[0] // APART
    return tf.reshape(tf.gather(tf.reshape(table, [-1, APART]), lines), [-1])[: size[0]]


@with_gradient
def masked(inputs, mask):
    """The product of tensors with equal shapes. TensorFlow's gradient would look for broadcast axes in every step."""
    return inputs * mask, lambda upstream: (upstream * mask, None)


@keras.saving.register_keras_serializable(package="robust_mlp")
class MaskedDropout(keras.layers.Dropout):
    """Keras' Dropout, except that inside `handed_out` it uses the given mask."""

    def call(self, inputs, training=False):
        masks = getattr(_current, "masks", None)
        if masks is None or not training:
            return super().call(inputs, training=training)
        return masked(inputs, masks.pop(0))
