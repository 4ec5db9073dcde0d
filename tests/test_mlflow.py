"""MLflow keeps fitted classifiers in a local file store: by mlflow.sklearn, and as a model file."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.persistence.fitted_examples import fitted

ROOT = Path(__file__).resolve().parents[1]
PYFUNC = ROOT / "docs" / "examples" / "mlflow" / "rmlp_pyfunc.py"
GUIDE = ROOT / "docs" / "guide" / "from_fit_to_production.md"
# MLflow keeps its store and its logging for the whole process, so each of these has a process of its own.
START = """
import json, sys
import mlflow, mlflow.sklearn, mlflow.pyfunc
import numpy as np
import pandas as pd
import skops.io
from mlflow.models import infer_signature
from robust_mlp import load_model

folder = sys.argv[1]
mlflow.set_tracking_uri(f"file://{folder}/store")
X = pd.read_pickle(f"{folder}/X.pickle")
"""


def in_a_process(body, folder):
    """What `body` prints, as JSON."""
    # MLflow keeps the file store for those who ask for it. Nothing goes to its makers from a test.
    settings = {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    settings["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", START + body, str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ
        | settings
        | {"PYTHONPATH": os.pathsep.join([str(PYFUNC.parents[3]), os.environ.get("PYTHONPATH", "")])},
        cwd=folder,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture
def saved(tmp_path):
    """A folder with a model file, and rows to predict; the classifier."""
    clf, new = fitted("categories")
    clf.save_model(tmp_path / "m.rmlp")
    new.to_pickle(tmp_path / "X.pickle")
    return clf, new, tmp_path


def test_by_mlflow_sklearn_with_types_that_skops_names(saved):
    clf, new, folder = saved
    uri, probabilities, labels = in_a_process(
        """
clf = load_model(f"{folder}/m.rmlp")
trusted = skops.io.get_untrusted_types(data=skops.io.dumps(clf))
with mlflow.start_run():
    info = mlflow.sklearn.log_model(
        clf,
        name="model",
        serialization_format="skops",
        skops_trusted_types=trusted,
        signature=infer_signature(X, clf.predict(X)),
        pip_requirements=["robust-mlp"],
    )
again = mlflow.sklearn.load_model(info.model_uri)
labels = mlflow.pyfunc.load_model(info.model_uri).predict(X)
print(json.dumps([info.model_uri, again.predict_proba(X).tolist(), labels.tolist()]))
""",
        folder,
    )
    assert uri.startswith("models:/")
    np.testing.assert_array_equal(probabilities, clf.predict_proba(new))
    assert labels == clf.predict(new).tolist()
    kept = {path.suffix for path in (folder / "store").rglob("*") if path.is_file()}
    assert ".skops" in kept and ".pkl" not in kept


LOG_FILE = f"""
answers = pd.DataFrame({{"no": [0.5], "perhaps": [0.25], "yes": [0.25], "label": ["no"]}})
with mlflow.start_run():
    info = mlflow.pyfunc.log_model(
        name="model",
        python_model={str(PYFUNC)!r},
        artifacts={{"model": f"{{folder}}/m.rmlp"}},
        signature=infer_signature(X, answers),
        pip_requirements=["robust-mlp"],
    )
print(json.dumps(info.model_uri))
"""
ANSWER = """
model = mlflow.pyfunc.load_model(URI)
answers = model.predict(X)
try:
    model.predict(X.drop(columns="width"))
except mlflow.exceptions.MlflowException as error:
    refusal = str(error)
trains = [name for name in ("tensorflow", "keras", "scikeras", "imblearn") if name in sys.modules]
labels = answers.pop("label").tolist()
print(json.dumps([list(answers), answers.to_numpy().tolist(), labels, refusal, trains]))
"""


def test_as_a_model_file_that_a_process_without_tensorflow_answers_from(saved):
    clf, new, folder = saved
    uri = in_a_process(LOG_FILE, folder)
    columns, probabilities, labels, refusal, trains = in_a_process(f"URI = {uri!r}\n{ANSWER}", folder)
    assert columns == ["no", "perhaps", "yes"]
    np.testing.assert_array_equal(probabilities, clf.predict_proba(new))
    assert labels == clf.predict(new).tolist()
    assert trains == []
    assert "width" in refusal  # MLflow compares the columns with the signature
    kept = [path for path in (folder / "store").rglob("*") if path.is_file()]
    assert [path.name for path in kept if path.suffix in (".pkl", ".pickle")] == []
    (file,) = [path for path in kept if path.suffix == ".rmlp"]
    assert file.read_bytes() == (folder / "m.rmlp").read_bytes()


def test_the_lines_of_the_guide_run(saved):
    clf, new, folder = saved
    section = GUIDE.read_text(encoding="utf-8").split("## MLflow")[1].split("\n## ")[0]
    lines = "".join(re.findall(r"```py\n(.*?)```", section, flags=re.DOTALL))
    assert "mlflow.sklearn.log_model" in lines and "mlflow.pyfunc.log_model" in lines
    (folder / "rmlp_pyfunc.py").write_bytes(PYFUNC.read_bytes())
    by_skops, by_file, labels = in_a_process(
        f"""
clf = load_model(f"{{folder}}/m.rmlp")
{lines}
print(json.dumps([again.predict_proba(X).tolist(), found[clf.classes_].to_numpy().tolist(), found["label"].tolist()]))
""",
        folder,
    )
    np.testing.assert_array_equal(by_skops, clf.predict_proba(new))
    np.testing.assert_array_equal(by_file, clf.predict_proba(new))
    assert labels == clf.predict(new).tolist()
