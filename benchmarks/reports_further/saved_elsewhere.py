"""Files and copies that another process or library reads."""

import io
import os
import subprocess
import sys
import tempfile

import numpy as np
from sklearn.datasets import load_iris

from benchmarks.reports_further.cases import case, caught, clouds, quick
from benchmarks.reports_further.streams import streamed
from robust_mlp import load_model


@case
def cloudpickle_and_joblib():
    import cloudpickle
    import joblib

    X, y = load_iris(return_X_y=True)
    clf, _, _ = caught(lambda: quick(max_iter=5).fit(X, y))
    file = io.BytesIO()
    joblib.dump(clf, file, compress=3)
    file.seek(0)
    for again in (cloudpickle.loads(cloudpickle.dumps(clf)), joblib.load(file)):
        assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))


@case
def keras_file_of_raw_columns():
    X, y = load_iris(return_X_y=True)
    clf, _, _ = caught(lambda: quick(max_iter=5).fit(X, y))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.keras")
        clf.to_keras().save(path)
        program = f"import keras; keras.models.load_model({path!r})"
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-300:]


@case
def model_file_of_a_stream():
    X, y = clouds(300)
    clf, _, _ = streamed([(X, y)] * 3, [0, 1])
    with tempfile.TemporaryDirectory() as folder:
        clf.save_model(os.path.join(folder, "m.rmlp"))
        again = load_model(os.path.join(folder, "m.rmlp"))
    caught(lambda: [c.partial_fit(X, y) for c in (clf, again)])
    assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))
