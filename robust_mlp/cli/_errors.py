"""InputError: what was typed or handed in cannot be used. Never raised for a fault of the program's own."""

import difflib

from robust_mlp._core.printable import printable_name

# More names than this in an error are a list that nobody reads.
MOST_NAMES_SHOWN = 10


class InputError(Exception):
    """The user can mend this: told in one line on standard error, exit code 2."""


def did_you_mean(name, known):
    """Suggestion to append to an error about `name`: the closest of `known`, or else all of them."""
    close = difflib.get_close_matches(str(name), [str(candidate) for candidate in known], n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    shown = [printable_name(str(candidate)) for candidate in known][:MOST_NAMES_SHOWN]
    return f"There is: {', '.join(shown)}{', ...' if len(known) > len(shown) else '.'}"


def one_line(error):
    """The error's text on one line, ending in a full stop."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.endswith((".", "?", "!")) else f"{text}."
