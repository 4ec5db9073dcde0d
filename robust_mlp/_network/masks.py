"""Dropout whose random bits are drawn once per training step for all layers together.

Keras' Dropout draws and threads a seed state per layer, which nearly doubles an epoch of a small network. Outside the
engine the layer is exactly Keras' Dropout."""

import threading

import keras
import tensorflow as tf

_current = threading.local()  # the mask source of the step that this thread is tracing
LEVELS = 2**16  # a rate is rounded to the nearest 1/65536


class MaskSource:
    """The random bits of one training step, handed out layer by layer while the step is traced."""

    def __init__(self, seed, step, n_values, rates):
        # Philox, counter-based: the same (seed, step) gives the same bits on every run and thread.
        words = tf.random.stateless_uniform(
            [(n_values + 1) // 2], tf.stack([seed, step]), minval=None, maxval=None, dtype=tf.int32, alg="philox"
        )
        self._bits = tf.reshape(tf.bitcast(words, tf.uint16), [-1])
        self._rates = rates
        self._used = 0

    def mask(self, shape, kind):
        """A tensor of 0 and 1 / (1 - rate) for one layer's output."""
        rate = self._rates[kind]
        size = tf.reduce_prod(shape)
        bits = tf.reshape(self._bits[self._used : self._used + size], shape)
        self._used += size
        threshold = tf.cast(tf.round(rate * LEVELS), tf.uint16)
        return tf.where(bits >= threshold, 1.0 / (1.0 - rate), 0.0)

    def __enter__(self):
        _current.source = self
        return self

    def __exit__(self, *_):
        _current.source = None


@keras.saving.register_keras_serializable(package="robust_mlp")
class MaskedDropout(keras.layers.Dropout):
    """Keras' Dropout, save that inside a `MaskSource` its mask comes from there.

    Parameters
    ----------
    kind : {"hidden", "input"}
        Which of the source's rates applies.
    """

    def __init__(self, rate, kind="hidden", **kwargs):
        super().__init__(rate, **kwargs)
        self.kind = kind

    def call(self, inputs, training=False):
        source = getattr(_current, "source", None)
        if source is None or not training:
            return super().call(inputs, training=training)
        return inputs * source.mask(tf.shape(inputs), self.kind)

    def get_config(self):
        return super().get_config() | {"kind": self.kind}
