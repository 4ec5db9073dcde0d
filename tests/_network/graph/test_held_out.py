"""What the graph measures on held-out rows is what NumPy finds."""

import numpy as np
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._core.temperature import DEVIATION_OF_LOG, best_inverse_temperature, refined_losses
from robust_mlp._network.graph.held_out import held_out_figures
from tests._network.graph.examples import of_members

RNG = np.random.default_rng(0)


def test_held_out_figures_are_those_of_numpy():
    codes, logits = of_members()
    mask = np.ones((3, 40), np.float32)
    mask[1, 30:] = 0
    weights = RNG.uniform(0.5, 2, (3, 40)).astype(np.float32) * mask
    offsets, factors = np.float32([0.1, -0.2, 0, 0.3]), np.float32([1, 2, 1, 0.5])
    views = np.array([0, 1, 0])
    loss, refined, accuracy, share, spread = held_out_figures(
        *map(tf.constant, (logits, codes, weights, mask, np.stack([offsets, factors]))), views
    )
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    own = np.take_along_axis(probabilities, codes[..., np.newaxis], -1)[..., 0]
    chosen, seen = logits.argmax(-1), mask > 0
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
    assert abs(again[2] - before[2]) < 0.05 < abs(again[4] - before[4])
    of_numpy = refined_losses(logits.swapaxes(1, 2), codes, weights, np.stack([offsets, factors]), views)
    assert_allclose(of_numpy, refined, rtol=1e-5)
