"""One network on sparse rows: the layout of its weights, and gradients against differences of the loss."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

from robust_mlp._core.activations import ACTIVATION_NAMES, activation_called
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.architecture import NetworkShape
from robust_mlp._network.sparse_network import Passes, SparseWeights, n_weights, slope_of

RNG = np.random.default_rng(3)


def shape_of(**changes):
    plan = TrainingPlan(**({"hidden_layer_sizes": (4, 3), "linear_path": True} | changes))
    return NetworkShape.of(plan, 9, 3)


@pytest.mark.parametrize("name", [n for n in ACTIVATION_NAMES if activation_called(n).name == n])
def test_slopes_are_those_of_the_activation(name):
    z = np.array([-4.0, -1.3, -0.2, 0.3, 1.1, 3.5])
    function = activation_called(name).function
    expected = (function(z + 1e-6) - function(z - 1e-6)) / 2e-6
    assert_allclose(slope_of(name)(z.astype(np.float32)), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    "changes, shapes",
    [
        ({}, [(9, 4), (4,), (4, 3), (3,), (3, 3), (3,), (9, 3)]),
        ({"linear_path": False, "hidden_layer_sizes": (4,)}, [(9, 4), (4,), (4, 3), (3,)]),
        ({"hidden_layer_sizes": ()}, [(9, 3), (3,)]),
        (
            {"batch_norm": True, "hidden_layer_sizes": (4,)},
            [(9, 4), (4,), (4,), (4,), (4, 3), (3,), (9, 3)],
        ),
    ],
)
def test_the_arrays_are_those_of_the_model_and_fill_the_vector(changes, shapes):
    shape = shape_of(**changes)
    weights = SparseWeights(shape, np.zeros(n_weights(shape), np.float32))
    assert [array.shape for array in weights.arrays()] == shapes
    for array in weights.arrays():
        array += 1
    assert weights.vector.tolist() == [1.0] * weights.n_used


@pytest.mark.parametrize("changes", [{}, {"batch_norm": True}, {"hidden_layer_sizes": ()}, {"activation": "gelu"}])
def test_gradients_are_differences_of_the_loss(changes):
    shape = shape_of(**changes)
    start = RNG.normal(size=n_weights(shape)) * 0.5  # float64, so that differences are exact enough
    dense = np.where(RNG.random((20, 9)) < 0.4, RNG.normal(size=(20, 9)), 0)
    rows = sparse.csr_array(dense.astype(np.float32))
    slopes = RNG.normal(size=(20, 3))  # the loss is linear in the logits
    masks = [np.where(RNG.random((20, w)) < 0.2, 0, 1.25) for w in shape.hidden_layer_sizes]

    def passes(vector):
        weights, gradient = (SparseWeights(shape, v) for v in (vector.copy(), np.zeros_like(vector)))
        moving = [make(w) for w in shape.hidden_layer_sizes for make in (np.zeros, np.ones)]
        return Passes(shape, weights, gradient, moving if shape.batch_norm else []), gradient

    def loss(vector):
        return float((passes(vector)[0].forward(rows, masks) * slopes).sum())

    one, gradient = passes(start)
    one.forward(rows, masks)
    gradient.first[...] = one.backward(rows, slopes)
    direction = RNG.normal(size=start.shape)
    step = 1e-5
    expected = (loss(start + step * direction) - loss(start - step * direction)) / (2 * step)
    assert_allclose(gradient.vector @ direction, expected, rtol=1e-5)
