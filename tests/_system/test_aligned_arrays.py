"""Arrays that begin at a memory line: at any shape and dtype, and TensorFlow then reads them where they are."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._system.aligned_arrays import ALIGNMENT, aligned, empty_aligned


@pytest.mark.parametrize("shape", [(1,), (3, 5), (7, 1, 2), ()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, "uint8"])
def test_an_array_begins_at_a_memory_line_and_has_its_rows_in_order(shape, dtype):
    for _ in range(20):  # NumPy's own memory begins at a line by chance one time out of four
        array = empty_aligned(shape, dtype)
        assert array.ctypes.data % ALIGNMENT == 0
        assert array.shape == shape and array.dtype == np.dtype(dtype)
        assert array.flags.c_contiguous and array.flags.writeable


@pytest.mark.parametrize("shape", [(0,), (0, 4), (3, 0)])
def test_an_array_without_cells_has_its_shape(shape):
    assert empty_aligned(shape, np.float32).shape == shape
    assert aligned(np.zeros(shape), np.float32).shape == shape


def test_arrays_do_not_share_memory():
    one, two = empty_aligned((4,), np.float32), empty_aligned((4,), np.float32)
    one[:], two[:] = 1, 2
    assert_array_equal(one, 1)


def test_all_of_an_array_can_be_written_to():
    array = empty_aligned((1000, 3), np.float64)
    array[:] = np.arange(3000.0).reshape(1000, 3)
    assert_array_equal(array.ravel(), np.arange(3000.0))


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_copy_holds_the_same_values_and_leaves_the_array_alone(order):
    given = np.asarray(np.random.default_rng(0).integers(0, 99, (6, 4)), dtype=np.int64, order=order)
    before = given.copy()
    copy = aligned(given, np.float32)
    assert copy.dtype == np.float32 and copy.flags.c_contiguous
    assert copy.ctypes.data % ALIGNMENT == 0
    assert_array_equal(copy, given)
    copy[:] = -1
    assert_array_equal(given, before)


def test_a_view_that_begins_between_two_lines_is_copied_to_one():
    memory = np.arange(100, dtype=np.float32)
    between = next(memory[start:] for start in range(16) if memory[start:].ctypes.data % ALIGNMENT)
    assert_array_equal(aligned(between, np.float32), between)
    assert aligned(between, np.float32).ctypes.data % ALIGNMENT == 0
