"""Whether a thread traces for XLA is that thread's own, and over with the block."""

import threading

import pytest

from robust_mlp._network.graph.xla_tracing import for_xla, is_for_xla


def test_only_inside_the_block():
    assert not is_for_xla()
    with for_xla():
        assert is_for_xla()
    assert not is_for_xla()


def test_it_ends_when_the_body_raises():
    with pytest.raises(KeyError), for_xla():
        raise KeyError
    assert not is_for_xla()


def test_other_threads_trace_as_before():
    found = []
    with for_xla():
        thread = threading.Thread(target=lambda: found.append(is_for_xla()))
        thread.start()
        thread.join()
    assert found == [False]


def test_another_threads_block_does_not_end_ours():
    begun, may_end = threading.Event(), threading.Event()

    def run():
        with for_xla():
            begun.set()
            assert may_end.wait(60)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(60)
    with for_xla():
        may_end.set()
        thread.join()
        assert is_for_xla()
