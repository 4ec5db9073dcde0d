"""500 fits in one process: memory, threads and open files after the tenth fit and after the last.

    python -m benchmarks.speed.memory [--fits 500]

Fits differ in learning rate, seed and number of rows, and each is followed by a prediction."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from benchmarks.speed.common import claim
from robust_mlp import RobustMLPClassifier

FIRST = 10
MOST_MEGABYTES = 20


def standing():
    """(resident megabytes, threads of the process, open files), from Linux' /proc."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]), len(os.listdir("/proc/self/fd"))


def main(arguments=None):
    """Print what stands after some of the fits, and whether it stays."""
    parser = argparse.ArgumentParser(prog="memory", description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=500)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 20)).astype(np.float32), rng.integers(0, 2, 1000)
    y[X[:, 0] > 0] = 1
    kept = {}
    for i in range(1, options.fits + 1):
        n = int(rng.integers(600, 1000))
        clf = RobustMLPClassifier((64, 64), learning_rate=10 ** rng.uniform(-4, -2), max_iter=10, random_state=i)
        clf.fit(X[:n], y[:n]).predict_proba(X)
        if i in (FIRST, options.fits) or i % 100 == 0:
            kept[i] = standing()
            print("after {:4} fits: {:7.1f} MB, {} threads, {} files".format(i, *kept[i]), flush=True)
    (before, threads_before, files_before), (after, threads, files) = kept[FIRST], kept[options.fits]
    growth = after - before
    holds = claim(
        growth <= MOST_MEGABYTES, f"memory grew by {growth:.1f} MB after the tenth fit (at most {MOST_MEGABYTES})"
    )
    text = f"threads {threads_before} then {threads}, files {files_before} then {files}"
    return 0 if claim((threads, files) == (threads_before, files_before), text) and holds else 1


if __name__ == "__main__":
    sys.exit(main())
