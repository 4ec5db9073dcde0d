"""Where weights lie in the engine's variables."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._core.training_data import TrainingData
from robust_mlp._network import engine_cache
from robust_mlp._network.graph import weight_layout
from robust_mlp._network.graph.weight_layout import WeightLayout
from robust_mlp._network.training import train

SHAPES = [(3, 4), (4,), (40, 50), (4, 2), (2,)]
IS_KERNEL = [True, False, True, True, False]
RNG = np.random.default_rng(0)
ARRAYS = [RNG.normal(size=shape).astype(np.float32) for shape in SHAPES]


@pytest.fixture(params=["all joined", "one apart", "all apart", "may not join"])
def placed(request, monkeypatch):
    fewest = {"all joined": 10**6, "one apart": 2000, "all apart": 1}
    monkeypatch.setattr(weight_layout, "FEWEST_APART", fewest.get(request.param, 10**6))
    return WeightLayout(SHAPES, IS_KERNEL, may_join=request.param != "may not join")


def test_large_arrays_are_apart_and_the_others_joined_with_kernels_first(monkeypatch):
    monkeypatch.setattr(weight_layout, "FEWEST_APART", 2000)
    assert WeightLayout(SHAPES, IS_KERNEL).groups == [[2], [0, 3, 1, 4]]


def test_weights_come_back_as_they_were(placed):
    for part, array in zip(placed.split_by_shape(placed.joined(ARRAYS)), ARRAYS, strict=True):
        assert_array_equal(part, array)
    tensors = [tf.constant(array) for array in ARRAYS]
    for joined, value in zip(placed.joined_tensors(tensors), placed.joined(ARRAYS), strict=True):
        assert_array_equal(joined, value)
    for part, array in zip(placed.parted_tensors(placed.joined_tensors(tensors)), ARRAYS, strict=True):
        assert_array_equal(part, array)


def test_kernels_decay_and_nothing_else(placed):
    values = placed.joined_tensors([tf.constant(array) for array in ARRAYS])
    decayed = placed.parted_tensors(placed.decayed(values, 0.5))
    for part, array, is_kernel in zip(decayed, ARRAYS, IS_KERNEL, strict=True):
        assert_allclose(part, array * (0.5 if is_kernel else 1.0))


@pytest.mark.parametrize("n_members", [1, 3])
def test_training_does_not_depend_on_where_weights_lie(n_members, monkeypatch):
    rows, codes = RNG.normal(size=(90, 4)).astype(np.float32), (np.arange(90) % 3).astype(np.int32)
    weights, where = np.ones(90, np.float32), np.arange(90)
    parts = np.array_split(where, 3)[:n_members]
    data = TrainingData(
        rows=rows,
        codes=codes,
        weights=weights,
        eval_rows=(rows, codes, weights),
        n_classes=3,
        train=[np.setdiff1d(where, part) for part in parts],
        held_out=parts,
    )
    plan = TrainingPlan(hidden_layer_sizes=(8,), n_members=n_members, max_iter=3, weight_decay=0.1, clip_norm=0.5)
    trained = []
    for fewest in (1, 10**6):
        monkeypatch.setattr(weight_layout, "FEWEST_APART", fewest)
        engine_cache.clear()
        trained.append(train(plan, data, spawn_seeds(0)).network.weights.trainable)
    engine_cache.clear()
    for apart, joined in zip(*trained, strict=True):
        assert_allclose(apart, joined, atol=1e-6)
