"""The progress bar is redrawn on a terminal, and ends whatever happens."""

import io
import time

import pytest

from robust_mlp.demo._progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_on_a_terminal_the_bar_is_redrawn_and_wiped_away():
    stream = Terminal()
    with Progress(4, stream) as begin:
        begin("first")
        begin("second")
        assert begin.line() == "[######..................] 1/4  second  0 s"
    assert "\r\x1b[K[........................] 0/4  first  0 s" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_clock_of_the_running_step_goes_on(monkeypatch):
    monkeypatch.setattr("robust_mlp.demo._progress.SECONDS_BETWEEN_DRAWS", 0.01)
    stream = Terminal()
    with Progress(1, stream) as begin:
        begin("only")
        deadline = time.monotonic() + 5
        while stream.getvalue().count("only") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert stream.getvalue().count("only") >= 3


def test_the_bar_ends_when_the_body_raises():
    stream = Terminal()
    with pytest.raises(KeyError), Progress(2, stream) as begin:
        begin("first")
        raise KeyError
    assert not begin._drawer.is_alive()
    assert stream.getvalue().endswith("\r\x1b[K")
