"""A traced network is gone when its engine is."""

import gc

import numpy as np
import pytest

import robust_mlp
from robust_mlp._network.graph.one_replica import for_one_replica
from robust_mlp._network.optimizers import ELEMENTWISE, make_optimizer
from robust_mlp._network.training import train
from tests._network.trainings import PLAN, SEEDS, data_of


def graph_names():
    """Names of the traced graphs that are in memory."""
    from tensorflow.python.framework.func_graph import FuncGraph

    return [graph.name for graph in gc.get_objects() if isinstance(graph, FuncGraph)]


def test_no_graph_outlives_its_engine():
    robust_mlp.clear_cache()
    before = len(graph_names())
    train(PLAN, data_of(), SEEDS)
    robust_mlp.clear_cache()
    assert len(graph_names()) <= before


@pytest.mark.parametrize("name", sorted(ELEMENTWISE - {"FusedAdam"}))
def test_gradients_are_taken_as_they_are(name):
    import keras

    steps = []
    for change in (lambda optimizer: optimizer, for_one_replica):
        optimizer, weights = change(make_optimizer(name)), keras.Variable(np.ones(3, np.float32))
        optimizer.build([weights])
        for _ in range(3):
            optimizer.apply([np.array([1.0, -2.0, 0.5], np.float32)], [weights])
        steps.append(weights.numpy())
    np.testing.assert_array_equal(*steps)
