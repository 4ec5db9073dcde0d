"""One ingredient of the default at a time: what each is worth, on tables that chose it and on tables that did not.

    python -m benchmarks.accuracy.ablation [--variants NAME ...] [--largest 1000] [--folds 0] [--out FILE]

Every variant is the default with one thing changed. The tables are dealt in turn into two halves: the defaults were
chosen on the first, the number of members, the patience, the width for few rows and what views count on both; the
second was looked at afterwards. A line a variant: mean change of log loss, accuracy, balanced accuracy and AUC against
the default (in thousandths), share of the tables on which the variant has the better log loss, and the ratio of the
time of `fit`. Resumable."""

import argparse
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from unittest import mock

import pandas as pd

from benchmarks.accuracy import ranks
from benchmarks.accuracy.__main__ import measure
from benchmarks.accuracy.recipes import RECIPES
from benchmarks.lines import RESULTS, ResultLines
from benchmarks.tables import KEEL, load
from robust_mlp._fit.companions import additive, joint_training, radial
from robust_mlp._fit.companions.radial_learning import learn_units

BASE = "default"
VARIANTS = {
    BASE: {},
    "activation relu": {"activation": "relu"},
    "activation gelu": {"activation": "gelu"},
    "batch normalization": {"batch_norm": True},
    "width 32": {"hidden_layer_sizes": (32, 32)},
    "width 128": {"hidden_layer_sizes": (128, 128)},
    "one hidden layer": {"hidden_layer_sizes": (64,)},
    "three hidden layers": {"hidden_layer_sizes": (64, 64, 64)},
    "no dropout": {"dropout": 0.0},
    "dropout .3": {"dropout": 0.3},
    "no weight decay": {"weight_decay": 0.0},
    "weight decay .1": {"weight_decay": 0.1},
    "constant learning rate": {"learning_rate_schedule": "constant"},
    "cosine over 300 epochs": {"learning_rate_schedule": "cosine", "max_iter": 300},
    "learning rate .001": {"learning_rate": 0.001},
    "learning rate .005": {"learning_rate": 0.005},
    "label smoothing .1": {"label_smoothing": 0.1},
    "1 member": {"n_members": 1},
    "4 members": {"n_members": 4},
    "8 members": {"n_members": 8},
    "16 members": {"n_members": 16},
    "32 members": {"n_members": 32},
    "no additive members": {},
    "no radial members": {},
    "columns alike in distances": {},
    "numbers whole for all": {"numerical_embedding": None},
    "pieces for all": {"numerical_embedding": "piecewise_linear"},
    "robust scaling": {"scale": "robust"},
    "batches of 256": {"batch_size": 256},
    "batches of 64": {"batch_size": 64},
    "patience 10": {"n_iter_no_change": 10},
    "patience 25": {"n_iter_no_change": 25},
    "recipe best": RECIPES["best"],
    "epoch by accuracy": {"scoring": "accuracy"},
}
# No parameters of the estimator, which judges these members for itself: {variant: what is in place of what}.
REPLACED = {
    "no additive members": (joint_training, "COMPANIONS", (radial,)),
    "no radial members": (joint_training, "COMPANIONS", (additive,)),
    "columns alike in distances": (radial, "learn_units", partial(learn_units, n_rounds=0)),
}
HALVES = ("chosen on", "not looked at")


def halves():
    """{table: half}: the tables of each kind by name, dealt in turn."""
    return {name: HALVES[i % 2] for names in KEEL.values() for i, name in enumerate(sorted(names))}


def measure_variant(variant, name, fold):
    """Fit one variant on one fold: a line of results."""
    with mock.patch.object(*REPLACED[variant]) if variant in REPLACED else nullcontext():
        return measure(name, fold, "default", **VARIANTS[variant]) | {"variant": variant}


def main(arguments=None):
    """Measure what is missing and print the table."""
    parser = argparse.ArgumentParser(prog="ablation", description=__doc__.splitlines()[0])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS, metavar="NAME")
    parser.add_argument("--largest", type=int, default=1000, metavar="ROWS", help="leave larger tables out")
    parser.add_argument("--folds", nargs="+", type=int, default=[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "ablation.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("variant", "table", "fold"))
    names = [name for name in halves() if len(load(name).y) <= options.largest]
    for variant in dict.fromkeys([BASE, *options.variants]):
        print(variant, file=sys.stderr, flush=True)
        for name in names:
            for fold in options.folds:
                if results.find(variant=variant, table=name, fold=fold) is None:
                    results.add(measure_variant(variant, name, fold))
    print(summary(pd.DataFrame(results.lines)).to_string())
    return 0


def summary(lines):
    """DataFrame: a row a variant, columns (half, figure); each over the tables that it and the default have."""
    lines = lines.assign(half=lines["table"].map(halves()))
    rows = {}
    for variant in [name for name in VARIANTS if name in set(lines["variant"])]:
        figures = {}
        for half in HALVES:
            of_half = lines[(lines["half"] == half) & lines["variant"].isin([BASE, variant])]
            wide = of_half.pivot(
                index=["table", "fold"], columns="variant", values=[*ranks.METRICS, "seconds"]
            ).dropna()
            for metric in ranks.METRICS:
                change = wide[metric, variant] - wide[metric, BASE]
                figures[half, metric] = round(1000 * change.mean(), 1)
                if metric == "log_loss":
                    figures[half, "better on"] = round((change < 0).mean(), 2)
            figures[half, "time"] = round((wide["seconds", variant] / wide["seconds", BASE]).median(), 2)
            figures[half, "folds"] = len(wide)
        rows[variant] = figures
    return pd.DataFrame(rows).T


if __name__ == "__main__":
    sys.exit(main())
