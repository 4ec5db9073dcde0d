"""Kills `robust-mlp fit --model-out` and `robust-mlp predict --out` over existing files, and looks at what is left.

``make bench-killed-commands`` kills each command 50 times with SIGKILL. Half of the moments are drawn evenly from the
whole command; the other half begin when the unfinished file is there, so that the write itself is hit. Whole is a file
with the bytes that were there before, or a new one that can be used: a model that predicts, a table with all rows.
``--out`` names a file of results; kills that it holds are not done again."""

import argparse
import contextlib
import io
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.speed.common import claim

N_KILLS = 50
# Rows to predict: enough that the table takes some blocks to write.
N_ROWS, N_TRAINING_ROWS = 20_000, 200
# Seconds after which a command that shows no unfinished file is given up.
MOST_SECONDS = 300.0
# Of the moments after the unfinished file appeared: a write takes milliseconds.
LONGEST_WRITE = 0.05


def write_tables(folder):
    """Tables to train on and to predict, in a folder."""
    rng = np.random.default_rng(0)
    for name, n_rows in (("train.csv", N_TRAINING_ROWS), ("rows.csv", N_ROWS)):
        X = rng.normal(size=(n_rows, 4))
        frame = pd.DataFrame(X, columns=list("abcd")).assign(label=np.where(X[:, 0] > 0, "yes", "no"))
        frame.to_csv(folder / name, index=False)


def commands(folder):
    """By name: (arguments, the file that is written)."""
    fit = ["fit", str(folder / "train.csv"), "--target", "label", "--model-out", str(folder / "m.rmlp")]
    fit += ["--set", "max_iter=3", "n_members=1"]
    predict = ["predict", str(folder / "model.rmlp"), str(folder / "rows.csv"), "--out", str(folder / "out.csv")]
    return {"fit": (fit, folder / "m.rmlp"), "predict": (predict, folder / "out.csv")}


def begun(arguments):
    """The process number of a command that runs beside this one, without the start of Python."""
    from robust_mlp.cli import main

    child = os.fork()
    if child == 0:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            code = main(arguments)
        os._exit(code)
    return child


def seconds_of(arguments):
    """How long a command takes that nobody kills."""
    start = time.monotonic()
    code = os.waitstatus_to_exitcode(os.waitpid(begun(arguments), 0)[1])
    assert code == 0, f"exit code {code} of {arguments}"
    return time.monotonic() - start


def killed(arguments, place, delay, *, at_the_write):
    """Run a command and kill it: whether it was still running."""
    child = begun(arguments)
    if at_the_write:
        start = time.monotonic()
        while not any(place.parent.glob(".unfinished-*")) and time.monotonic() - start < MOST_SECONDS:
            if os.waitpid(child, os.WNOHANG)[0]:
                return False
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def is_usable(place):
    """Whether a file is a model that predicts, or a table with all rows."""
    if place.suffix == ".csv":
        return len(pd.read_csv(place)) == N_ROWS
    from robust_mlp import load_model

    rows = pd.DataFrame(np.zeros((3, 4)), columns=list("abcd"))
    try:
        return bool(np.isfinite(load_model(place).predict_proba(rows)).all())
    except ValueError:  # what a damaged model file raises
        return False


def one_kill(name, number, seconds, folder):
    """What is left after one kill: a line of results."""
    arguments, place = commands(folder)[name]
    old, rng = place.read_bytes(), np.random.default_rng([number, len(name)])
    at_the_write = number % 2 == 1
    was_running = killed(
        arguments, place, rng.uniform(0, LONGEST_WRITE if at_the_write else seconds), at_the_write=at_the_write
    )
    left = place.read_bytes()
    unfinished = list(folder.glob(".unfinished-*"))
    for path in unfinished:
        path.unlink()
    return {
        "command": name,
        "number": number,
        "was_running": was_running,
        "in_the_write": bool(unfinished),
        "is_old": left == old,
        "is_whole": left == old or is_usable(place),
    }


def main(arguments=None):
    """Kill what is missing in the results, and say how many files are whole."""
    parser = argparse.ArgumentParser(prog="killed_commands", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=N_KILLS, help="of each command")
    parser.add_argument("--out", type=Path, default=RESULTS / "killed_commands.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("command", "number"))
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        write_tables(folder)
        seconds = {"fit": seconds_of(commands(folder)["fit"][0])}
        (folder / "model.rmlp").write_bytes((folder / "m.rmlp").read_bytes())
        seconds["predict"] = seconds_of(commands(folder)["predict"][0])
        for number in range(options.kills):
            for name in seconds:
                if results.find(command=name, number=number) is None:
                    line = one_kill(name, number, seconds[name], folder)
                    results.add(line | {"versions": versions()})
    lines = [line for line in results.lines if line["number"] < options.kills]
    holds = []
    for name in ("fit", "predict"):
        own = [line for line in lines if line["command"] == name]
        running, hit, whole = (sum(line[key] for line in own) for key in ("was_running", "in_the_write", "is_whole"))
        text = f"{name}: {len(own)} kills, {running} before the end, {hit} in the write; {whole} whole files"
        holds.append(claim(whole == len(own), text))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
