"""The command `robust-mlp`: reads the command line, hands over to a command, and turns mistakes into one line.

Never trains or reads a file itself: each command is a module in `cli` with `register(commands)` and
`run(arguments) -> exit code`. A new command is one more module in `COMMANDS`."""

import argparse
import errno
import os
import sys

from robust_mlp import __version__
from robust_mlp.cli import _compare, _demo, _explain, _fit, _inspect, _predict, _show
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._terminal import mistake, warnings_in_one_line

COMMANDS = (_fit, _predict, _compare, _explain, _show, _inspect, _demo)

# What a full disk says. Files are read and written elsewhere, by code that names them; here it is standard output.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class _Parser(argparse.ArgumentParser):
    """A parser that tells a mistake in one line instead of the whole usage."""

    def error(self, message):
        mistake(f"{message}. Try: {self.prog} --help")
        self.exit(EXIT_USAGE)


def build_parser():
    """The parser with every command registered.

    Returns
    -------
    parser : argparse.ArgumentParser
        Its result has `run`, the chosen command.
    """
    parser = _Parser(
        prog="robust-mlp", description="A neural classifier for tables that never silently predicts one class."
    )
    parser.add_argument("--version", action="version", version=f"robust-mlp {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.register(commands)
    return parser


def main(argv=None):
    """Run one command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments without the program's name; None takes those of the process.

    Returns
    -------
    exit_code : int
        0; 2 for bad usage or input; 3 for a network that collapsed and could not be repaired, or with an error among
        the findings of an inspection; 130 when interrupted.
    """
    try:
        arguments = build_parser().parse_args(argv)
        with warnings_in_one_line():
            exit_code = arguments.run(arguments)
        sys.stdout.flush()
        return exit_code
    except InputError as error:
        mistake(error)
        return EXIT_USAGE
    except KeyboardInterrupt:
        mistake("interrupted.")
        # Python ends itself by the signal where Ctrl-C fell into exec of a text, as imports have it, whoever caught it
        # since. The next exec of a text makes it forget that.
        exec("")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `head` does: nothing is left to say
        _drop_output()
        return 0
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        _drop_output()
        mistake(f"cannot write to standard output: {error.strerror}.")
        return EXIT_USAGE


def _drop_output():
    """Send what is left of standard output nowhere: Python would try to write it once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
