"""Calibration error on the tables of KEEL: RobustMLPClassifier with its defaults beside the peers.

    python -m benchmarks.accuracy.calibration [--peers NAME ...] [--folds 0 1 2] [--largest ROWS] [--report]

Ours is read from the results of `benchmarks.accuracy`; the peers are fitted here, on the same folds. Claim: the mean
over the folds that all of them have is not above any peer's. Resumable."""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy.rival_models import PEERS, classes_of
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import KEEL, load
from robust_mlp.compare._metrics import calibration_error

OURS = "robust_mlp"


def measure(name, fold, peer):
    """Fit one peer on one fold: a line of results."""
    table = load(name)
    train, test = table.folds()[fold]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = PEERS[peer]().fit(table.X.iloc[train], table.y[train])
        probabilities = fitted.predict_proba(table.X.iloc[test])
    error = calibration_error(np.searchsorted(classes_of(fitted), table.y[test]), probabilities)
    return {"table": name, "fold": fold, "model": peer, "ece": round(error, 6), "versions": versions()}


def main(arguments=None):
    """Measure what is missing, print the means and whether the claim holds."""
    parser = argparse.ArgumentParser(prog="calibration", description=__doc__.splitlines()[0])
    parser.add_argument("--peers", nargs="+", default=["logistic", "random_forest"], choices=PEERS, metavar="NAME")
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--largest", type=int, default=None, metavar="ROWS", help="leave larger tables out")
    parser.add_argument("--out", type=Path, default=RESULTS / "calibration.jsonl")
    parser.add_argument("--report", action="store_true", help="fit nothing, report what is measured")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("table", "fold", "model"))
    for peer in () if options.report else options.peers:
        for name in [*KEEL["balanced"], *KEEL["imbalanced"]]:
            if options.largest is not None and len(load(name).y) > options.largest:
                continue
            for fold in options.folds:
                if results.find(table=name, fold=fold, model=peer) is None:
                    print(f"{peer}: {name}, fold {fold}", file=sys.stderr, flush=True)
                    results.add(measure(name, fold, peer))
    ours = ResultLines(RESULTS / "accuracy.jsonl", ("recipe", "table", "fold")).lines
    ours = [line | {"model": OURS} for line in ours if line["recipe"] == "default"]
    return report(pd.DataFrame([*ours, *results.lines]), options.peers)


def report(lines, peers):
    """Print the mean of each model over what all have, and the claim; returns 0 if it holds."""
    errors = lines.pivot(index=["table", "fold"], columns="model", values="ece")[[OURS, *peers]].dropna()
    print(
        f"Mean calibration error over {len(errors)} folds of {errors.index.get_level_values('table').nunique()} tables"
    )
    print(errors.mean().round(4).to_string())
    holds = [errors[OURS].mean() <= errors[peer].mean() for peer in peers]
    for peer, is_held in zip(peers, holds, strict=True):
        print(f"{'PASS' if is_held else 'FAIL'}: {errors[OURS].mean():.4f}, {peer} {errors[peer].mean():.4f}.")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
