"""RobustMLPClassifier with its defaults beside the strongest classifiers, on suites of tables that have two halves.

    python -m benchmarks.accuracy.anchors --suite drawn|generated|large|wide|keel|mixed [--half choosing|reporting]
        [--models NAME ...] [--tables NAME ...] [--folds 0] [--threads 1] [--longest SECONDS] [--redo MODEL ...]
        [--out FILE] [--report]

Each fit runs in a process of its own, which measures its time and memory. `--report` prints what the file holds without
measuring. Claims: first in mean rank in log loss and AUC among the models asked for; on no large table more than 2 %
behind the best default in log loss; median time at most CatBoost's. Resumable."""

import argparse
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.accuracy import ranks, standings
from benchmarks.accuracy.anchor_models import (
    ANCHORS,
    DEFAULT_FITS,
    NEEDS,
    NEEDS_OUR_SECONDS,
    OURS,
    check_installed,
)
from benchmarks.accuracy.isolated import measure_isolated
from benchmarks.accuracy.suites import SUITES
from benchmarks.lines import RESULTS, ResultLines, versions

KEYS = ("suite", "table", "fold", "model")
CLAIMED = ("log_loss", "auc")
# Log loss behind the best default on a large table.
LARGEST_DISTANCE = 0.02
# Beyond that many rows a table comes last, so that the others are there first.
MANY_ROWS = 100_000
DISTRIBUTIONS = {"interpret": "interpret-core", "autogluon": "autogluon.tabular"}


def main(arguments=None):
    """Measure what is missing, print the standings, and say whether the claims hold."""
    options = _options(arguments)
    results = ResultLines(options.out or RESULTS / f"anchors_{options.half}.jsonl", KEYS)
    for model in options.redo:
        results.drop(suite=options.suite, model=model)
    names = options.tables or SUITES[options.suite].half(options.half)
    if not names:
        raise SystemExit(f"All tables of {options.suite!r} are for choosing. Type: --half choosing.")
    if not options.report:
        check_installed(options.models)
        measure_missing(results, options, names)
    lines = [line for line in results.lines if line["suite"] == options.suite and line["table"] in names]
    if not lines:
        raise SystemExit(f"{results.path} holds no line of these tables. Leave --report out to measure them.")
    return report(standings.frame_of(lines), options.suite, options.models)


def measure_missing(results, options, names):
    """Add a line for each table, fold and model that the file does not hold."""
    late = []
    for name in names:
        missing = _missing(results, options, name)
        if not missing:
            continue
        table = SUITES[options.suite].load(name)
        if len(table.y) > MANY_ROWS and len(names) > 1:
            late.append(name)
            continue
        _measure_table(results, options, table, missing)
    for name in late:
        _measure_table(results, options, SUITES[options.suite].load(name), _missing(results, options, name))


def report(scores, suite, models):
    """Print ranks, wins, times and ratings of the models that were measured; returns 0 if the claims hold."""
    measured = [name for name in models if name in set(scores["model"])]
    table, n_cells = ranks.mean_ranks(scores, measured)
    print(f"Mean rank of {len(measured)} over {n_cells} folds of {suite} tables")
    print(table.sort_values("log_loss").round(2).to_string())
    print("\nMedians of a fit")
    print(standings.times(scores, measured).round(2).to_string())
    for metric in CLAIMED:
        ratings = standings.elo(scores, measured, metric)
        print(f"\nElo in {metric}" + (": bencheval is not installed." if ratings is None else ""))
        if ratings is not None:
            print(ratings.round(0).to_string())
    rivals = [name for name in measured if name != OURS]
    if OURS not in measured or not rivals:
        print(f"\nNo claim is checked: {OURS} and one other model are needed.")
        return 0
    print("\nTables won / tied / lost in log loss")
    for name in rivals:
        print(f"  {name:24}{'/'.join(map(str, ranks.wins(scores, OURS, name, 'log_loss')))}")
    claims = list(_claims(scores, suite, table, rivals))
    print()
    for holds, text in claims:
        print(f"{'PASS' if holds else 'FAIL'}: {text}.")
    return 0 if all(holds for holds, _ in claims) else 1


def _claims(scores, suite, table, rivals):
    """(whether it holds, what is claimed) pairs."""
    for metric in CLAIMED:
        best = table[metric].drop(OURS).idxmin()
        rank, other = table.loc[[OURS, best], metric]
        yield rank <= other, f"{metric}: mean rank {rank:.2f}, best rival {best} {other:.2f}"
    defaults = [name for name in DEFAULT_FITS if name in rivals]
    if suite in ("large", "generated", "wide") and defaults:
        behind = standings.distances(scores, OURS, defaults)
        worst = ", ".join(f"{name} {value:+.1%}" for name, value in behind.head(4).items())
        yield behind.iloc[0] <= LARGEST_DISTANCE, f"log loss at worst 2 % behind the best default: {worst}"
    if "catboost" in rivals:
        medians = standings.times(scores, [OURS, "catboost"])["cpu_seconds"]
        times = f"{medians[OURS]:.2f} s, CatBoost's {medians['catboost']:.2f} s"
        yield medians[OURS] <= medians["catboost"], f"median processor time {times}"


def _missing(results, options, name):
    """(fold, model) pairs that the file does not hold."""
    cells = [(fold, model) for fold in options.folds for model in options.models]
    return [
        (fold, model)
        for fold, model in cells
        if results.find(suite=options.suite, table=name, fold=fold, model=model) is None
    ]


def _measure_table(results, options, table, missing):
    """Add a line for each (fold, model) pair of one table."""
    print(f"{table.name}: {table.X.shape[0]:,} x {table.X.shape[1]}", file=sys.stderr, flush=True)
    for fold, model in missing:
        key = {"suite": options.suite, "table": table.name, "fold": fold, "model": model}
        seconds = _seconds_of_ours(results, key) if model in NEEDS_OUR_SECONDS else None
        figures = measure_isolated(
            table, fold, model, n_threads=options.threads, seconds_of_ours=seconds, longest=options.longest
        )
        results.add(key | figures | {"threads": options.threads, "versions": versions() | _version_of(model)})
        print(f"    {model}: {figures.get('seconds', figures.get('error'))}", file=sys.stderr, flush=True)


def _seconds_of_ours(results, key):
    """Seconds of our own fit on the same rows."""
    line = results.find(**(key | {"model": OURS}))
    if line is None or "seconds" not in line:
        raise SystemExit(
            f"The limit of {key['model']} is a multiple of our own fit. Type: --models {OURS} {key['model']}."
        )
    return line["seconds"]


def _version_of(model):
    """The version of the package that a model comes from."""
    if model not in NEEDS:
        return {}
    name = DISTRIBUTIONS.get(NEEDS[model], NEEDS[model])
    try:
        return {name: version(name)}
    except PackageNotFoundError:
        return {}


def _options(arguments):
    parser = argparse.ArgumentParser(prog="anchors", description=__doc__.splitlines()[0])
    parser.add_argument("--suite", required=True, choices=SUITES)
    parser.add_argument("--half", default="choosing", choices=("choosing", "reporting"))
    parser.add_argument("--models", nargs="+", default=list(DEFAULT_FITS), choices=ANCHORS, metavar="NAME")
    parser.add_argument("--tables", nargs="+", default=None, metavar="NAME")
    parser.add_argument("--folds", nargs="+", type=int, default=[0])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="processors of a fit")
    parser.add_argument("--longest", type=int, metavar="SECONDS", help="more processor time is a failure")
    parser.add_argument("--redo", nargs="+", default=[], choices=ANCHORS, metavar="MODEL", help="measure again")
    parser.add_argument("--report", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=None)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
