"""Does a fit end within 1.3 times its time budget and a second, in a process that has trained before?

    python -m benchmarks.max_time [--cases NAME ...]

Prints wall and processor seconds of each case beside its budget. Wall seconds say something on an idle machine only."""

import argparse
import sys
import time
import warnings

import numpy as np

from robust_mlp import RobustMLPClassifier


def noise(n_rows=20_000, n_columns=100):
    """Columns without a signal."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n_rows, n_columns)), rng.integers(0, 2, n_rows)


def many_classes(n_rows=5_000, n_columns=20, n_classes=500):
    """Clusters, one for each class."""
    rng = np.random.default_rng(0)
    y = np.arange(n_rows) % n_classes
    return rng.normal(size=(n_classes, n_columns))[y] + rng.normal(size=(n_rows, n_columns)), y


# name: (table, parameters)
CASES = {
    "noise": (noise, {"max_time": 2.0}),
    "noise, next to no time": (noise, {"max_time": 0.01}),
    "500 classes": (many_classes, {"max_time": 3.0}),
    "noise, no guard": (noise, {"max_time": 2.0, "collapse_guard": "off"}),
    "collapsed": (noise, {"max_time": 2.0, "learning_rate": 1e-7, "n_members": 1}),
}


def allowed(budget):
    """Seconds within which a fit must end."""
    return 1.3 * budget + 1.0


def measure(table, parameters):
    """(wall seconds, processor seconds, report) of a fit."""
    X, y = table()
    wall, processor = time.perf_counter(), time.process_time()
    report = RobustMLPClassifier(random_state=0, **parameters).fit(X, y).report_
    return time.perf_counter() - wall, time.process_time() - processor, report


def main(arguments=None):
    """Measure, print, and say whether every case ended in time."""
    parser = argparse.ArgumentParser(prog="max_time", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    options = parser.parse_args(arguments)
    is_kept = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        RobustMLPClassifier(n_members=2, max_iter=2).fit(*noise(300, 5))  # TensorFlow has started
        for name in options.cases:
            table, parameters = CASES[name]
            wall, processor, report = measure(table, parameters)
            limit = allowed(parameters["max_time"])
            is_kept &= wall <= limit
            left_out = [advisory.evidence for advisory in report.advisories if advisory.code == "left_out"]
            print(
                f"{'PASS' if wall <= limit else 'FAIL'}  {name}: {wall:.2f} s of {limit:.2f} s, {processor:.2f} s of "
                f"processor; {report.verdict.value}, {report.attempts[-1].stop_reason}; left out: "
                f"{left_out[0] if left_out else 'nothing'}",
                flush=True,
            )
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
