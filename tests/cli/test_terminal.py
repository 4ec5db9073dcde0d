"""What is said is one line where it is a remark, and never steers the terminal."""

import io
import sys
import warnings

from robust_mlp.cli._terminal import is_terminal, mistake, note, show, show_beside, warnings_in_one_line

STEERING = "a \x1b[2J\nb"


def test_results_keep_their_lines_and_remarks_are_one_line(capsys):
    show(STEERING)
    show_beside(STEERING)
    note(STEERING)
    mistake(STEERING)
    output, error = capsys.readouterr()
    assert output == "a \\x1b[2J\nb\n"
    assert error == ("a \\x1b[2J\nb\nrobust-mlp: note: a \\x1b[2J b\nrobust-mlp: error: a \\x1b[2J b\n")


def test_a_character_that_the_terminal_lacks_is_written_out(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    show("Zürich")
    assert terminal.buffer.getvalue() == b"Z\\xfcrich\n"


def test_warnings_are_one_line_without_a_place_in_the_source(capsys):
    usual = warnings.showwarning
    with warnings_in_one_line():
        warnings.simplefilter("always")
        warnings.warn("column '\x1b[2J' is\nconstant", UserWarning, stacklevel=1)
    assert warnings.showwarning is usual
    assert capsys.readouterr() == ("", "robust-mlp: warning: column '\\x1b[2J' is constant\n")


def test_a_stream_that_is_missing_or_closed_is_no_terminal():
    closed = io.StringIO()
    closed.close()
    assert not any(is_terminal(stream) for stream in (None, closed, io.StringIO()))


def test_without_streams_nothing_is_said_and_nothing_fails(monkeypatch):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    show("a result")
    note("a remark")
