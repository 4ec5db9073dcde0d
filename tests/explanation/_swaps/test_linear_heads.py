"""Heads of members that share features: their logits give the probabilities of the network."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.losses import softmax
from robust_mlp._prediction.network import Network
from robust_mlp.explanation._swaps.linear_heads import LinearHeads, between_classes
from robust_mlp.explanation._swaps.members import probabilities_of


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("has_path", [False, True])
def test_logits_give_the_probabilities_of_each_member(n_classes, has_path):
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(2, 4, n_classes)), rng.normal(size=(2, 1, n_classes))
    path = rng.normal(size=kernel.shape) if has_path else None
    network = Network("linear", (kernel,), (bias,), path)
    features = rng.normal(size=(6, 4))
    found = LinearHeads.of(network).logits(features)
    assert len(found) == 2
    for member, logits in enumerate(found):
        assert_allclose(probabilities_of(logits), softmax(network.logits(features, member)), atol=1e-12)


def test_two_classes_need_their_difference_only():
    assert_array_equal(between_classes(np.array([[1.0, 4.0]])), [[3.0]])
    assert_array_equal(between_classes(np.array([[1.0, 4.0, 5.0]])), [[1.0, 4.0, 5.0]])
