"""Ctrl-C during a training: it is recorded, and the training stops after the current epochs.

Python raises KeyboardInterrupt at the line that happens to run. If this line is in a finalizer or in a callback of the
garbage collector, Python drops the exception, and the training would go on."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def noted_interrupts():
    """Record the first Ctrl-C instead of raising it. The second Ctrl-C is raised at once.

    This works only in the main thread, because only it receives signals, and only if no other handler is set.

    Yields
    ------
    is_interrupted : callable
        () -> bool, whether Ctrl-C was recorded.
    """
    noted: list[int] = []

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
