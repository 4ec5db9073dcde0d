"""Ctrl-C and SIGTERM during a training: recorded, and the training stops after the current epochs.

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


@contextlib.contextmanager
def noted_termination(is_wanted):
    """Record SIGTERM, so that the body can end in order, and let it end the process afterwards.

    Schedulers send SIGTERM some seconds before they kill a process. This works only in the main thread, and only if
    nobody set another handler.

    Parameters
    ----------
    is_wanted : bool
        False: SIGTERM ends the process at once, as always.

    Yields
    ------
    is_ended : callable
        () -> bool, whether SIGTERM was recorded.
    """
    noted: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    is_ours = is_wanted and is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if is_ours:
        signal.signal(signal.SIGTERM, lambda number, frame: noted.append(number))
    try:
        yield lambda: bool(noted)
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if noted:
                signal.raise_signal(signal.SIGTERM)
