"""120 small fits of 120 architectures in one process, as in a search over `hidden_layer_sizes`: what memory they add.

    python -m benchmarks.speed.architectures [--fits 120] [--members 1]

The first fits load TensorFlow and fill the caches of the C library; what comes after them counts."""

import argparse
import sys
import warnings

import numpy as np

from benchmarks.speed.common import claim
from benchmarks.speed.memory import standing
from robust_mlp import RobustMLPClassifier, clear_cache

FIRST = 5
MOST_MEGABYTES = 80


def main(arguments=None):
    """Print what stands after some of the fits and after `clear_cache`, and whether the claim holds."""
    parser = argparse.ArgumentParser(prog="architectures", description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=120)
    parser.add_argument("--members", type=int, default=1)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6)).astype(np.float32)
    y = (X[:, 0] + 0.3 * rng.normal(size=300) > 0).astype(int)

    def fit(i):
        sizes = (6 + i,) if i % 3 == 0 else (6 + i, 5 + i // 2)
        RobustMLPClassifier(sizes, n_members=options.members, max_iter=3, random_state=i).fit(X, y).predict(X)

    for i in range(FIRST):
        fit(200 + i)
    before = most = standing()[0]
    for i in range(1, options.fits + 1):
        fit(i)
        most = max(most, standing()[0])
        if i % 10 == 0:
            print(f"after {i:4} architectures: {standing()[0] - before:+7.1f} MB", flush=True)
    clear_cache()
    print(f"after clear_cache:       {standing()[0] - before:+7.1f} MB", flush=True)
    text = f"{options.fits} architectures added at most {most - before:.1f} MB (at most {MOST_MEGABYTES})"
    return 0 if claim(most - before <= MOST_MEGABYTES, text) else 1


if __name__ == "__main__":
    sys.exit(main())
