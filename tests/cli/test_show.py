"""`show` says what a model file is, and reads no array."""

import numpy as np
import pytest

from robust_mlp import __version__
from tests.persistence.fitted_examples import fitted


def test_a_model_of_the_program_is_shown(run, trained):
    folder, _ = trained
    code, output, error = run("show", folder / "m.rmlp")
    assert (code, error) == (0, "")
    lines = output.splitlines()
    n_bytes = (folder / "m.rmlp").stat().st_size
    assert lines[0] == f"RobustMLPClassifier, written by robust_mlp {__version__}, {n_bytes:,} bytes"
    assert "Target    label" in lines and "Classes   2: no, yes" in lines
    assert "Columns   2 of numbers, 2 of categories" in lines
    assert "          town: category, 3 levels: Bern, Genf, Zug" in lines
    assert any(line.startswith("Verdict   ") for line in lines)
    assert lines[-1].startswith(
        "Rows      numbers of training rows (sample_indices_), a prediction for each training row"
    )


def test_what_was_left_out_and_what_is_of_rows_is_told(run):
    clf, _ = fitted("numbers")
    clf.save_model("m.rmlp", leave_out=["sample_indices_", "report_", "max_time"])
    output = run("show", "m.rmlp")[1]
    assert "Verdict   none: partial_fit judges no network\n" in output
    assert "Left out  max_time, report_, sample_indices_\n" in output
    assert output.endswith("Rows      nothing of single training rows\n")


def test_many_columns_are_cut(run):
    from tests.tiny_fits import tiny

    rng = np.random.default_rng(0)
    tiny().fit(rng.normal(size=(40, 30)), np.arange(40) % 2).save_model("m.rmlp")
    output = run("show", "m.rmlp")[1]
    assert "          x9: number\n          and 20 more\n" in output


def test_names_cannot_steer_the_terminal(run):
    import pandas as pd

    from tests.tiny_fits import clouds, tiny

    X, y = clouds(n_columns=1)
    frame = pd.DataFrame(X, columns=["\x1b[31mred"])
    tiny().fit(frame, y).save_model("m.rmlp")
    output = run("show", "m.rmlp")[1]
    assert "\x1b" not in output and "\\x1b[31mred: number" in output


@pytest.mark.parametrize("name", ["default_ensemble"])
def test_radial_centers_are_told(run, name):
    fitted(name)[0].save_model("m.rmlp")
    assert "points beside training rows, encoded (centers of radial members)" in run("show", "m.rmlp")[1]
