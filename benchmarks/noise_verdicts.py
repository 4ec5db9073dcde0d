"""Fits on noise: how often the verdict says that a network learned something where there is nothing to learn.

``make bench-noise-verdicts`` makes 400 fits: 20 settings, 20 tables each, of 20 to 400 rows whose labels are drawn
without looking at the columns. Claim: at most 1 % end in HEALTHY or REPAIRED. What is measured is kept in
results/noise_verdicts.jsonl, and a run that was interrupted goes on."""

import argparse
import sys
import warnings
from collections import Counter

import numpy as np
import pandas as pd

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.speed.common import claim
from robust_mlp import RobustMLPClassifier

MOST_WRONG = 0.01
N_SEEDS = 20
LEARNED = ("HEALTHY", "REPAIRED")


def numbers(n_columns):
    """Columns of a normal distribution."""
    return lambda rng, n: rng.normal(size=(n, n_columns))


def with_levels(rng, n):
    """Two numbers beside a category of many levels."""
    frame = pd.DataFrame(rng.normal(size=(n, 2)), columns=["a", "b"])
    return frame.assign(level=[f"level {i}" for i in rng.integers(0, max(3, n // 3), n)])


def heavy_tails(rng, n):
    """Columns in which single rows are far away."""
    return rng.standard_t(1.2, size=(n, 5))


def few_values(rng, n):
    """Yes-or-no columns: many rows are equal."""
    return rng.integers(0, 2, size=(n, 4)).astype(float)


def with_gaps(rng, n):
    """Columns with missing cells."""
    return np.where(rng.random((n, 6)) < 0.2, np.nan, rng.normal(size=(n, 6)))


# By name: rows, a function from (rng, n_rows) to columns, shares of the classes, parameters.
SETTINGS = {
    "20 rows": (20, numbers(3), (0.5, 0.5), {}),
    "40 rows, three epochs": (40, numbers(3), (0.5, 0.5), {"n_members": 1, "max_iter": 3}),
    "40 rows, one member": (40, numbers(3), (0.5, 0.5), {"n_members": 1}),
    "60 rows, three classes": (60, numbers(5), (0.4, 0.3, 0.3), {}),
    "80 rows, wide": (80, numbers(200), (0.5, 0.5), {}),
    "100 rows": (100, numbers(8), (0.5, 0.5), {}),
    "100 rows, a rare class": (100, numbers(4), (0.9, 0.1), {"class_weight": "balanced"}),
    "120 rows, levels": (120, with_levels, (0.5, 0.5), {}),
    "120 rows, SMOTE": (120, numbers(4), (0.8, 0.2), {"sampler": "smote"}),
    "150 rows, heavy tails": (150, heavy_tails, (0.5, 0.5), {}),
    "200 rows": (200, numbers(10), (0.5, 0.5), {}),
    "200 rows, one epoch": (200, numbers(10), (0.5, 0.5), {"max_iter": 1}),
    "200 rows, few values": (200, few_values, (0.5, 0.5), {}),
    "200 rows, gaps": (200, with_gaps, (0.6, 0.4), {}),
    "200 rows, five classes": (200, numbers(6), (0.2,) * 5, {}),
    "300 rows, a learning rate too low": (300, numbers(6), (0.5, 0.5), {"learning_rate": 1e-6, "max_iter": 20}),
    "300 rows, a learning rate too high": (300, numbers(6), (0.5, 0.5), {"learning_rate": 100.0, "max_iter": 20}),
    "300 rows, no early stopping": (300, numbers(6), (0.5, 0.5), {"early_stopping": False, "max_iter": 50}),
    "400 rows, wide": (400, numbers(60), (0.5, 0.5), {}),
    "400 rows, a tuned decision": (400, numbers(5), (0.8, 0.2), {"decision": "balanced_accuracy"}),
}


def measured(name, seed):
    """The verdict of one fit: a dict."""
    n_rows, columns, shares, parameters = SETTINGS[name]
    rng = np.random.default_rng([seed, list(SETTINGS).index(name)])
    y = rng.choice(len(shares), n_rows, p=shares)
    y[: 3 * len(shares)] = np.arange(3 * len(shares)) % len(shares)  # three rows of each class at least
    clf = RobustMLPClassifier(random_state=seed, **parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(columns(rng, n_rows), y)
    return {"verdict": clf.report_.verdict.value, "trainings": len(clf.report_.attempts)}


def main(arguments=None):
    """Fit what is missing; print the verdicts of each setting and whether the claim holds."""
    parser = argparse.ArgumentParser(prog="noise_verdicts", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=N_SEEDS)
    parser.add_argument("--only", choices=SETTINGS, metavar="NAME")
    parser.add_argument("--out", default=RESULTS / "noise_verdicts.jsonl")
    options = parser.parse_args(arguments)
    lines = ResultLines(options.out, ("setting", "seed"))
    names = [options.only] if options.only else list(SETTINGS)
    for seed in range(options.seeds):
        for name in names:
            key = {"setting": name, "seed": seed}
            if lines.find(**key) is None:
                lines.add(key | measured(name, seed) | {"versions": versions()})
    found = [line for line in lines.lines if line["setting"] in names and line["seed"] < options.seeds]
    for name in names:
        verdicts = Counter(line["verdict"] for line in found if line["setting"] == name)
        print(f"{name:36}" + ", ".join(f"{verdict} {n}" for verdict, n in sorted(verdicts.items())))
    wrong = [line for line in found if line["verdict"] in LEARNED]
    text = f"{len(wrong)} of {len(found)} fits on noise end in {' or '.join(LEARNED)} (at most {MOST_WRONG:.0%})"
    return 0 if claim(len(wrong) <= MOST_WRONG * len(found), text) else 1


if __name__ == "__main__":
    sys.exit(main())
