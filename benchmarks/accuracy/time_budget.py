"""What a time budget buys: log loss of the default fit under `max_time` of 1 to 300 seconds, on twelve large tables.

    python -m benchmarks.accuracy.time_budget [--tables NAME ...] [--limits 1 3 10 60 300] [--out FILE] [--report]

Each table has a process of its own, which has trained before. The first split is used. A fit that ended before its
budget is not repeated with larger ones: they would change nothing. Wants a machine that does nothing else.
Resumable."""

import argparse
import multiprocessing
import sys
import time
import warnings
from pathlib import Path

import pandas as pd
from sklearn.datasets import make_classification

from benchmarks.accuracy.large import CHOOSING, REPORTING, load_large
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import score

LIMITS = (1, 3, 10, 60, 300)
KEYS = ("table", "limit")


def measure_table(name, limits, send):
    """Send a line for each limit of one table, until a fit needs less than its limit."""
    from robust_mlp import RobustMLPClassifier

    table = load_large(name)
    train, test = table.folds()[0]
    X, y = table.X.iloc[train], table.y[train]
    warnings.simplefilter("ignore")
    RobustMLPClassifier(n_members=2, max_iter=2).fit(*make_classification(300))  # TensorFlow has started
    for limit in limits:
        began = time.perf_counter()
        clf = RobustMLPClassifier(random_state=0, max_time=limit).fit(X, y)
        seconds = time.perf_counter() - began
        figures = score(table.y[test], clf.predict_proba(table.X.iloc[test]), clf.classes_)
        codes = {advisory.code for advisory in clf.report_.advisories}
        is_whole = "left_out" not in codes and clf.report_.attempts[-1].stop_reason != "max_time"
        send(
            {
                "table": name,
                "limit": limit,
                "seconds": round(seconds, 2),
                "log_loss": round(figures["log_loss"], 6),
                "accuracy": round(figures["accuracy"], 6),
                "n_members": int(clf.n_members_),
                "n_epochs": int(clf.n_iter_),
                "verdict": clf.report_.verdict.value,
                "is_whole": is_whole,
            }
        )
        if is_whole:
            break
    send(None)


def measure(results, name, limits):
    """Add the lines of one table."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=measure_table, args=(name, limits, sender.send))
    process.start()
    sender.close()
    try:
        while (line := receiver.recv()) is not None:
            results.add(line | {"versions": versions()})
            print(
                f"{name}: {line['limit']} s -> {line['log_loss']:.4f} in {line['seconds']} s",
                file=sys.stderr,
                flush=True,
            )
    finally:
        process.join()


def curve(lines, limits):
    """DataFrame: a row a table, a column a limit: the log loss; where a fit needed less, that of the whole fit."""
    rows = {}
    for line in sorted(lines, key=lambda line: line["limit"]):
        row = rows.setdefault(line["table"], dict.fromkeys(limits, float("nan")))
        for limit in limits:
            if limit == line["limit"] or (line["is_whole"] and limit > line["limit"]):
                row[limit] = line["log_loss"]
    return pd.DataFrame(rows).T


def report(lines, limits):
    """Print the curve of each table, and the mean of the curves over the last value of each."""
    table = curve(lines, limits)
    print("Log loss by max_time, in seconds")
    print(table.round(4).to_string())
    whole = table.dropna()
    over = whole.div(whole[limits[-1]], axis=0)
    print(f"\nOver that of the last column, {len(whole)} tables")
    print(pd.DataFrame({"mean": over.mean(), "worst": over.max()}).T.round(3).to_string())
    needed = pd.Series({line["table"]: line["seconds"] for line in lines if line["is_whole"]})
    print(f"\nSeconds of fits that ended before their budget: median {needed.median():.1f}, longest {needed.max():.1f}")


def main(arguments=None):
    """Measure what is missing, and print the curves."""
    parser = argparse.ArgumentParser(prog="time_budget", description=__doc__.splitlines()[0])
    names = (*CHOOSING, *REPORTING)
    parser.add_argument("--tables", nargs="+", default=list(names), choices=names, metavar="NAME")
    parser.add_argument("--limits", nargs="+", type=float, default=list(LIMITS))
    parser.add_argument("--out", type=Path, default=RESULTS / "time_budget.jsonl")
    parser.add_argument("--report", action="store_true", help="print what the file holds")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, KEYS)
    if not options.report:
        for name in options.tables:
            done = [line for line in results.lines if line["table"] == name]
            missing = [limit for limit in options.limits if limit not in {line["limit"] for line in done}]
            if missing and not any(line["is_whole"] for line in done):
                measure(results, name, missing)
    report([line for line in results.lines if line["table"] in options.tables], options.limits)
    return 0


if __name__ == "__main__":
    sys.exit(main())
