"""Labels and levels that a file or a terminal may read as something else."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import case, clouds, learns_or_says


def through_the_command_line(names, *arguments):
    """(exit code, text) of `robust-mlp fit` on a CSV whose labels have these names."""
    X, y = clouds(300, 2, len(names), spread=4.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        pd.DataFrame(X, columns=["a", "b"]).assign(label=np.array(names, dtype=object)[y]).to_csv(path, index=False)
        command = [sys.executable, "-m", "robust_mlp", "fit", str(path), "--target", "label", *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


@case
def classes_called_na_and_null():
    code, text = through_the_command_line(["NA", "null", "yes"])
    assert "300" in text or "240 rows" in text or "missing" in text, text[-400:]
    assert "NA" in text and "null" in text and code == 0, text[-400:]


@case
def classes_called_true_and_false():
    code, text = through_the_command_line(["True", "False"])
    assert code == 0 and "True" in text and "False" in text, text[-400:]


@case
def classes_that_are_formulas_and_escapes():
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "p.csv"
        code, text = through_the_command_line(["=1+1", "\x1b[31mred"], "--out", str(out))
        assert "\x1b[31m" not in text, "an escape reached the terminal"
        assert code == 0 or "--out" in text, text[-300:]


@case
def levels_called_nan():
    X, y = clouds(600, 2)
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(kind=pd.Categorical(np.where(y == 1, "nan", "other")))
    learns_or_says(frame, y, "kind")
