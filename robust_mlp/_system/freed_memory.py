"""Freed memory goes back to the system, which glibc leaves to whoever asks.

A training runs on several threads, and for each of them glibc keeps what it freed: tens of megabytes in all, the more
the more trainings ran. Elsewhere than on glibc nothing is done."""

import ctypes
import functools
import sys
import threading
import time

# Giving back takes some milliseconds: so seldom that it is next to nothing of any search's time.
SECONDS_BETWEEN = 1.0

_lock = threading.Lock()
_last = -SECONDS_BETWEEN


def give_back():
    """Give freed memory back to the system, unless that was done a moment ago.

    Returns
    -------
    is_done : bool
    """
    global _last
    malloc_trim = _malloc_trim()
    if malloc_trim is None:
        return False
    with _lock:
        now = time.monotonic()
        if now - _last < SECONDS_BETWEEN:
            return False
        _last = now
    malloc_trim(0)
    return True


def _malloc_trim():
    """glibc's function, see malloc_trim(3); None where the process has none."""
    return getattr(_c_library(), "malloc_trim", None) if sys.platform == "linux" else None


@functools.cache
def _c_library():
    return ctypes.CDLL(None)  # each has classes of its own, in cycles that would stay until they are collected
