"""Prediction is lazy, in the partitions of the table, equal to that in memory, and needs no TensorFlow."""

import subprocess
import sys

import dask.array as da

from robust_mlp.dask import DaskRobustMLPClassifier


def test_arrays_of_known_chunks_give_known_shapes(small):
    X = da.random.default_rng(0).normal(size=(1000, 3), chunks=(250, 3))
    y = (X[:, 0] > 0).astype(int)
    clf = DaskRobustMLPClassifier(**small.parameters | {"sample_size": 1000, "max_iter": 16}).fit(X, y)
    assert clf.predict_proba(X).shape == (1000, 2)
    assert clf.decision_function(X).shape == (1000,)
    assert clf.predict(X).chunks == ((250,) * 4,)


def test_empty_partitions_are_predicted_as_no_rows(small):
    some = small.parts[small.parts["c0"] > 1e9]
    assert small.clf.predict_proba(some).compute().shape == (0, 3)


CHILD = """
import pickle, sys
import dask
from distributed import Client, LocalCluster
clf = pickle.load(open(sys.argv[1], "rb"))
parts = pickle.load(open(sys.argv[2], "rb"))
with (
    LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, memory_limit=0) as cluster,
    Client(cluster) as client,
):
    found = client.compute(clf.predict_proba([dask.delayed(parts)] * 3)).result()
assert found.shape == (3 * len(parts), 3)
print([name for name in ("tensorflow", "keras", "imblearn", "scikeras") if name in sys.modules])
"""


def test_a_worker_that_predicts_loads_no_tensorflow(small, tmp_path):
    import pickle

    (tmp_path / "clf").write_bytes(pickle.dumps(small.clf))
    (tmp_path / "rows").write_bytes(pickle.dumps(small.X[:50]))
    run = [sys.executable, "-c", CHILD, str(tmp_path / "clf"), str(tmp_path / "rows")]
    found = subprocess.run(run, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
