"""Large tables: an epoch against its matrix products alone, and the peak of memory against the size of X.

    python -m benchmarks.speed.large [--only wide long narrow] [--repeats 3]

wide is 60,000 x 6,000 and long is 5,000,000 x 30, both with hidden (256, 256); narrow is long with (64, 64), whose
products are so few that what stands beside them shows. All are float32, and each runs in a process of its own, where
trainings and products take turns, and whose peak is read before and after the first two fits. Copied is the table
once, encoded, as float32; TensorFlow shares that copy. Beside it stand the order of the rows, the labels and one
batch."""

import argparse
import sys

from benchmarks.speed.common import claim, fresh_process

TABLES = {
    "wide": (60_000, 6_000, (256, 256), 256),
    "long": (5_000_000, 30, (256, 256), 1024),
    "narrow": (5_000_000, 30, (64, 64), 1024),
}
MOST_OVER_PRODUCTS, MOST_OVER_TABLE = 1.3, 2.2

FIT = """
import resource
import numpy as np
from benchmarks.speed.common import interleaved, of_one_epoch, products, several
from benchmarks.speed.epoch import ours
n, d, hidden, batch = {table}
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rng = np.random.default_rng(0)
small = rng.standard_normal((2000, d), dtype=np.float32)
ours(hidden, max_iter=1, batch_size=batch).fit(small, small[:, 0] > 0)  # TensorFlow, Keras and the trace
X = np.empty((n, d), np.float32)
for start in range(0, n, 10_000):
    X[start:start + 10_000] = rng.standard_normal((min(10_000, n - start), d), dtype=np.float32)
y = X[:, 0] > 0
before = peak()
epoch = of_one_epoch(lambda k: ours(hidden, max_iter=k, batch_size=batch).fit(X, y), 5)
epoch()
after = peak()
floor = several(products(n, (d, *hidden, 2), batch), 3)
seconds = interleaved({{"products": floor, "epoch": epoch}}, {repeats})
print(seconds["epoch"], seconds["products"], (after - before) / (X.nbytes / 2**20))
"""


def main(arguments=None):
    """Print every figure and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="large", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(TABLES), choices=TABLES)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    holds = []
    for name in options.only:
        n, d, hidden, _ = TABLES[name]
        found = fresh_process(FIT.format(table=TABLES[name], repeats=options.repeats))
        epoch, floor, copies = map(float, found.split())
        what = f"{name}, {n:,} x {d:,}, hidden {hidden}"
        ratio = epoch / floor
        text = f"{what}: an epoch takes {epoch:.1f} s, {ratio:.2f} of its products alone (at most {MOST_OVER_PRODUCTS})"
        holds.append(claim(epoch <= MOST_OVER_PRODUCTS * floor, text))
        text = f"{what}: memory peaks at {1 + copies:.2f} times the size of X, X included (at most {MOST_OVER_TABLE})"
        holds.append(claim(1 + copies <= MOST_OVER_TABLE, text))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
