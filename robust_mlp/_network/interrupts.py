"""Ctrl-C while a network trains: noted, and acted upon once the epochs under way are done.

Python raises KeyboardInterrupt wherever it is. Where that is a finalizer or a callback of the garbage collector, the
exception is dropped, and the training would go on."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def noted_interrupts():
    """Note the first Ctrl-C instead of raising it; the second is raised at once.

    Only in the main thread, which alone is told of signals, and only where nobody else handles them.

    Yields
    ------
    is_interrupted : callable
        () -> bool, whether Ctrl-C was noted.
    """
    noted = []

    def note(number, frame):
        if noted:
            signal.default_int_handler(number, frame)
        noted.append(number)

    is_main = threading.current_thread() is threading.main_thread()
    is_ours = is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(noted)
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
