"""One traced function for the variables of several networks: each has its own, and none waits for a thread forever."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_array_equal

from robust_mlp._network.graph.replicas import Replicas

N = 3


def counters(n):
    """Replicas of a counter that begins at 10."""
    counter = keras.Variable(np.float32(10), name="counter")
    replicas = Replicas(n)
    replicas.add([counter])
    return counter, replicas


@pytest.mark.parametrize("on_one_thread", [True, False])
@pytest.mark.parametrize("n", [1, N])
def test_every_network_has_variables_of_its_own(n, on_one_thread):
    counter, replicas = counters(n)
    traces = []

    def add(amount):
        traces.append(amount)
        counter.assign(counter + amount)
        return 2 * counter.value

    @tf.function(autograph=False)
    def run(offset):
        arguments = [(offset + float(k),) for k in range(n)]
        twice = replicas.call(add, arguments, on_one_thread=on_one_thread)
        return tf.stack(twice), tf.stack([v for k in range(n) for v in replicas.of([counter], k)])

    for turn in (1, 2):
        twice, now = run(tf.constant(1.0))
        expected = 10 + turn * (1 + np.arange(n))
        assert_array_equal(now, expected)  # read after all have been called
        assert_array_equal(twice, 2 * expected)
    assert [float(v) for k in range(n) for v in replicas.of([counter], k)] == expected.tolist()
    assert len(traces) == 1


def test_what_is_added_later_begins_with_its_own_values():
    counter, replicas = counters(N)
    other = keras.Variable(np.float32([1, 2]))
    replicas.add([other])
    for k in range(N):
        first, second = replicas.of([counter, other], k)
        assert float(first) == 10
        assert_array_equal(second, [1, 2])


@pytest.mark.parametrize("waits", [True, False])
def test_what_waits_for_another_thread_is_not_kept_to_one(waits):
    """Otherwise calls on all threads would wait for one that runs what they wait for, and none is left."""
    n = 2 * os.cpu_count() + 1
    counter, replicas = counters(n)

    def add(amount):
        if waits:
            tf.cond(amount > 0, lambda: counter.assign(counter + amount), lambda: counter.value)
        else:
            tf.while_loop(lambda left: left > 0, lambda left: (counter.assign(counter + 1), left - 1)[1:], [amount])
        return counter.value

    @tf.function(autograph=False)
    def run(amount):
        return tf.stack(replicas.call(add, [(amount,)] * n, on_one_thread=True))

    graph = run.get_concrete_function(tf.TensorSpec((), tf.float32)).graph
    called = [op.node_def.attr["f"].func.attr for op in graph.get_operations() if op.type == "MapDefun"]
    assert {"_executor" in attributes for attributes in called} == {not waits}
    for _ in range(20):
        found = run(tf.constant(2.0))
    assert_array_equal(found, np.full(n, 50.0))
