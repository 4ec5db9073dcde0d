"""A flag for each thread: whether XLA will compile the traced code.

XLA compiles some operations badly or not at all."""

import contextlib
import threading

_threads = threading.local()


@contextlib.contextmanager
def for_xla():
    """Mark code that this thread traces in this context as code for XLA."""
    _threads.for_xla = True
    try:
        yield
    finally:
        _threads.for_xla = False


def is_for_xla():
    """Whether this thread is inside `for_xla`."""
    return getattr(_threads, "for_xla", False)
