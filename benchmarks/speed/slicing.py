"""Batches cut into slices against whole ones: an epoch of each, beside its matrix products alone.

    python -m benchmarks.speed.slicing [--repeats 5]

Networks on both sides of the border, relu unless other settings are printed. Behind the constants of
`_network/slicing.py`."""

import argparse
import sys
from statistics import geometric_mean

import numpy as np

from benchmarks.speed.common import claim, interleaved, of_one_epoch, products
from benchmarks.speed.epoch import ours

MOST_ON_AVERAGE = 0.9  # geometric mean over the batches that are cut: less would not be worth a second graph
MOST = 1.1  # and none may be slower for it, beyond what one measurement of an epoch may be off
LONGER_BY = 3  # epochs
SILU = {"activation": "silu", "linear_path": True, "dropout": 0.1}
# Rows, columns, hidden layers, batch size, other settings.
KINDS = [
    (200_000, 157, (64, 32, 32, 16), 256, {}),
    (200_000, 157, (64, 32, 32, 16), 1024, {}),
    (100_000, 157, (128, 128), 256, {}),
    (100_000, 500, (128, 128), 256, SILU),
    (100_000, 1000, (128, 128), 256, {}),
    (20_000, 3000, (128, 128), 256, {}),
    (100_000, 157, (256, 256), 256, {}),
    (20_000, 6000, (256, 256), 256, {}),
    (400_000, 30, (64, 64), 1024, {}),
    (400_000, 30, (64, 64), 4096, {}),
    (200_000, 30, (128, 128), 1024, SILU),
    (300_000, 30, (256, 256), 1024, {}),
]


def seconds_of_an_epoch(n_rows, n_columns, hidden, batch_size, settings, repeats):
    """({1, 2, 4: in so many slices; "products"} to seconds, the number of slices that the rule says)."""
    from robust_mlp._network.graph import batch_slices

    rule = batch_slices.n_slices
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_columns), dtype=np.float32)
    y = X[:, 0] > 0

    def fit_in(n):
        def fit(n_epochs):
            batch_slices.n_slices = lambda *_: n
            try:
                ours(hidden, max_iter=n_epochs, batch_size=batch_size, **settings).fit(X, y)
            finally:
                batch_slices.n_slices = rule

        fit(1)  # the trace
        return fit

    measures = {n: of_one_epoch(fit_in(n), LONGER_BY) for n in (1, 2, 4)}
    measures["products"] = products(n_rows, (n_columns, *hidden, 2), batch_size)
    return interleaved(measures, repeats), rule(batch_size, [n_columns, *hidden])


def main(arguments=None):
    """Print a line for each kind of network and whether the claim holds."""
    parser = argparse.ArgumentParser(prog="slicing", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    ratios = []
    print("    rows  columns  hidden            batch   whole     two    four  products  cut into")
    for n_rows, n_columns, hidden, batch_size, settings in KINDS:
        seconds, n = seconds_of_an_epoch(n_rows, n_columns, hidden, batch_size, settings, options.repeats)
        whole = seconds[1]
        print(
            f"{n_rows:8}{n_columns:9}  {hidden!s:18}{batch_size:5}{whole:7.3f} s{seconds[2] / whole:7.2f}"
            f"{seconds[4] / whole:8.2f}{seconds['products'] / whole:10.2f}  {n:8}  {settings or ''}",
            flush=True,
        )
        if n > 1:
            ratios.append(seconds[n] / whole)
    mean = geometric_mean(ratios)
    holds = [
        claim(mean <= MOST_ON_AVERAGE, f"cut batches take {mean:.2f} of the time of whole ones, geometric mean"),
        claim(max(ratios) <= MOST, f"no batch that is cut is slower for it: at most {max(ratios):.2f}"),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
