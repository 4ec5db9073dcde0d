"""Functions that bring their own gradients: what `tf.custom_gradient` gives, with fewer operations."""

import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._network.graph.gradients import with_gradient

X = tf.constant([[1.0, -2.0], [3.0, 0.5]])
Y = tf.constant([[0.2, 4.0], [-1.0, 2.0]])


def cubed(a, b):
    """a^3 b, and its derivatives."""
    return a**3 * b, lambda upstream: (upstream * 3 * a**2 * b, upstream * a**3)


def gradients_of(function, of_graph):
    """The value of a sum over `function`, which is used twice, and its gradients."""

    def run(a, b):
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            total = tf.reduce_sum(tf.sin(function(a, b)) + function(2 * a, b))
        return total, *tape.gradient(total, [a, b])

    return (tf.function(run, autograph=False) if of_graph else run)(X, Y)


@pytest.mark.parametrize("of_graph", [True, False])
def test_the_gradient_is_that_of_tensorflow(of_graph):
    mine = gradients_of(with_gradient(cubed), of_graph)
    theirs = gradients_of(lambda a, b: a**3 * b, of_graph)
    for found, expected in zip(mine, theirs, strict=True):
        assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("of_graph", [True, False])
def test_the_functions_own_gradient_is_taken_whatever_its_operations_are(of_graph):
    rounded = with_gradient(lambda a, b: (tf.round(a) * b, lambda upstream: (7 * upstream, None)))

    def run(a, b):
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            total = tf.reduce_sum(rounded(a, b))
        return tape.gradient(total, [a, b], unconnected_gradients=tf.UnconnectedGradients.ZERO)

    by_a, by_b = (tf.function(run, autograph=False) if of_graph else run)(X, Y)
    assert_allclose(by_a, tf.fill(X.shape, 7.0))
    assert_allclose(by_b, tf.zeros_like(Y))  # None: nobody asks for it


def test_one_tensor_may_come_with_one_gradient():
    doubled = with_gradient(lambda a: (a + 0.0, lambda upstream: 2 * upstream))
    with tf.GradientTape() as tape:
        tape.watch(X)
        total = tf.reduce_sum(doubled(X))
    assert_allclose(tape.gradient(total, X), tf.fill(X.shape, 2.0))


def test_there_are_fewer_operations_than_with_tensorflows_own():
    def n_operations(function):
        @tf.function(autograph=False)
        def run(a, b):
            with tf.GradientTape() as tape:
                tape.watch([a, b])
                total = tf.reduce_sum(function(a, b))
            return tape.gradient(total, [a, b])

        return len(run.get_concrete_function(X, Y).graph.get_operations())

    assert n_operations(with_gradient(cubed)) < n_operations(tf.custom_gradient(cubed))


def test_the_function_keeps_its_name():
    assert with_gradient(cubed).__name__ == "cubed"
    assert with_gradient(cubed).__doc__ == cubed.__doc__
