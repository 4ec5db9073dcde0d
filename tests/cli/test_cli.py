"""The program around its commands: usage, suggestions, interrupts, its own faults, demo, version and help."""

import pytest

from robust_mlp import __version__, cli
from robust_mlp.cli import _training_rows
from robust_mlp.cli._errors import did_you_mean
from tests.cli.examples import mixed_table


def test_a_suggestion_is_close_or_else_lists_what_there_is():
    assert did_you_mean("ag", ["age", "town"]) == "Did you mean 'age'?"
    assert did_you_mean("q", ["age", "town"]) == "There is: age, town."
    assert did_you_mean("q", list("abcdefghijklm")) == "There is: a, b, c, d, e, f, g, h, i, j, ..."


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


@pytest.mark.parametrize("arguments, is_full", [([], False), (["--full"], True)])
def test_demo_hands_over_and_returns_its_exit_code(arguments, is_full, run, monkeypatch):
    import robust_mlp.demo

    asked = []
    monkeypatch.setattr(robust_mlp.demo, "main", lambda full: asked.append(full) or 0)
    assert run("demo", *arguments) == (0, "", "")
    assert asked == [is_full]


def test_version_and_help(run):
    assert run("--version") == (0, f"robust-mlp {__version__}\n", "")
    code, output, _ = run("--help")
    assert code == 0
    for command in cli.COMMANDS:
        assert f"    {command.__name__.rsplit('.', 1)[-1].removeprefix('_')} " in output
