"""What the program says: results on standard output, notes, warnings and mistakes on standard error.

Every line passes `printable`, since names of columns, classes and files may hold characters that steer a terminal."""

import contextlib
import sys
import warnings

from robust_mlp._core.printable import printable


def show(text):
    """Print a result."""
    print(_for(sys.stdout, text), flush=True)


def show_beside(text):
    """Print a result on standard error, where another one takes standard output."""
    print(_for(sys.stderr, text), file=sys.stderr, flush=True)


def note(text):
    """Tell something that the user did not ask for, in one line on standard error."""
    _tell("note", text)


def mistake(text):
    """Tell why the program ends, in one line on standard error."""
    _tell("error", text)


def is_terminal(stream):
    """Whether somebody reads along. A service has no streams, and Python then sets them to None."""
    return stream is not None and not getattr(stream, "closed", False) and stream.isatty()


@contextlib.contextmanager
def warnings_in_one_line():
    """Within the block, Python's warnings are told as one line each, without the place in the source."""

    def tell(message, category, filename, lineno, file=None, line=None):
        _tell("warning", str(message))

    with warnings.catch_warnings():
        warnings.showwarning = tell
        yield


def _tell(kind, text):
    line = str(text).replace("\n", " ")
    print(_for(sys.stderr, f"robust-mlp: {kind}: {line}"), file=sys.stderr, flush=True)


def _for(stream, text):
    """The text with what steers a terminal, and what the stream's encoding lacks, written out."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return printable(str(text)).encode(encoding, "backslashreplace").decode(encoding)
