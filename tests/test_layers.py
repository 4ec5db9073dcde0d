"""A file of `model_` in another process: loaded with `robust_mlp.layers`, and an error that names a layer without."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from robust_mlp import RobustMLPClassifier, layers
from tests.tiny_fits import able, clouds, clouds_with_levels

ROOT = Path(__file__).parents[1]


def saved(folder, name):
    """A network in a file, encoded rows and the probabilities for them beside it."""
    X, y = clouds_with_levels() if name == "levels" else clouds(300)
    if name == "levels":
        clf = able(n_members=2, early_stopping=True, max_iter=3, batch_norm=True).fit(X, y)
    elif name == "members":
        clf = RobustMLPClassifier(n_members=4, max_iter=20, random_state=0).fit(X, y)
    else:
        clf = able(dropout=0.1).fit(X, y)
    clf.model_.save(folder / "network.keras")
    np.save(folder / "rows.npy", clf._fitted.encoding.transform(clf._reader.read(clf, X)))
    np.save(folder / "probabilities.npy", clf.predict_proba(X))


def loaded_elsewhere(folder, first):
    """The process that loads the file after a first line, and compares."""
    code = f"""{first}
import keras, numpy as np
network = keras.saving.load_model("network.keras")
found = network.predict(np.load("rows.npy"), verbose=0)
np.testing.assert_allclose(found, np.load("probabilities.npy"), atol=1e-5)
print("the same")
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["one", "members", "levels"])
def test_a_file_is_loaded_in_another_process(tmp_path, name):
    saved(tmp_path, name)
    done = loaded_elsewhere(tmp_path, "import robust_mlp.layers")
    assert done.stdout.endswith("the same\n"), done.stderr[-2000:]


def test_without_the_layers_the_error_names_one_of_them(tmp_path):
    saved(tmp_path, "members")
    done = loaded_elsewhere(tmp_path, "")
    assert done.returncode and "Could not locate class" in done.stderr
    assert any(f"robust_mlp>{name}" in done.stderr for name in layers.__all__)


def test_every_layer_is_registered_under_the_package():
    import keras

    for name in layers.__all__:
        assert keras.saving.get_registered_object(f"robust_mlp>{name}") is getattr(layers, name)
