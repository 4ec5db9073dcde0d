"""How the time of a fit grows: with rows, columns, classes, members and widths.

    python -m benchmarks.speed.scaling [--only rows columns classes members widths] [--quick]

Five epochs of a plain network, the trace beforehand, several times where they are short. A line a size: seconds, and by
what factor they grew for the factor of the size. A cliff is a growth of the time per unit of work by more than half
from one size to the next."""

import argparse
import sys
import time
from functools import partial
from statistics import median

import numpy as np

from benchmarks.speed.common import claim
from benchmarks.speed.epoch import ours

AXES = {
    "rows": (1_000, 10_000, 100_000, 1_000_000, 5_000_000),
    "columns": (10, 100, 1_000, 10_000),
    "classes": (2, 10, 100, 1_000),
    "members": (1, 2, 4, 8, 16),
    "widths": (16, 64, 256, 1_024),
}
MOST_GROWTH = 1.5
EPOCHS = 5
# Fits of less than a tenth of a second differ by half among themselves: short ones are repeated, the median counts.
LEAST_SECONDS, MOST_REPEATS = 3.0, 15


def table(n_rows=10_000, n_columns=20, n_classes=2):
    """Normal columns; the classes follow from the first."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_columns), dtype=np.float32)
    cuts = np.quantile(X[:, 0], np.linspace(0, 1, n_classes + 1)[1:-1])
    return X, np.searchsorted(cuts, X[:, 0])


def fit_of(axis, size):
    """(function that fits, units of work) at one size of an axis."""
    if axis == "rows":
        X, y = table(n_rows=size)
        return lambda n: ours((64, 64), max_iter=n).fit(X, y), size
    if axis == "columns":
        X, y = table(n_rows=5_000, n_columns=size)
        return lambda n: ours((64, 64), max_iter=n).fit(X, y), size
    if axis == "classes":
        X, y = table(n_classes=size)
        return lambda n: ours((64, 64), max_iter=n).fit(X, y), size
    X, y = table()
    if axis == "members":
        return lambda n: ours((64, 64), max_iter=n, n_members=size).fit(X, y), size
    return lambda n: ours((size, size), max_iter=n).fit(X, y), size**2


def seconds_of(function):
    """The median of as many calls as take some seconds together."""
    seconds = []
    while sum(seconds) < LEAST_SECONDS and len(seconds) < MOST_REPEATS:
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def main(arguments=None):
    """Print the seconds at every size, and whether there is a cliff."""
    parser = argparse.ArgumentParser(prog="scaling", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(AXES), choices=AXES)
    parser.add_argument("--quick", action="store_true", help="leave the largest size out")
    options = parser.parse_args(arguments)
    holds = []
    for axis in options.only:
        before, worst = None, 0.0
        for size in AXES[axis][: -1 if options.quick else None]:
            fit, work = fit_of(axis, size)
            fit(1)
            seconds = seconds_of(partial(fit, EPOCHS))
            growth = (
                "" if before is None else f"{seconds / before[0]:6.1f} x the time for {work / before[1]:.0f} x the work"
            )
            print(f"{axis:8} {size:>10,}{seconds:10.3f} s  {growth}", flush=True)
            if before is not None:
                worst = max(worst, (seconds / before[0]) / (work / before[1]))
            before = seconds, work
        holds.append(
            claim(
                worst <= MOST_GROWTH,
                f"{axis}: time per unit of work grows by {worst:.2f} at most (no cliff: {MOST_GROWTH})",
            )
        )
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
