"""The program around its commands: usage, interrupts, its own faults, version and help."""

import pytest

from robust_mlp import __version__, cli
from robust_mlp.cli import _training_rows
from tests.cli.examples import mixed_table


def test_an_interrupt_ends_with_130_and_one_line(run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(_training_rows, "read_table", interrupt)
    assert run("fit", "data.csv", "--target", "label") == (130, "", "robust-mlp: error: interrupted.\n")


def test_a_fault_of_the_program_itself_is_not_hidden(run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(_training_rows, "column_kinds", fail)
    with pytest.raises(ZeroDivisionError):
        run("fit", "data.csv", "--target", "label")


def test_version_and_help(run):
    assert run("--version") == (0, f"robust-mlp {__version__}\n", "")
    code, output, _ = run("--help")
    assert code == 0
    for command in cli.COMMANDS:
        assert f"    {command.__name__.rsplit('.', 1)[-1].lstrip('_')} " in output
