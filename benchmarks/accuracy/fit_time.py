"""Seconds of a fit with default parameters beside RealMLP-TD and TabM-D, in one run.

    python -m benchmarks.accuracy.fit_time [--tables NAME ...] [--models NAME ...] [--out FILE]

Each model has a process of its own: TensorFlow and PyTorch in one can crash. They take turns table by table, so that a
machine that is slow for some minutes is slow for all. Needs an idle machine and `pip install '.[rivals]'`. Claims: the
median over the tables of the ratio of the fit times is at most .5 beside RealMLP-TD and at most .1 beside TabM-D.
Resumable."""

import argparse
import contextlib
import multiprocessing
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from benchmarks.accuracy.recipes import make
from benchmarks.accuracy.rival_models import PYTABKIT
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import load

OURS = "robust_mlp"
MOST_RATIO = {"realmlp_td": 0.5, "tabm_d": 0.1}
MODELS = (OURS, *MOST_RATIO)
WARM_UP = "wine"  # none of those that are measured: its graphs would be there already
# From 150 to 7,400 rows, two to eleven classes, balanced and not.
TABLES = ("iris", "sonar", "heart", "glass1", "australian", "vehicle", "vowel", "yeast4", "segment", "ring")


def measure(name, model):
    """Fit one model on the first fold: a line of results."""
    table = load(name)
    train, _ = table.folds()[0]
    clf = make("default") if model == OURS else PYTABKIT[model]()
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(table.X.iloc[train], table.y[train])
    line = {"table": name, "model": model, "n_rows": len(train), "seconds": round(time.perf_counter() - start, 3)}
    return line | {"versions": versions()}


def main(arguments=None):
    """Measure what is missing, print the seconds and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="fit_time", description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=TABLES, metavar="NAME")
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS, metavar="NAME")
    parser.add_argument("--out", type=Path, default=RESULTS / "fit_time.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("table", "model"))
    measure_missing(options.models, options.tables, results)
    return report(results.lines)


def measure_missing(models, tables, results):
    """Fit the models on the tables that they have no result for."""
    missing = [(name, model) for name in tables for model in models if results.find(table=name, model=model) is None]
    with contextlib.ExitStack() as stack:
        processes = {model: stack.enter_context(_process_of(model)) for model in {model for _, model in missing}}
        for name, model in missing:
            print(f"{model}: {name}", file=sys.stderr, flush=True)
            results.add(processes[model].submit(measure, name, model).result())


def _process_of(model):
    """A process that has fitted the model once: what a first fit pays for imports is behind it."""
    spawn = multiprocessing.get_context("spawn")
    process = ProcessPoolExecutor(max_workers=1, mp_context=spawn)
    process.submit(measure, WARM_UP, model).result()
    return process


def report(lines):
    """Print the seconds and the claims, of the tables that all models have; returns 0 if all hold."""
    seconds = pd.DataFrame(lines).pivot(index="table", columns="model", values="seconds")
    seconds = seconds.reindex(columns=MODELS).dropna()
    if seconds.empty:
        print("No table has been measured with all models yet.")
        return 1
    print(seconds.to_string())
    holds = []
    for peer, most in MOST_RATIO.items():
        ratio = (seconds[OURS] / seconds[peer]).median()
        holds.append(ratio <= most)
        print(f"{'PASS' if ratio <= most else 'FAIL'}: median fit takes {ratio:.3f} of {peer}'s time (at most {most}).")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
