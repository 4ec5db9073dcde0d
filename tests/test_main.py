"""`python -m robust_mlp`: the program of the command `robust-mlp`, with its exit status."""

import runpy
import sys

import pytest

from robust_mlp import __version__, cli


@pytest.mark.parametrize("status", [0, 1, 2])
def test_it_runs_the_command_and_ends_with_its_status(monkeypatch, status):
    monkeypatch.setattr(cli, "main", lambda: status)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("robust_mlp", run_name="__main__")
    assert ended.value.code == status


def test_it_reads_the_arguments_of_the_process(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["robust-mlp", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("robust_mlp", run_name="__main__")
    assert ended.value.code == 0
    assert __version__ in capsys.readouterr().out


def test_importing_it_runs_nothing(monkeypatch):
    monkeypatch.setattr(cli, "main", lambda: pytest.fail("ran"))
    assert runpy.run_module("robust_mlp.__main__", run_name="robust_mlp.__main__")["__doc__"]
