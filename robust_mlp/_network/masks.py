"""Dropout whose masks come from tables of random bits, drawn once per training, for all layers together.

Keras' Dropout draws and threads a seed state per layer, which nearly doubles an epoch of a small network; drawing fresh
bits for every step costs most of that too. Outside the engine the layer is exactly Keras' Dropout."""

import threading

import keras
import numpy as np
import tensorflow as tf

_current = threading.local()  # the masks of the step that this thread is tracing
LEVELS = 2**16  # a rate is rounded to the nearest 1/65536
# A step reads each of two tables from a place of its own, one of so many, and combines them by exclusive or. Two steps
# share a mask with probability 1 / PLACES**2, and otherwise have independent ones, value by value.
PLACES = 2**13
# Between two places, in words: TensorFlow takes a slice without copying it where it begins on 64 bytes.
WORDS_APART = 16
WORDS_PER_DRAW = 4  # what one counter value of NumPy's Philox gives


class MaskBits:
    """The random bits of one training, in NumPy: two tables, and where each step reads them.

    Parameters
    ----------
    seed : int
    n_values : int
        Values that dropout acts on in one step.

    Attributes
    ----------
    words : ndarray of shape (2, n_words), dtype int32
        Each holds two values' bits.
    """

    def __init__(self, seed, n_values):
        self._seed = seed
        n_words = (n_values + 1) // 2 + PLACES * WORDS_APART if n_values else 0
        drawn = np.random.Generator(np.random.PCG64(seed)).bytes(2 * 4 * n_words)
        self.words = np.frombuffer(drawn, np.int32).reshape(2, n_words)

    def places(self, first_step, n_steps):
        """Where steps begin to read, shape (n_steps, 2), int32: the same for a step however many are asked for."""
        counted = np.random.Philox(key=self._seed, counter=first_step)
        drawn = counted.random_raw(n_steps * WORDS_PER_DRAW).reshape(n_steps, WORDS_PER_DRAW)[:, :2]
        return (drawn % PLACES * WORDS_APART).astype(np.int32)


class StepMasks:
    """The masks of one training step, handed out layer by layer while the step is traced.

    Parameters
    ----------
    words : tensor of shape (2, n_words), dtype int32
    place : tensor of shape (2,), dtype int32
    n_values : tensor, int32
    rates : dict of str to tensor
        By kind of layer.
    """

    def __init__(self, words, place, n_values, rates):
        n_words = (n_values + 1) // 2
        first, second = (words[i][place[i] : place[i] + n_words] for i in range(2))
        self._bits = tf.reshape(tf.bitcast(tf.bitwise.bitwise_xor(first, second), tf.uint16), [-1])
        self._rates = rates
        self._used = 0
        self._kept = {}

    def mask(self, shape, kind):
        """A tensor of 0 and 1 / (1 - rate) for one layer's output."""
        if kind not in self._kept:  # compared once for all layers of a kind: a few large operations, not many small
            rate = self._rates[kind]
            kept = self._bits >= tf.cast(tf.round(rate * LEVELS), tf.uint16)
            self._kept[kind] = tf.cast(kept, tf.float32) * (1.0 / (1.0 - rate))
        size = tf.reduce_prod(shape)
        mask = tf.reshape(self._kept[kind][self._used : self._used + size], shape)
        self._used += size
        return mask

    def __enter__(self):
        _current.masks = self
        return self

    def __exit__(self, *_):
        _current.masks = None


@tf.custom_gradient
def masked(inputs, mask):
    """The product, of equal shapes. TensorFlow's own gradient would look for axes to sum over in every step."""
    return inputs * mask, lambda upstream: (upstream * mask, None)


@keras.saving.register_keras_serializable(package="robust_mlp")
class MaskedDropout(keras.layers.Dropout):
    """Keras' Dropout, save that inside `StepMasks` its mask comes from there.

    Parameters
    ----------
    kind : {"hidden", "input"}
        Which of the rates applies.
    """

    def __init__(self, rate, kind="hidden", **kwargs):
        super().__init__(rate, **kwargs)
        self.kind = kind

    def call(self, inputs, training=False):
        masks = getattr(_current, "masks", None)
        if masks is None or not training:
            return super().call(inputs, training=training)
        return masked(inputs, masks.mask(tf.shape(inputs), self.kind))

    def get_config(self):
        return super().get_config() | {"kind": self.kind}
