"""Heads of members: shares of the mean probability, and derivatives on the way back."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._core.losses import softmax
from robust_mlp.explanation.contributions._linear_heads import LinearHeads, add_softmax, head_kernels


def heads(n_classes):
    """(LinearHeads of two members that read four features, kernels, biases)."""
    rng = np.random.default_rng(0)
    kernels, biases = rng.normal(size=(2, 4, n_classes)), rng.normal(size=(2, n_classes))
    return LinearHeads.of(kernels, biases, np.array([0.2, 0.3]), np.float64), kernels, biases


@pytest.mark.parametrize("n_classes", [2, 3])
def test_shares_of_probabilities_are_added(n_classes):
    logits = np.random.default_rng(0).normal(size=(50, n_classes)).astype(np.float32)
    logits[0, 0], logits[1, 1] = 3e38, 3e38
    total = np.ones((50, n_classes))
    add_softmax(logits, 0.25, total)
    assert_allclose(total, 1 + 0.25 * softmax(logits), atol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_members_add_their_shares_and_forward_gives_their_mean(n_classes):
    found, kernels, biases = heads(n_classes)
    features, total = np.random.default_rng(1).normal(size=(6, 4)), np.zeros((6, n_classes))
    found.add_probabilities(features, total)
    each = [softmax(features @ kernel + bias) for kernel, bias in zip(kernels, biases, strict=True)]
    assert_allclose(total, 0.2 * each[0] + 0.3 * each[1], atol=1e-12)
    assert found.vote == 0.5
    assert_allclose(found.forward(features)[0], total / 0.5, atol=1e-12)


def test_the_way_back_gives_derivatives_by_the_features():
    found, *_ = heads(3)
    rng = np.random.default_rng(2)
    features, step, by_probability = rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    by_feature = found.forward(features)[1](by_probability)
    ahead, behind = (found.forward(features + sign * 1e-6 * step)[0] for sign in (1, -1))
    numeric = (by_probability * (ahead - behind)).sum(axis=1) / 2e-6
    assert_allclose((by_feature * step).sum(axis=1), numeric, rtol=1e-5, atol=1e-8)


def test_a_linear_path_is_a_part_of_the_kernels():
    kernels = np.ones((2, 4, 3), np.float32)
    assert_allclose(head_kernels(SimpleNamespace(kernels=(kernels,), linear_path=None)), 1)
    found = head_kernels(SimpleNamespace(kernels=(kernels,), linear_path=2 * kernels))
    assert found.dtype == np.float64
    assert_allclose(found, 3)
