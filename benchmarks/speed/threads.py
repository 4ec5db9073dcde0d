"""Large tables predicted on threads of our own against one thread whose matrix products are on all of BLAS's.

    python -m benchmarks.speed.threads [--repeats 7]

With OpenBLAS's products for this processor, and with those for AVX2. Behind the constants of `_system/threads.py`."""

import argparse
import sys
from statistics import geometric_mean
from unittest import mock

import numpy as np

from benchmarks.speed.common import claim, fresh_process, interleaved

MOST_ON_AVERAGE = 0.9  # geometric mean over networks that have threads: less would not be worth a second way
MOST = 1.1  # and none may be slower for it, beyond what one measurement may be off
# Rows, columns, hidden layers, activation.
KINDS = [
    (1_000_000, 30, (64, 64), "relu"),
    (1_000_000, 30, (64, 32, 32, 16), "silu"),
    (500_000, 100, (64, 64), "relu"),
    (500_000, 30, (128, 128), "relu"),
    (500_000, 30, (128, 128), "silu"),
    (300_000, 30, (256, 256), "relu"),
    (300_000, 30, (256, 256), "silu"),
]
PROCESSORS = {"this processor": {}, "AVX2": {"OPENBLAS_CORETYPE": "Haswell"}}


def seconds(n_rows, n_columns, hidden, activation, repeats):
    """({"ours", "blas": whose threads} to seconds of a prediction, whether the rule has threads for this network).

    A network that is too wide gets threads all the same, and with them products of at least four rows.
    """
    from robust_mlp import RobustMLPClassifier
    from robust_mlp._prediction import fitted_network
    from robust_mlp._system import threads

    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, n_columns)).astype(np.float32)
    y = X[:, 0] + 0.5 * rng.normal(size=2000) > 0
    settings = {"n_members": 1, "numerical_embedding": None, "collapse_guard": "off", "max_iter": 1, "random_state": 0}
    clf = RobustMLPClassifier(hidden, activation=activation, **settings).fit(X, y)
    rows = rng.normal(size=(n_rows, n_columns)).astype(np.float32)
    has_threads = clf._fitted._networks_for_one_thread is not None

    def predict():
        clf.predict_proba(rows)

    def on_threads_of_blas():
        with mock.patch.object(fitted_network, "LEAST_VALUES_FOR_THREADS", np.inf):
            clf.predict_proba(rows)

    with mock.patch.object(threads, "LEAST_ROWS_OF_PRODUCT", threads.LEAST_ROWS_OF_PRODUCT if has_threads else 4):
        vars(clf._fitted).pop("_networks_for_one_thread")
        return interleaved({"ours": predict, "blas": on_threads_of_blas}, repeats), has_threads


def measure(repeats):
    """Print a line for each network; returns 0 if the claims hold."""
    ratios = []
    for n_rows, n_columns, hidden, activation in KINDS:
        taken, has_threads = seconds(n_rows, n_columns, hidden, activation, repeats)
        ratio = taken["ours"] / taken["blas"]
        if has_threads:
            ratios.append(ratio)
        note = "" if has_threads else " (too wide: it has none)"
        print(f"{n_rows:,} x {n_columns}, {hidden}, {activation}: {ratio:.2f} of {taken['blas']:.2f} s{note}")
    mean = geometric_mean(ratios)
    text = f"threads of our own take {mean:.2f} on average (at most {MOST_ON_AVERAGE}), {max(ratios):.2f} at most"
    return 0 if claim(mean <= MOST_ON_AVERAGE and max(ratios) <= MOST, text) else 1


def main(arguments=None):
    """Print every ratio and whether the claims hold, for each processor in a process of its own."""
    parser = argparse.ArgumentParser(prog="threads", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args(arguments)
    codes = []
    for name, environment in PROCESSORS.items():
        print(f"-- {name}", flush=True)
        code = f"from benchmarks.speed.threads import measure; print(measure({options.repeats}))"
        *lines, code = fresh_process(code, **environment).splitlines()
        print("\n".join(lines), flush=True)
        codes.append(int(code))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
