"""Ctrl-C ends the program with 130 and one line wherever it comes, and leaves files as they were."""

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp.cli import _fit
from robust_mlp.cli._interrupts import interrupts_kept
from tests.cli.examples import mixed_table

INTERRUPTED = "robust-mlp: error: interrupted.\n"


class InterruptedFile(io.StringIO):
    """A text file during whose second reading Ctrl-C comes."""

    n_reads = 0

    def read(self, *args):
        self.n_reads += 1
        if self.n_reads == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return super().read(*args)


def long_file():
    return InterruptedFile("x,y\n" + "1,2\n" * 200_000)


def test_pandas_makes_an_error_of_ctrl_c():
    # The reason for interrupts_kept. Where this fails, pandas has mended it.
    with pytest.raises(pd.errors.ParserError):
        pd.read_csv(long_file())


def test_ctrl_c_while_a_reader_in_c_reads_is_an_interrupt():
    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        pd.read_csv(long_file())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_that_the_body_drops_is_an_interrupt():
    with pytest.raises(KeyboardInterrupt), interrupts_kept(), contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_an_error_without_ctrl_c_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), interrupts_kept():
        raise ZeroDivisionError


def test_a_handler_of_the_users_stays_in_place():
    came = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        with interrupts_kept():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert came == [signal.SIGINT]


def test_ctrl_c_while_reading_ends_with_130(run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)
    monkeypatch.setattr("robust_mlp.cli._read_csv.open_text", lambda source, encoding: long_file())
    assert run("fit", "data.csv", "--target", "y") == (130, "", INTERRUPTED)


def test_ctrl_c_in_a_training_ends_with_130_and_leaves_the_old_files(run, monkeypatch):
    import keras

    class PressesCtrlC(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                os.kill(os.getpid(), signal.SIGINT)

    settings = {"hidden_layer_sizes": (8,), "n_members": 1, "max_iter": 50, "random_state": 0}
    classifier = RobustMLPClassifier(**settings, callbacks=[PressesCtrlC()])
    monkeypatch.setattr(_fit, "classifier_from", lambda arguments: classifier)
    mixed_table().to_csv("data.csv", index=False)
    old = b"\x80 an old model"
    for name in ("m.rmlp", "r.html"):
        Path(name).write_bytes(old)
    code, output, error = run("fit", "data.csv", "--target", "label", "--model-out", "m.rmlp", "--report", "r.html")
    assert (code, error) == (130, INTERRUPTED)
    assert output == "Training on 192 rows of 2 number and 2 category columns; 48 rows kept aside.\n"
    assert Path("m.rmlp").read_bytes() == Path("r.html").read_bytes() == old
    assert sorted(os.listdir()) == ["data.csv", "m.rmlp", "r.html"]


@pytest.mark.parametrize("body", ["raise KeyboardInterrupt", "exec('raise KeyboardInterrupt')"])
def test_the_process_ends_with_130_wherever_ctrl_c_fell(body, tmp_path):
    code = f"""
import sys
from robust_mlp import cli
def run(arguments):
    {body}
cli._demo.run = run
sys.exit(cli.main(["demo"]))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", INTERRUPTED)
