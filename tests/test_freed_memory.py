"""Freed memory that glibc would keep is given back, and not too often."""

import gc
from pathlib import Path

import numpy as np
import pytest

from robust_mlp import _freed_memory
from robust_mlp._freed_memory import SECONDS_BETWEEN, _malloc_trim, give_back

pytestmark = pytest.mark.skipif(_malloc_trim() is None, reason="the C library keeps nothing, or has no malloc_trim")

MEGABYTES, ARRAY_BYTES = 64, 2**14  # small enough that glibc takes them from its heap


def resident_megabytes():
    """Of this process, from Linux' /proc."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.fixture
def _long_ago(monkeypatch):
    monkeypatch.setattr(_freed_memory, "_last", -SECONDS_BETWEEN)


@pytest.mark.usefixtures("_long_ago")
def test_freed_memory_leaves_the_process():
    arrays = [np.ones(ARRAY_BYTES, np.uint8) for _ in range(MEGABYTES * 2**20 // ARRAY_BYTES)]
    last = arrays.pop()  # at the end of the heap, so that glibc cannot shorten it
    del arrays
    gc.collect()
    before = resident_megabytes()
    assert give_back()
    assert resident_megabytes() < before - MEGABYTES / 2
    assert last.all()


@pytest.mark.usefixtures("_long_ago")
def test_not_twice_in_a_moment():
    assert give_back()
    assert not give_back()


def test_elsewhere_nothing_is_done(monkeypatch):
    monkeypatch.setattr(_freed_memory.sys, "platform", "darwin")
    assert not give_back()
