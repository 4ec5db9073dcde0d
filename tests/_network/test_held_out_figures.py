"""Held-out figures in NumPy are those of the graph."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._network.graph import held_out as in_graph
from robust_mlp._network.held_out_figures import held_out_figures

N_CLASSES, N_ROWS = 4, 30


@pytest.mark.parametrize("tempers", [True, False])
@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("groups", [(0, 0, 0), (0, 1, 0)])
def test_all_figures_are_those_of_the_graph(tempers, is_shared, groups):
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(3, N_CLASSES, N_ROWS)).astype(np.float32) * 4
    codes = rng.integers(0, N_CLASSES, (3, N_ROWS)).astype(np.int32)
    mask = np.ones((3, N_ROWS), np.float32)
    mask[1, 20:] = 0
    weights = rng.uniform(0.5, 2, (3, N_ROWS)).astype(np.float32) * mask
    correction = np.concatenate([rng.normal(size=(1, 4)), rng.uniform(0.5, 2, (1, 4))] * 2).astype(np.float32)
    expected = in_graph.held_out_figures(
        tf.constant(logits.swapaxes(1, 2)),
        codes,
        weights,
        mask,
        tf.constant(correction),
        np.array(groups),
        tempers=tf.constant(float(tempers)),
        is_shared=is_shared,
    )
    refined, figures, share = held_out_figures(
        logits.copy(), codes, weights, mask, correction, np.array(groups), tempers=tempers, is_shared=is_shared
    )
    assert_allclose(refined, expected.refined, rtol=1e-4)
    assert_allclose(share, expected.share, rtol=1e-6)
    names = {"held_out_loss": "loss", "untempered_loss": "untempered", "held_out_accuracy": "accuracy"}
    for mine, theirs in (names | {"spread": "spread"}).items():
        assert_allclose(figures[mine], getattr(expected, theirs), rtol=1e-4, err_msg=mine)
