"""Returns freed memory to the system (`malloc_trim`), and makes TensorFlow let go of what it keeps.

A training runs on several threads, and glibc keeps the freed memory of each thread. Together these are tens of
megabytes, and they grow with the number of trainings. On other C libraries this module does nothing."""

import ctypes
import functools
import sys
import threading
import time

# A call takes some milliseconds. At this interval its share of a search's time is negligible.
SECONDS_BETWEEN = 1.0

_lock = threading.Lock()
_last = -SECONDS_BETWEEN


def give_back():
    """Return freed memory to the system, at most once every `SECONDS_BETWEEN`.

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


def forget_kernels():
    """Make TensorFlow drop the kernels of calls that it keeps, those of graphs that are gone included.

    TensorFlow keeps about two megabytes for each function that was ever called, until somebody asks. What is still in
    use is made again at its next call, with the same result. Nothing happens where TensorFlow was not imported.

    Returns
    -------
    is_done : bool
    """
    eager = sys.modules.get("tensorflow.python.eager.context")
    clear = None if eager is None else getattr(eager.context(), "clear_kernel_cache", None)
    if clear is None:
        return False
    clear()
    return True


def _malloc_trim():
    """glibc's malloc_trim(3); None if the C library has no such function."""
    return getattr(_c_library(), "malloc_trim", None) if sys.platform == "linux" else None


@functools.cache
def _c_library():
    return ctypes.CDLL(None)  # cached: each CDLL has classes of its own, in reference cycles
