"""Softmax cross-entropy in the graph, and its derivative, from which the backward pass starts."""

import tensorflow as tf


def cross_entropy(codes, logits, smoothing=None):
    """Cross-entropy in nats of each row, and its derivative by the logits.

    One operation computes both. The derivative of a weighted mean is then one product; TensorFlow's tape would need
    twenty operations.

    Parameters
    ----------
    codes : tensor of shape (batch,), dtype int32
    logits : tensor of shape (batch, n_classes), dtype float32
    smoothing : tensor or None
        Share of each label that is spread over all classes (Szegedy et al. 2016, eq. 5).

    Returns
    -------
    losses : tensor of shape (batch,)
    slopes : tensor of shape (batch, n_classes)
    """
    losses, slopes = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(features=logits, labels=codes)
    if smoothing is None:
        return losses, slopes
    n_classes = logits.shape[-1]
    uniform = tf.reduce_logsumexp(logits, axis=-1) - tf.reduce_mean(logits, axis=-1)
    return losses + smoothing * (uniform - losses), slopes + smoothing * (tf.one_hot(codes, n_classes) - 1 / n_classes)
