"""Steps on one thread against steps whose operations are handed to all, on both sides of the border between them.

    python -m benchmarks.speed.executors [--repeats 3]

Each line is one network: the time of an epoch on one thread over that on all, and of the first call into a new graph.
Behind the constant of `_network/executors.py`."""

import argparse
import sys
from statistics import geometric_mean, median
from unittest import mock

import numpy as np

from benchmarks.speed.common import claim
from benchmarks.speed.rewriting import measure, ways

MOST_ON_AVERAGE = 0.9  # of an epoch below the border
MOST_OF_FIRST_CALL = 0.8
N_CLASSES = 2
SILU = {"activation": "silu", "linear_path": True, "dropout": 0.1}
# Rows, columns, hidden layers, other settings of a single member; several keep to a thread each anyway.
KINDS = [
    (1000, 20, (16,), {"batch_size": 32}),
    (4000, 20, (64, 64), {"batch_size": 32}),
    (4000, 20, (64, 64), {"batch_size": 64} | SILU),
    (800, 20, (64, 64), {"batch_size": 200}),
    (8000, 20, (64, 64), {"batch_size": 200}),
    (4000, 20, (128, 128), {"batch_size": 32} | SILU),
    (4000, 20, (128, 128), {"batch_size": 64}),
    (4000, 100, (64, 32, 32, 16), {"batch_size": 64}),
    (20000, 100, (64, 32, 32, 16), {"batch_size": 256}),
    (8000, 20, (128, 128), {"batch_size": 200}),
    (20000, 100, (128, 128), {"batch_size": 256}),
    (20000, 30, (256, 256), {"batch_size": 256}),
]


def ratios(n_rows, n_columns, hidden, settings, repeats):
    """(first call, epoch) of one thread over all, and whether the rule takes one."""
    from robust_mlp._network.graph import executors

    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_columns)).astype(np.float32)
    y = rng.integers(0, N_CLASSES, n_rows)
    rule, answers, found = executors.is_for_one_thread, [], {}
    for _ in range(repeats):
        for on_one in (True, False):

            def forced(*shapes, on_one=on_one):
                answers.append(rule(*shapes))
                return on_one

            with mock.patch.object(executors, "is_for_one_thread", forced):
                found.setdefault(on_one, []).append(measure(X, y, hidden, 1, settings, ways()["kept"]))
    one, every = ([median(values) for values in zip(*found[on_one], strict=True)] for on_one in (True, False))
    return one[0] / every[0], one[1] / every[1], all(answers)


def main(arguments=None):
    """Print every ratio and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="executors", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    firsts, epochs = [], []
    for n_rows, n_columns, hidden, settings in KINDS:
        first, epoch, is_one = ratios(n_rows, n_columns, hidden, settings, options.repeats)
        if is_one:
            firsts.append(first)
            epochs.append(epoch)
        kind = f"{n_rows:,} x {n_columns}, {hidden}, {settings}"
        print(f"{'one' if is_one else 'all'}: {kind}: epoch {epoch:.2f}, first call {first:.2f}", flush=True)
    mean, mean_first = geometric_mean(epochs), geometric_mean(firsts)
    holds = claim(
        mean <= MOST_ON_AVERAGE, f"epochs on one thread take {mean:.2f} on average (at most {MOST_ON_AVERAGE})"
    )
    text = f"their first calls take {mean_first:.2f} on average (at most {MOST_OF_FIRST_CALL})"
    return 0 if claim(mean_first <= MOST_OF_FIRST_CALL, text) and holds else 1


if __name__ == "__main__":
    sys.exit(main())
