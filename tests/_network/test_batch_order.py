"""Row orders: every row in every epoch, the same order for the same seed."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._network.batch_order import GRAIN, RowStream
from robust_mlp._network.graph.graph_inputs import TableTensors, shared, weights_of
from robust_mlp._system.aligned_arrays import ALIGNMENT


@pytest.mark.parametrize("n_rows, batch_size", [(1, 5), (10, 10), (10, 3), (257, 256), (1000, 7)])
def test_batches_are_equal_in_size_and_hold_every_row_in_every_epoch(n_rows, batch_size):
    stream = RowStream([np.arange(n_rows)], batch_size, shuffle=True, seed=0)
    orders = stream.next_epochs(3)
    assert stream.batch_size <= batch_size
    assert orders.shape == (3, 1, stream.n_steps, stream.batch_size)
    for order in orders.reshape(3, -1):
        assert set(order) == set(range(n_rows))
        assert len(order) - n_rows < GRAIN * stream.n_steps


def test_tables_of_many_sizes_share_few_shapes_of_batches():
    sizes = {RowStream([np.arange(n)], 32, shuffle=True, seed=0).batch_size for n in range(200, 900)}
    assert sizes <= {24, 32}


def test_the_order_does_not_depend_on_how_many_epochs_are_drawn_at_a_time():
    def stream():
        return RowStream([np.arange(20), np.arange(5, 25)], 6, shuffle=True, seed=3)

    at_once, one_by_one = stream(), stream()
    assert_array_equal(at_once.next_epochs(4), np.concatenate([one_by_one.next_epochs(1) for _ in range(4)]))


def test_members_and_epochs_have_orders_of_their_own_and_members_their_own_rows():
    orders = RowStream([np.arange(50), np.arange(50, 100)], 10, shuffle=True, seed=0).next_epochs(2)
    first, second = orders[:, 0], orders[:, 1]
    assert not np.array_equal(first[0], first[1])
    assert first.max() < 50 <= second.min()
    assert not np.array_equal(first[0], second[0] - 50)


def test_without_shuffling_rows_come_as_they_are():
    orders = RowStream([np.array([4, 2, 9])], 2, shuffle=False, seed=0).next_epochs(2)
    assert_array_equal(orders[:, 0], [[[4, 2], [9, 4]], [[4, 2], [9, 4]]])


def test_a_member_with_few_rows_meets_each_of_them_again_before_any_a_third_time():
    orders = RowStream([np.arange(20), np.arange(7)], 8, shuffle=True, seed=0).next_epochs(1)
    counts = np.bincount(orders[0, 1].ravel(), minlength=7)
    assert orders[0, 1].size == 24
    assert set(counts.tolist()) == {3, 4}


def test_orders_can_be_read_by_tensorflow_where_they_are():
    orders = RowStream([np.arange(1000)], 32, shuffle=True, seed=0).next_epochs(3)
    assert orders.ctypes.data % ALIGNMENT == 0
    tensor = shared(orders)
    orders[:] = 7
    assert (tensor.numpy() == 7).all()


def test_a_draw_of_ones_own_replaces_the_permutation():
    def first_row_only(rows, rng, n_draws):
        del rng
        return np.repeat(rows[:1], n_draws)

    orders = RowStream([np.array([7, 8, 9])], 2, shuffle=True, seed=0, draw=first_row_only).next_epochs(1)
    assert_array_equal(orders.ravel(), [7, 7, 7, 7])


@pytest.mark.parametrize("is_single", [True, False])
def test_a_weight_that_all_rows_share_is_one_number_for_tensorflow_too(is_single):
    weights = np.broadcast_to(np.float32(1.5), (50,)) if is_single else np.arange(50, dtype=np.float32)
    table = TableTensors.of(np.zeros((50, 2), np.float32), np.zeros(50, np.int32), weights)
    assert table.weights.shape == ((1,) if is_single else (50,))
    rows = np.array([[3, 49], [0, 7]], np.int32)
    assert_array_equal(weights_of(table.weights)(rows), weights[rows])


@pytest.mark.parametrize("n_before", [0, 1, 3])
def test_a_stream_goes_on_from_the_state_of_its_generators(n_before):
    def stream():
        return RowStream([np.arange(21), np.arange(5, 26)], 6, shuffle=True, seed=3)

    before = stream()
    before.next_epochs(n_before)
    after = stream()
    after.go_on(before.generators)
    assert_array_equal(after.next_epochs(2), before.next_epochs(2))
    assert not np.array_equal(after.next_epochs(1), stream().next_epochs(1))
