"""Text that is safe to show in a terminal: names from a table or a folder can hold bytes that steer it."""

import re

# C0 and C1 control characters and DEL steer a terminal; line and paragraph separators break a line; embeddings,
# overrides and isolates turn the order of what follows; lone surrogates, which bytes of a file name become, cannot be
# written.
# A line feed is kept by `printable`, and everything else, accents, emoji and their joiners included, by both.
_STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text):
    """The text with characters that steer a terminal written out, such as ``\\x1b``. Line feeds stay.

    Parameters
    ----------
    text : str

    Returns
    -------
    text : str

    Examples
    --------
    >>> from robust_mlp._core.printable import printable
    >>> print(printable("red: \\x1b[31m"))
    red: \\x1b[31m
    """
    return _STEERING.sub(_written_out, text)


def printable_name(name):
    """A name to be shown inside a line: as `printable`, and line feeds are written out, too.

    Parameters
    ----------
    name : str

    Returns
    -------
    name : str
    """
    return printable(name).replace("\n", "\\n")


def _written_out(match):
    """The character as an escape sequence of Python's."""
    return match.group().encode("unicode_escape", "surrogatepass").decode("ascii")
