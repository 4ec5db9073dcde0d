"""What the presets cost and lose beside the default: log loss, and processor time of the fit in one process.

    python -m benchmarks.accuracy.presets [--presets default fast ...] [--tables NAME ...] [--folds 0 1 2]

The tables are those of `accuracy` with at most 1,000 rows. Processor time counts what the fit computes, whatever else
the machine does; it holds the tracing of TensorFlow's graphs, too. A fit before the clock starts imports TensorFlow.
Resumable: one line for each fit. Compare only lines of one run."""

import argparse
import sys
import time
import warnings
from pathlib import Path

import pandas as pd

from benchmarks.accuracy.recipes import RECIPES, make
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import KEEL, load, score
from robust_mlp import RobustMLPClassifier, clear_cache

# Beside the presets: what 'fast' would be with fewer and more members.
SETTINGS = {
    **RECIPES,
    "one member": RECIPES["fast"] | {"n_members": 1},
    "four members": RECIPES["fast"] | {"n_members": 4},
}
LARGEST = 1000


def measure(setting, name, fold):
    """Fit one setting on one fold: a line of results. The cache of graphs is empty, as in a new process."""
    table = load(name)
    train, test = table.folds()[fold]
    clear_cache()
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = make("default", **SETTINGS[setting]).fit(table.X.iloc[train], table.y[train])
    seconds = time.process_time() - start
    scores = score(table.y[test], clf.predict_proba(table.X.iloc[test]), clf.classes_)
    rounded = {key: round(value, 6) for key, value in scores.items()}
    key = {"setting": setting, "table": name, "fold": fold}
    return {**key, "processor_seconds": round(seconds, 3), **rounded, "temperature": round(clf.temperature_, 4)}


def summary(lines):
    """DataFrame: a row a setting, over the tables and folds that it and the default have."""
    wide = lines.set_index(["table", "fold"])
    default = wide[wide["setting"] == "default"]
    rows = {}
    for setting in lines["setting"].unique():
        own = wide[wide["setting"] == setting]
        shared = own.index.intersection(default.index)
        own, other = own.loc[shared], default.loc[shared]
        rows[setting] = {
            "fits": len(shared),
            "log loss": own["log_loss"].mean(),
            "change": (own["log_loss"] - other["log_loss"]).mean(),
            "auc": own["auc"].mean(),
            "balanced accuracy": own["balanced_accuracy"].mean(),
            "temperature": own["temperature"].mean(),
            "processor time": own["processor_seconds"].sum() / other["processor_seconds"].sum(),
        }
    return pd.DataFrame(rows).T


def main(arguments=None):
    """Measure what is missing and print the table."""
    parser = argparse.ArgumentParser(prog="presets", description=__doc__.splitlines()[0])
    parser.add_argument("--presets", nargs="+", default=[name for name in SETTINGS if name != "best"], choices=SETTINGS)
    parser.add_argument("--tables", nargs="+", metavar="NAME")
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=RESULTS / "presets.jsonl")
    options = parser.parse_args(arguments)
    names = options.tables or [name for names in KEEL.values() for name in names if len(load(name).y) <= LARGEST]
    results = ResultLines(options.out, ("setting", "table", "fold"))
    RobustMLPClassifier(n_members=1, max_iter=2).fit([[0.0], [1.0]] * 50, [0, 1] * 50)
    for name in names:
        for fold in options.folds:
            for setting in options.presets:
                if results.find(setting=setting, table=name, fold=fold) is None:
                    print(f"{name}, fold {fold}: {setting}", file=sys.stderr, flush=True)
                    results.add(measure(setting, name, fold) | {"versions": versions()})
    lines = pd.DataFrame(results.lines)
    print(summary(lines[lines["table"].isin(names)]).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
