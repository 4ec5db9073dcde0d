"""Whether what this thread traces will be compiled by XLA, which takes some operations badly or not at all."""

import contextlib
import threading

_threads = threading.local()


@contextlib.contextmanager
def for_xla():
    """What this thread traces meanwhile is for XLA."""
    _threads.for_xla = True
    try:
        yield
    finally:
        _threads.for_xla = False


def is_for_xla():
    """Whether this thread is inside `for_xla`."""
    return getattr(_threads, "for_xla", False)
