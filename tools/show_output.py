"""Writes below each Python block of the given pages what it prints, as a block of text.

    python tools/show_output.py README.md docs/guide/quickstart.md

The blocks of a page run in order, in one namespace. `tests/test_docs.py` fails where a page shows something else than
its code prints."""

import contextlib
import io
import os
import sys
import tempfile
import warnings
from pathlib import Path

FENCE = "```"


def with_output(text):
    """The page with the output of each of its Python blocks.

    Parameters
    ----------
    text : str

    Returns
    -------
    text : str
    """
    lines, shown, names = text.splitlines(), [], {"__name__": "__page__"}
    number = 0
    while number < len(lines):
        if lines[number] != f"{FENCE}python":
            shown.append(lines[number])
            number += 1
            continue
        end = lines.index(FENCE, number)
        shown += lines[number : end + 1]
        printed = _run("\n".join(lines[number + 1 : end]), names)
        is_kept = _language_after(lines, end + 1) == "console"  # an output that nobody compares
        number = end + 1 if is_kept else _after_output(lines, end + 1)
        if printed and not is_kept:
            shown += ["", f"{FENCE}text", *printed.splitlines(), FENCE]
    return "\n".join(shown) + "\n"


def _run(program, names):
    """What a program prints, without blanks at the ends of lines."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(program, names)
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


def _language_after(lines, number):
    """The language of the block that follows on blank lines, or ""."""
    rest = next((line for line in lines[number:] if line), "")
    return rest.removeprefix(FENCE) if rest.startswith(FENCE) else ""


def _after_output(lines, number):
    """Where the page goes on behind a block's old output; `number` if it has none."""
    following = number
    while following < len(lines) and not lines[following]:
        following += 1
    if following < len(lines) and lines[following] == f"{FENCE}text":
        return lines.index(FENCE, following + 1) + 1
    return number


def main(paths):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    pages = [Path(path).resolve() for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # pages write files
        for page in pages:
            page.write_text(with_output(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
