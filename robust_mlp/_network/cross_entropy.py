"""Softmax cross-entropy in the graph and its slopes: what the backward pass starts from."""

import numpy as np
import tensorflow as tf

from robust_mlp._network.transposition import lengthwise, upright


def cross_entropy(codes, logits, smoothing=None):
    """Cross-entropy in nats of each row, and its derivative by the logits.

    Both at once, since the derivative of a weighted mean is then one product, where TensorFlow's tape takes twenty
    operations.

    Parameters
    ----------
    codes : tensor of shape (batch,) or (n_members, batch), dtype int32
    logits : tensor of shape (..., n_classes), dtype float32
    smoothing : tensor or None
        Share of each label that is spread over all classes (Szegedy et al. 2016, eq. 5).

    Returns
    -------
    losses : tensor of shape (...,)
    slopes : tensor of shape (..., n_classes)
    """
    # The batch of a single network is too small for the layout to matter.
    by_row = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits if logits.shape.rank == 2 else _by_class
    losses, slopes = by_row(features=logits, labels=codes)
    if smoothing is None:
        return losses, slopes
    n_classes = logits.shape[-1]
    uniform = tf.reduce_logsumexp(logits, axis=-1) - tf.reduce_mean(logits, axis=-1)
    return losses + smoothing * (uniform - losses), slopes + smoothing * (tf.one_hot(codes, n_classes) - 1 / n_classes)


def _by_class(features, labels):
    """The same as TensorFlow's operation, with classes as the first axis of all that is computed.

    A sum over a handful of neighbours in memory is what TensorFlow is slow at.
    """
    n_classes, dims = features.shape[-1], tf.shape(features)
    logits = lengthwise(tf.reshape(features, [-1, n_classes]))
    right = tf.cast(tf.reshape(labels, [-1]) == tf.constant(np.arange(n_classes)[:, np.newaxis], tf.int32), tf.float32)
    logits -= tf.reduce_max(logits, 0)
    odds = tf.exp(logits)
    total = tf.reduce_sum(odds, 0)
    losses = tf.math.log(total) - tf.reduce_sum(logits * right, 0)
    return tf.reshape(losses, dims[:-1]), tf.reshape(upright(odds / total - right), dims)
