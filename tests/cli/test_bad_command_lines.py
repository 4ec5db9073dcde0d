"""Each bad command line and bad file of the table ends with exit code 2, no result, and the promised line."""

import io
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.bad_inputs import write_bad_inputs
from tests.cli.examples import assert_mistake

TABLE = Path(__file__).with_name("bad_command_lines.txt")
FEWEST_CASES = 60


def cases():
    """Pairs (command line, message) of the table."""
    found, command = [], None
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("robust-mlp"):
            assert command is None, f"no message below {command!r}"
            command = line
        elif line.startswith("    "):
            assert command is not None, f"no command above {line!r}"
            found.append((command, line.strip()))
            command = None
        else:
            assert not line or line.startswith("#"), line
    return found


def words_of(command):
    """(arguments, file handed to standard input or None) of a command line; a backslash stands for itself."""
    lexer = shlex.shlex(command, posix=True)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    words = list(lexer)[1:]
    return (words[: words.index("<")], words[-1]) if "<" in words else (words, None)


@pytest.fixture
def files(run, trained):
    """The working folder with all bad files, and a good model."""
    write_bad_inputs()
    shutil.copy(trained[0] / "m.rmlp", "m.rmlp")


@pytest.mark.parametrize("command, message", cases())
def test_a_bad_command_line_ends_in_the_line_that_the_table_promises(command, message, run, files, monkeypatch):
    arguments, handed_in = words_of(command)
    if handed_in:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(handed_in).read_bytes())))
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    result = run(*arguments)
    assert_mistake(result, message)
    assert result[1] == ""
    assert {path: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before


def test_the_table_is_long_and_names_no_command_twice():
    commands = [command for command, _ in cases()]
    assert len(commands) == len(set(commands)) >= FEWEST_CASES
