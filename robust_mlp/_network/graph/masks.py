"""Dropout whose masks are windows of a table, drawn once per training, that each step reads at a place of its own.

Keras' Dropout draws and threads a seed state per layer, and drawing masks in the graph in any way takes longer than
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
# Places at which a step may begin to read. Two steps have the same masks with probability 1 / PLACES; otherwise the
# same value of the network is dropped independently in both.
PLACES = 2**14
# Between two places, in values: TensorFlow takes a slice without copying it where it begins on 64 bytes.
APART = 16
WORDS_PER_DRAW = 4  # what one counter value of NumPy's Philox gives


class Masks:
    """The masks of one training, in NumPy.

    Parameters
    ----------
    seed : int
    layers : sequence of (str, int)
        Kind and width of every dropout layer, in the order in which the network calls them.
    n_rows : int
        Of a batch.
    rates : dict of str to float
        By kind of layer.
    n_members : int, default=1

    Attributes
    ----------
    tables : tuple of ndarray of shape (n_values,), dtype float32
        Of each kind: 0, or 1 / (1 - rate) for what is kept. Empty where the network has no such layer.
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
        """Where each step's window begins, in all tables: shape (n_members * n_steps, 1), int32, member by member.

        The same for a step however many are asked for.
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
    """How a step's window is cut into masks: the same in all steps, so worth computing before the first.

    Parameters
    ----------
    n_rows : tensor, int32
        Of a batch.
    layers : sequence of (str, int)

    Returns
    -------
    lengths : dict of str to (tensor of shape (2 * n_layers,), tensor of shape (1,)), dtype int32
        By kind of layer: the values of each mask, and in turn those between it and the next; those of the window.
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
        Of `lengths_of_masks`.
    layers : sequence of (str, int)

    Returns
    -------
    masks : list of tensor
        Of 0 and 1 / (1 - rate), for the output of each layer in turn.
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
    """While the model is called in here, its dropout layers take these masks, one after the other."""
    _current.masks = list(masks)
    try:
        yield
    finally:
        _current.masks = None


def _window(table, begin, size):
    """The values of a table from `begin` on, as many as `size`, both of shape (1,)."""
    if not is_for_xla():
        return tf.slice(table, begin, size)
    # XLA would compile a slice anew for each place where it begins.
    lines = tf.range(-(-size[0] // APART)) + begin[0] // APART
    return tf.reshape(tf.gather(tf.reshape(table, [-1, APART]), lines), [-1])[: size[0]]


@with_gradient
def masked(inputs, mask):
    """The product, of equal shapes. TensorFlow's own gradient would look for axes to sum over in every step."""
    return inputs * mask, lambda upstream: (upstream * mask, None)


@keras.saving.register_keras_serializable(package="robust_mlp")
class MaskedDropout(keras.layers.Dropout):
    """Keras' Dropout, save that inside `handed_out` its mask comes from there."""

    def call(self, inputs, training=False):
        masks = getattr(_current, "masks", None)
        if masks is None or not training:
            return super().call(inputs, training=training)
        return masked(inputs, masks.pop(0))
