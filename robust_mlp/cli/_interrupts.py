"""Ctrl-C while a library reads or writes: readers in C turn it into an error of their own, or drop it."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def interrupts_kept():
    """Raise KeyboardInterrupt when the body ends if Ctrl-C came meanwhile, whatever the body made of it.

    Only in the main thread, which alone is told of signals, and only where nobody else handles them.
    """
    noted = []

    def note(number, frame):
        noted.append(number)
        signal.default_int_handler(number, frame)

    is_main = threading.current_thread() is threading.main_thread()
    is_ours = is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield
    except Exception:
        if noted:
            raise KeyboardInterrupt from None
        raise
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if noted:
        raise KeyboardInterrupt
