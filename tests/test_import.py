"""Importing the package: what it loads and leaves alone, each looked at in a fresh process."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

import robust_mlp

HEAVY = [
    "tensorflow", "keras", "scikeras", "imblearn", "pandas", "polars", "pyarrow", "matplotlib", "onnx", "skl2onnx",
]  # fmt: skip

# What must be the same before and after: the environment, the warnings filters, scikit-learn's list of routable
# methods (imbalanced-learn adds to it when imported) and the state of the global generators.
SNAPSHOT = """
import json, os, random, sys, warnings
import numpy as np
import sklearn.pipeline  # brings scikit-learn's callbacks, whose own import draws from Python's global generator
from sklearn.utils._metadata_requests import METHODS

def snapshot():
    return repr((dict(os.environ), list(warnings.filters), list(METHODS), random.getstate(), np.random.get_state()))

loaded = set(sys.modules)
before = snapshot()
"""


def in_a_fresh_process(body):
    """Run `body` after a snapshot; the top-level modules it loaded, and whether it changed anything."""
    ending = (
        "print(json.dumps([sorted({name.split('.')[0] for name in set(sys.modules) - loaded}), snapshot() == before]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", f"{SNAPSHOT}\n{body}\n{ending}"], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "body",
    [
        "import robust_mlp",
        "import robust_mlp; robust_mlp.RobustMLPClassifier()",
        "import robust_mlp; robust_mlp.RobustMLPClassifier().set_params(dropout=0.1).get_params()",
        "import robust_mlp; repr(robust_mlp.RobustMLPClassifier())",
        "from robust_mlp import *",
        "import robust_mlp; robust_mlp.datasets, robust_mlp.displays",
        "import robust_mlp.cli; robust_mlp.cli.build_parser()",
    ],
)
def test_importing_and_constructing_load_no_heavy_library_and_change_nothing(body):
    loaded, is_unchanged = in_a_fresh_process(body)
    assert "robust_mlp" in loaded
    assert sorted(set(loaded) & set(HEAVY)) == []
    assert is_unchanged


def test_a_process_that_predicts_loads_nothing_that_trains_or_judges(tmp_path):
    X = np.random.default_rng(0).normal(size=(200, 3))
    clf = robust_mlp.RobustMLPClassifier((4,), max_iter=2, random_state=0).fit(X, X[:, 0] > 0)
    path = tmp_path / "clf.pickle"
    path.write_bytes(pickle.dumps(clf))
    body = f"""
import pickle
clf = pickle.load(open({str(path)!r}, "rb"))
clf.predict_proba([[0.0, 1.0, 2.0]]), clf.predict([[0.0, 1.0, 2.0]]), str(clf.report_)
parts = {{"_collapse", "_network", "_fit"}}
loaded_parts = {{name.partition("robust_mlp.")[2].split(".")[0] for name in sys.modules}}
assert not parts & loaded_parts, parts & loaded_parts
"""
    loaded, is_unchanged = in_a_fresh_process(body)
    assert sorted(set(loaded) & set(HEAVY)) == []
    assert is_unchanged


def test_the_check_for_heavy_libraries_sees_one():
    loaded, _ = in_a_fresh_process("import imblearn")
    assert "imblearn" in loaded


def test_every_public_name_is_there():
    for name in robust_mlp.__all__:
        assert getattr(robust_mlp, name).__name__ == name


def test_dir_lists_the_public_names_before_their_first_use():
    assert set(robust_mlp.__all__) <= set(dir(robust_mlp))
    assert {"__version__", "datasets", "displays"} <= set(dir(robust_mlp))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'robust_mlp' has no attribute 'RobustMLP'$"):
        _ = robust_mlp.RobustMLP
