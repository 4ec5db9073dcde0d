"""Tasks in this process: partitions are read when they are needed, or ahead, and kept if they are small."""

import threading

import dask
import numpy as np
import pytest

from robust_mlp.dask._parts import PartSource
from robust_mlp.dask._runners import LocalRunner


class Sized:
    def __init__(self, number, nbytes):
        self.number, self.nbytes = number, nbytes


@pytest.fixture
def reads():
    return []


def runner_of(reads, memory_limit, n=4, nbytes=100):
    runner = LocalRunner(memory_limit)
    sources = [(i, PartSource(dask.delayed(np.ones)(3), dask.delayed(np.zeros)(3))) for i in range(n)]

    def prepare(X, y, weights, number):
        assert weights is None and X.sum() == 3
        reads.append((number, threading.current_thread().name))
        return Sized(number, nbytes)

    runner.keep(sources, prepare)
    return runner


def number_of(part, more=0):
    return part.number + more


def test_calls_are_made_at_once_and_partitions_are_arguments(reads):
    runner = runner_of(reads, 10_000)
    assert runner.results([runner.call(number_of, runner.part(2), 5)]) == [7]
    runner.close()


def test_partitions_that_fit_are_read_once(reads):
    runner = runner_of(reads, 10_000)
    for _ in range(3):
        assert [runner.call(number_of, runner.part(i)) for i in range(4)] == [0, 1, 2, 3]
    assert sorted(number for number, _ in reads) == [0, 1, 2, 3]
    runner.close()


def test_partitions_that_do_not_fit_are_read_again_but_not_twice_in_a_row(reads):
    runner = runner_of(reads, 150)
    for _ in range(2):
        for i in range(3):
            assert [runner.call(number_of, runner.part(i)) for _ in range(2)] == [i, i]
    assert [number for number, _ in reads] == [0, 1, 2, 0, 1, 2]
    runner.close()


def test_the_next_partition_is_read_by_another_thread(reads):
    runner = runner_of(reads, 150)
    runner.expect([0, 2, 1])
    assert [runner.call(number_of, runner.part(i)) for i in (0, 2, 1)] == [0, 2, 1]
    assert [number for number, _ in reads] == [0, 2, 1]
    assert [name.startswith("robust_mlp-partitions") for _, name in reads] == [False, True, True]
    runner.close()


def test_errors_of_a_partition_that_was_read_ahead_reach_the_caller():
    runner = LocalRunner(0)

    def prepare(X, y, weights, number):
        if number == 1:
            raise ValueError("Partition 1: no numbers")
        return Sized(number, 1)

    runner.keep([(i, PartSource(1, 2)) for i in range(2)], prepare)
    runner.expect([0, 1])
    runner.call(number_of, runner.part(0))
    with pytest.raises(ValueError, match="Partition 1: no numbers"):
        runner.call(number_of, runner.part(1))
    runner.close()
