"""What the graph measures on held-out rows is what NumPy finds."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose
from scipy.special import softmax

from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.losses import row_losses
from robust_mlp._core.temperature import DEVIATION_OF_LOG, best_inverse_temperature, refined_losses
from robust_mlp._network.graph.held_out import held_out_figures
from tests._network.graph.examples import of_members

RNG = np.random.default_rng(0)


def test_held_out_figures_are_those_of_numpy():
    rng = np.random.default_rng(0)  # the figures below hold for these rows, whatever other tests have drawn
    codes, logits = of_members(rng=rng)
    mask = np.ones((3, 40), np.float32)
    mask[1, 30:] = 0
    weights = rng.uniform(0.5, 2, (3, 40)).astype(np.float32) * mask
    offsets, factors = np.float32([0.1, -0.2, 0, 0.3]), np.float32([1, 2, 1, 0.5])
    views = np.array([0, 1, 0])
    as_they_are = np.stack([offsets, factors, np.zeros(4, np.float32), np.ones(4, np.float32)])
    given = list(map(tf.constant, (logits, codes, weights, mask, as_they_are)))
    loss, untempered, refined, accuracy, share, spread = held_out_figures(*given, views, tempers=tf.constant(0.0))
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    own = np.take_along_axis(probabilities, codes[..., np.newaxis], -1)[..., 0]
    chosen, seen = logits.argmax(-1), mask > 0
    assert_allclose(loss, untempered, rtol=1e-5)
    assert_allclose(loss, (weights * -np.log(own)).sum() / weights.sum(), rtol=1e-5)
    assert_allclose(accuracy, (weights * (chosen == codes)).sum() / weights.sum(), rtol=1e-6)
    assert_allclose(share, np.bincount(chosen[seen], minlength=4) / seen.sum(), rtol=1e-6)
    assert_allclose(spread, max(probabilities[k][seen[k]].std(0).max() for k in range(3)), rtol=1e-5)
    for view in (0, 1):
        of_view = views == view
        cells = of_view[:, np.newaxis] & seen
        row_weights = weights[cells] * factors[codes[cells]]
        factor = best_inverse_temperature(logits[cells], codes[cells], row_weights, offsets)
        z = factor * logits[cells] + offsets
        losses = np.log(np.exp(z).sum(-1)) - z[np.arange(len(z)), codes[cells]]
        cost = (np.log(factor) / DEVIATION_OF_LOG) ** 2 / 2
        assert_allclose(refined[view], (row_weights @ losses + cost) / row_weights.sum(), rtol=1e-3)
    # The epoch of members 0 and 2 is chosen by each other's rows; member 1 has only its own.
    assert_allclose(refined[3], refined[1], rtol=1e-6)
    masses = (weights * factors[codes]).sum(axis=1)
    assert_allclose(refined[2] * masses[2] + refined[4] * masses[0], refined[0] * masses[[0, 2]].sum(), rtol=0.01)
    flipped = codes.copy()
    flipped[0] = (codes[0] + 1) % 4
    again = refined_losses(logits.swapaxes(1, 2), flipped, weights, np.stack([0 * offsets, np.ones(4)]), views)
    before = refined_losses(logits.swapaxes(1, 2), codes, weights, np.stack([0 * offsets, np.ones(4)]), views)
    # Its own labels reach it only through the temperature that both members share.
    assert abs(again[2] - before[2]) < 0.2 * abs(again[4] - before[4])
    of_numpy = refined_losses(logits.swapaxes(1, 2), codes, weights, np.stack([offsets, factors]), views)
    assert_allclose(of_numpy, refined, rtol=1e-5)


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_loss_that_is_told_is_that_of_tempered_probabilities_in_the_shares_of_the_data(is_shared):
    codes, logits = of_members()
    logits *= 5  # overconfident, so that the temperature matters
    codes = np.broadcast_to(codes[:1], codes.shape) if is_shared else codes
    weights = np.broadcast_to(RNG.uniform(0.5, 2, (1, 40)), (3, 40)).astype(np.float32)
    offsets, factors = np.float32([0.5, -1, 0, 0.3]), np.float32([1, 2, 0.7, 0.5])
    corrections = np.stack([np.zeros(4, np.float32), np.ones(4, np.float32), offsets, factors])
    views = np.array([0, 1, 0])
    given = map(tf.constant, (logits, codes, weights, np.ones((3, 40), np.float32), corrections))
    found = held_out_figures(*given, views, tempers=tf.constant(1.0), is_shared=is_shared)
    P = np.empty((3, 40, 4))
    for view in (0, 1):
        own = views == view
        factor = best_inverse_temperature(logits[own].reshape(-1, 4), codes[own].ravel(), weights[own].ravel())
        P[own] = softmax(factor * logits[own].astype(float), axis=-1)
    if is_shared:
        P = np.broadcast_to(P.mean(axis=0), P.shape)
    shifted = shift_log_odds(P.reshape(-1, 4), offsets)
    told_weights = weights.ravel() * factors[codes.ravel()]
    losses = row_losses(shifted, codes.ravel())
    assert_allclose(found.loss, np.average(losses, weights=told_weights), rtol=5e-3)  # five Newton steps
    is_right = shifted.argmax(axis=1) == codes.ravel()
    assert_allclose(found.accuracy, np.average(is_right, weights=told_weights), atol=0.02)
    assert found.untempered > 1.2 * found.loss
