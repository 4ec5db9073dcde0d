"""Prediction: one row through a pipeline, and a million rows, against MLPClassifier.

python -m benchmarks.speed.predict [--repeats 5]"""

import argparse
import sys
import time
import tracemalloc
import warnings
from statistics import median

import numpy as np
import pandas as pd
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.speed.common import claim, interleaved
from robust_mlp import RobustMLPClassifier

MANY_ROWS, COLUMNS = 1_000_000, 30
MOST_OF_MLP = 1.0
MOST_MILLISECONDS_MIXED = 1.0
MOST_EXTRA_MEGABYTES = 64  # beyond the result; the same for ten times the rows
ONE_ROW_CALLS = 500
PLAIN = {"n_members": 1, "numerical_embedding": None, "activation": "relu", "max_iter": 3, "random_state": 0}


def one_row(predict, row):
    """Median milliseconds of a call."""
    taken = []
    for _ in range(ONE_ROW_CALLS):
        start = time.perf_counter()
        predict(row)
        taken.append(time.perf_counter() - start)
    return 1000 * median(taken)


def main(arguments=None):
    """Print every time and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="predict", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, COLUMNS)).astype(np.float32)
    y = X[:, 0] + 0.5 * rng.normal(size=2000) > 0
    ours = make_pipeline(StandardScaler(), RobustMLPClassifier((64, 64), **PLAIN)).fit(X, y)
    mlp = make_pipeline(StandardScaler(), MLPClassifier((64, 64), max_iter=3, random_state=0)).fit(X, y)
    calls = {
        name: lambda clf=clf: one_row(clf.predict_proba, X[:1]) for name, clf in {"ours": ours, "mlp": mlp}.items()
    }
    taken = interleaved(calls, options.repeats)
    text = f"one row through a pipeline takes {taken['ours']:.3f} ms, MLPClassifier's {taken['mlp']:.3f} ms"
    holds = [claim(taken["ours"] <= MOST_OF_MLP * taken["mlp"], text)]
    holds.append(mixed_row(X, y, rng))
    rows = rng.normal(size=(MANY_ROWS, COLUMNS)).astype(np.float32)
    networks = {"ours": ours[-1], "mlp": mlp[-1]}
    taken = interleaved(
        {n: lambda clf=clf: void(clf.predict_proba(rows)) for n, clf in networks.items()}, options.repeats
    )
    ratio = taken["ours"] / taken["mlp"]
    text = f"{MANY_ROWS:,} x {COLUMNS} rows take {ratio:.2f} of MLPClassifier's time (at most {MOST_OF_MLP})"
    holds.append(claim(ratio <= MOST_OF_MLP, text))
    extra = [extra_megabytes(ours[-1], rows[:n]) for n in (MANY_ROWS // 10, MANY_ROWS)]
    text = f"beyond its result it takes {extra[0]:.0f} MB for a tenth of these rows and {extra[1]:.0f} MB for all"
    holds.append(claim(extra[1] <= MOST_EXTRA_MEGABYTES and extra[1] <= extra[0] + 8, text))
    return 0 if all(holds) else 1


def void(_):
    """Drop a result, so that a timed function returns None."""


def mixed_row(X, y, rng):
    """One row of a frame with categories and missing values, default members and embedding left out."""
    frame = pd.DataFrame(X[:, :15].astype(float), columns=[f"x{i}" for i in range(15)])
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    for i in range(5):
        frame[f"c{i}"] = pd.Categorical(rng.choice(["red", "green", "blue"], len(frame)))
    clf = RobustMLPClassifier((64, 64), **PLAIN).fit(frame, y)
    milliseconds = one_row(clf.predict_proba, frame.iloc[:1])
    text = f"one row with categories and missing values takes {milliseconds:.3f} ms (at most {MOST_MILLISECONDS_MIXED})"
    return claim(milliseconds <= MOST_MILLISECONDS_MIXED, text)


def extra_megabytes(clf, rows):
    """Peak memory of a prediction beyond its result."""
    tracemalloc.start()
    size = clf.predict_proba(rows).nbytes
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (peak - size) / 2**20


if __name__ == "__main__":
    sys.exit(main())
