"""Without TensorFlow, Keras, scikeras and imbalanced-learn, a loaded classifier predicts, and what trains says what to
install."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest

from robust_mlp import PriorShiftClassifier
from tests.persistence.fitted_examples import EXAMPLES, fitted, quietly
from tests.small_install import SmallInstall

# None of these is there for `SmallInstall`'s processes.
ABSENT = ("tensorflow", "keras", "scikeras", "imblearn", "pandas", "polars", "pyarrow", "matplotlib", "onnx")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return SmallInstall(tmp_path_factory.mktemp("small"))


def test_the_simulation_has_what_it_should_and_nothing_else(small):
    code = "from importlib.util import find_spec; print(*[name for name in sys.argv[1:] if find_spec(name)])"
    assert small.run(code, *ABSENT, "robust_mlp", "numpy", "sklearn", "scipy").split() == [
        "robust_mlp",
        "numpy",
        "sklearn",
        "scipy",
    ]


PREDICT = """
import json, pickle, warnings, numpy as np
from robust_mlp import DriftWarning, load_model
warnings.filterwarnings("ignore", message="X does not have valid feature names")
warnings.filterwarnings("ignore", category=DriftWarning)
clf, rows = load_model(sys.argv[1]), pickle.load(open(sys.argv[2], "rb"))
print(json.dumps([clf.predict_proba(rows).tolist(), clf.predict(rows).tolist(), str(clf.report_)]))
"""


def python_values(table):
    """The same table without pandas: an array of numbers, or of Python's own values."""
    if not isinstance(table, pd.DataFrame):
        return table
    rows = np.empty(table.shape, dtype=object)
    for j, name in enumerate(table):
        rows[:, j] = [python_value(value) for value in table[name].tolist()]
    return rows


def python_value(value):
    if value is None or value != value or value is pd.NA:
        return None
    kinds = {pd.Timestamp: pd.Timestamp.to_pydatetime, pd.Timedelta: pd.Timedelta.to_pytimedelta}
    return kinds.get(type(value), lambda same: same)(value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_loaded_classifier_predicts_the_same_there(name, small, tmp_path):
    clf, new = fitted(name)
    clf.save_model(tmp_path / "m.rmlp")
    (tmp_path / "rows").write_bytes(pickle.dumps(python_values(new)))
    probabilities, labels, report = json.loads(small.run(PREDICT, tmp_path / "m.rmlp", tmp_path / "rows"))
    # Python's values have more digits than columns of float32.
    np.testing.assert_allclose(probabilities, quietly(clf.predict_proba, new), rtol=0, atol=1e-6)
    assert labels == quietly(clf.predict, new).tolist()
    assert report == str(clf.report_)


def test_class_shares_are_adapted_there(small, tmp_path):
    clf, new = fitted("numbers")
    shifted = PriorShiftClassifier(clf).adapt(new[:30])
    shifted.save_model(tmp_path / "m.rmlp")
    np.save(tmp_path / "new.npy", new)
    printed = small.run(
        """
import json, numpy as np
from robust_mlp import load_model
shifted, new = load_model(sys.argv[1]), np.load(sys.argv[2])
loaded = shifted.predict_proba(new).tolist()
print(json.dumps([loaded, shifted.adapt(new[30:]).predict_proba(new).tolist()]))
""",
        tmp_path / "m.rmlp",
        tmp_path / "new.npy",
    )
    loaded, adapted = json.loads(printed)
    np.testing.assert_array_equal(loaded, shifted.predict_proba(new))
    np.testing.assert_array_equal(adapted, shifted.adapt(new[30:]).predict_proba(new))


KERAS = "keras and tensorflow, which are not installed. Install them with: pip install robust-mlp"
SCIKERAS = "keras, tensorflow and scikeras, which are not installed. Install them with: pip install robust-mlp"


@pytest.mark.parametrize(
    "line, expected",
    [
        ("clf.fit(rows, labels)", f"RobustMLPClassifier.fit needs the packages {KERAS}"),
        ("robust_mlp.RobustMLPClassifier().fit(rows, labels)", f"RobustMLPClassifier.fit needs the packages {KERAS}"),
        ("clf.partial_fit(rows, labels)", f"RobustMLPClassifier.partial_fit needs the packages {KERAS}"),
        ("clf.to_keras()", f"to_keras needs the packages {KERAS}"),
        ("clf.model_", f"model_ needs the packages {KERAS}"),
        ("robust_mlp.GuardedKerasClassifier", f"GuardedKerasClassifier needs the packages {SCIKERAS}"),
        (
            "robust_mlp.CollapseGuard",
            "CollapseGuard needs the package keras, which is not installed. Install it with: pip install robust-mlp",
        ),
        (
            "robust_mlp.inspect_model(None, rows, labels)",
            "inspect_model needs the package keras, which is not installed. Install it with: pip install robust-mlp",
        ),
        (
            "robust_mlp.to_onnx(clf)",
            "to_onnx needs the package onnx, which is not installed. Install it with: pip install 'robust-mlp[onnx]'",
        ),
    ],
)
def test_what_trains_says_what_to_install(line, expected, small, tmp_path):
    clf, new = fitted("numbers")
    clf.save_model(tmp_path / "m.rmlp")
    np.save(tmp_path / "new.npy", new)
    printed = small.run(
        """
import numpy as np, robust_mlp
clf, rows = robust_mlp.load_model(sys.argv[1]), np.load(sys.argv[2])
labels = np.arange(len(rows)) % 3
try:
    eval(sys.argv[3])
except ImportError as error:
    print(error, end="")
""",
        tmp_path / "m.rmlp",
        tmp_path / "new.npy",
        line,
    )
    assert printed == expected


def test_a_network_of_the_users_own_says_what_it_needs(small, tmp_path):
    import keras

    from robust_mlp import GuardedKerasClassifier

    def network():
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])

    X, y = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 3
    clf = GuardedKerasClassifier(network, loss="sparse_categorical_crossentropy", epochs=1, verbose=0, random_state=0)
    quietly(clf.fit, X, y).save_model(tmp_path / "m.rmlp")
    printed = small.run(
        """
from robust_mlp import load_model
try:
    load_model(sys.argv[1])
except ImportError as error:
    print(error, end="")
""",
        tmp_path / "m.rmlp",
    )
    assert printed == f"A GuardedKerasClassifier, which is in this file, needs the packages {SCIKERAS}"


def test_what_explains_a_fitted_classifier_works_there(small, tmp_path):
    clf, new = fitted("numbers")
    clf.save_model(tmp_path / "m.rmlp")
    np.save(tmp_path / "new.npy", new)
    printed = small.run(
        """
import json, numpy as np
from robust_mlp import contributions, diagnose, explain, load_model
clf, rows = load_model(sys.argv[1]), np.load(sys.argv[2])
labels = clf.predict(rows)
found = contributions(clf, rows[:3], rows, random_state=0)
columns = explain(clf, rows, labels, random_state=0).importance
print(json.dumps([found.values.shape, len(columns), str(diagnose(clf, rows, labels))]))
""",
        tmp_path / "m.rmlp",
        tmp_path / "new.npy",
    )
    shape, n_columns, diagnosis = json.loads(printed)
    assert shape[:2] == [3, 4] and n_columns == 4 and "90 rows" in diagnosis
