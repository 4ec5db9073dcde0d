"""Cross-entropy in the graph and its slopes are those of TensorFlow."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._network.graph.cross_entropy import cross_entropy
from tests._network.graph.examples import of_members


@pytest.mark.parametrize("smoothing", [None, 0.2])
def test_cross_entropy_and_its_slopes_are_those_of_tensorflow(smoothing):
    codes, logits = (of_all[0] for of_all in of_members())
    given = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(given)
        smooth = 0.0 if smoothing is None else smoothing
        targets = tf.one_hot(codes, 4) * (1 - smooth) + smooth / 4
        expected = tf.nn.softmax_cross_entropy_with_logits(targets, given)
    losses, slopes = cross_entropy(tf.constant(codes), given, smoothing)
    assert_allclose(losses, expected, rtol=1e-5, atol=1e-6)
    assert_allclose(slopes, tape.gradient(expected, given), rtol=1e-4, atol=1e-6)


def test_cross_entropy_survives_large_logits():
    logits = np.float32([[1e4, -1e4], [-1e4, 1e4]])
    losses, slopes = cross_entropy(tf.constant([0, 0]), tf.constant(logits))
    assert_allclose(losses, [0, 2e4])
    assert_allclose(slopes, [[0, 0], [-1, 1]], atol=1e-7)
