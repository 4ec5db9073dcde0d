"""What is handed to the graph: arrays whose memory is shared where that is safe, and the state of the stopping rule."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_array_equal

from robust_mlp._network.graph.graph_inputs import Stopping, TableTensors, shared, weights_of
from robust_mlp._system.aligned_arrays import ALIGNMENT


def at_a_line(n, dtype=np.float32, skip=0):
    """Numbers from 0 whose memory begins `skip` bytes after a line."""
    memory = np.zeros(n * np.dtype(dtype).itemsize + 2 * ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT + skip
    array = memory[begin : begin + n * np.dtype(dtype).itemsize].view(dtype)
    array[:] = np.arange(n)
    return array


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_an_array_that_begins_at_a_line_is_shared_and_not_copied(dtype):
    array = at_a_line(50, dtype).reshape(10, 5)
    tensor = shared(array)
    assert_array_equal(tensor, array)
    array[3, 2] = 99  # seen on the other side: it is the same memory
    assert int(tensor[3, 2]) == 99


@pytest.mark.parametrize(
    "array",
    [
        at_a_line(50, skip=4),
        at_a_line(50).reshape(10, 5)[:, ::2],
        np.broadcast_to(at_a_line(5), (10, 5)),
        np.zeros((0, 5), np.float32),
    ],
    ids=["unaligned", "strided", "read-only", "empty"],
)
def test_any_other_array_is_copied(array):
    tensor, before = shared(array), array.copy()
    assert tensor.dtype == tf.float32
    if array.flags.writeable:
        array[...] = 7
    assert_array_equal(tensor, before)


def test_a_number_that_all_rows_share_is_handed_over_once():
    weights = np.broadcast_to(np.float32(0.5), (1000,))
    tensor = shared(weights)
    assert tensor.shape == (1,)
    assert_array_equal(tensor, [0.5])


@pytest.mark.parametrize("rows", [[0, 3], [[1, 2], [3, 0]]])
def test_weights_of_rows_are_looked_up(rows):
    weights = np.float32([1, 2, 3, 4])
    assert_array_equal(weights_of(tf.constant(weights))(tf.constant(rows)), weights[np.array(rows)])


def test_the_one_weight_of_all_rows_is_found_for_each():
    assert_array_equal(weights_of(tf.constant([0.5]))(tf.constant([[0, 7], [3, 0]])), np.full((2, 2), 0.5))


def test_two_tables_share_the_arrays_that_are_the_same():
    rows, codes, weights = np.ones((4, 2), np.float32), np.zeros(4, np.int32), np.ones(4, np.float32)
    table = TableTensors.of(rows, codes, weights)
    other = TableTensors.of(rows, codes + 1, weights, like=((rows, codes, weights), table))
    assert other.rows is table.rows and other.weights is table.weights
    assert other.codes is not table.codes
    assert_array_equal(other.codes, [1, 1, 1, 1])
    equal = TableTensors.of(rows.copy(), codes, weights, like=((rows, codes, weights), table))
    assert equal.rows is not table.rows  # the same array counts, and not the same numbers


@pytest.mark.parametrize(
    "waited, patience, is_over",
    [([2, 3], 3, False), ([3, 3], 3, True), ([4, 3], 3, True), ([9, 9], np.inf, False), ([0], 0, True)],
)
def test_training_is_over_when_all_groups_have_waited(waited, patience, is_over):
    stopping = Stopping(
        rows=np.zeros((1, 0), np.int32),
        mask=np.zeros((1, 0), np.float32),
        best=np.zeros(len(waited), np.float32),
        waited=np.float32(waited),
        patience=patience,
    )
    assert stopping.is_over == is_over
