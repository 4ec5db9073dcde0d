"""InputChange: a kernel and a bias behind other inputs answer as before."""

import numpy as np
from numpy.testing import assert_allclose

from robust_mlp._core.input_change import InputChange


def change_of(*, flags=()):
    """The second input has moved to the front, the first has gone to the end, a third one is new between them."""
    return InputChange(
        source=np.array([1, -1, 0]),
        factor=np.array([4.0, 1.0, 0.5]),
        shift=np.array([3.0, 0.0, -2.0]),
        flags=np.array(flags, dtype=int).reshape(-1, 2),
    )


def test_a_layer_answers_as_before():
    rng = np.random.default_rng(0)
    new = rng.standard_normal((20, 3))
    old = np.stack([0.5 * new[:, 2] - 2, 4 * new[:, 0] + 3], axis=1)
    kernel, bias = rng.standard_normal((2, 5)), rng.standard_normal(5)
    change = change_of()
    assert_allclose(new @ change.of_kernel(kernel) + change.into_bias(kernel) + bias, old @ kernel + bias)


def test_each_member_follows_its_own_kernel():
    kernels = np.random.default_rng(1).standard_normal((4, 2, 5))
    change = change_of()
    for member in range(4):
        assert_allclose(change.of_kernel(kernels)[member], change.of_kernel(kernels[member]))
        assert_allclose(change.into_bias(kernels)[member], change.into_bias(kernels[member]))


def test_a_missing_number_answers_as_before_where_it_has_a_flag():
    kernel = np.random.default_rng(2).standard_normal((2, 5))
    change = InputChange(np.array([0, 1]), np.array([2.0, 1.0]), np.array([7.0, 0.0]), np.array([[1, 0]]))
    missing = np.array([[0.0, 1.0]])
    assert_allclose(missing @ change.of_kernel(kernel) + change.into_bias(kernel), missing @ kernel)


def test_mean_gradients_are_those_of_the_new_inputs():
    rng = np.random.default_rng(3)
    new, delta = rng.standard_normal((50, 3)), rng.standard_normal((50, 5))
    new[:, 1] = 0.0  # nothing is known of an input that did not exist
    old = np.stack([0.5 * new[:, 2] - 2, 4 * new[:, 0] + 3], axis=1)
    change = change_of()
    assert_allclose(change.of_mean_gradient(old.T @ delta, delta.sum(axis=0)), new.T @ delta, atol=1e-12)


def test_mean_squares_follow_the_factor():
    squares = np.array([[2.0], [8.0]])
    assert_allclose(change_of().of_mean_square(squares), [[0.5], [0.0], [8.0]])
