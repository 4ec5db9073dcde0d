"""What steers a terminal is written out, and nothing else changes."""

import pytest

from robust_mlp._core.printable import printable, printable_name


@pytest.mark.parametrize(
    "text, shown",
    [
        ("\x1b[2J", r"\x1b[2J"),  # clears the screen
        ("\x9b31m", r"\x9b31m"),  # the same in one byte
        ("a\rb\x08c\x00\x7f\t", r"a\rb\x08c\x00\x7f\t"),
        ("\u202egpj.exe\u2069\u2028", r"\u202egpj.exe\u2069\u2028"),  # reads backwards
        ("bytes \udcff", r"bytes \udcff"),
        ("two\nlines", "two\nlines"),
        (
            "Zürich, 東京, ≥ 5 %, \u00a0, \U0001f468\u200d\U0001f469\u200d\U0001f467, \u06cc\u200c\u062e",
            None,
        ),
        ("C:\\new", None),
    ],
)
def test_what_steers_a_terminal_is_written_out(text, shown):
    assert printable(text) == (text if shown is None else shown)


def test_a_name_stays_on_its_line():
    assert printable_name("yes\nrobust-mlp: error: \x1b") == r"yes\nrobust-mlp: error: \x1b"
