"""What a search within `search_space` gains over the default: chosen on one half of the tables, told for the other.

    python -m benchmarks.search_space [--part choose report] [--spaces small full] [--trials 30] [--largest 1000]

The tables are those of `accuracy`, dealt into the halves of `accuracy.ablation`. On fold 0 of a table, each trial is a
draw from a space, judged by its log loss over three folds of the training rows; trial 0 is the default. The trial with
the lowest log loss is fitted again on all training rows and scored on the test rows. `choose` looks at the first half
only; whoever changes a space looks there. `report` is for the second half, once. Resumable: one line for each trial."""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import ParameterSampler, StratifiedKFold

from benchmarks.accuracy.ablation import HALVES, halves
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import load, score
from robust_mlp import RobustMLPClassifier, search_space

PARTS = dict(zip(("choose", "report"), HALVES, strict=True))
# Beside the two public spaces: what training alone gains, with one trace for all trials.
TRAINING = ("learning_rate", "dropout", "batch_size")
SPACES = ("training", "small", "full")
INNER_FOLDS = 3
SEED = 0
# A gain is told as one if it is more than so many standard errors over the tables.
STANDARD_ERRORS = 2


def draws(space, X, y, n_trials):
    """The parameters of each trial: trial 0 is the default."""
    distributions = search_space(X, y, size="full" if space == "full" else "small")
    if space == "training":
        distributions = {name: distributions[name] for name in TRAINING}
    return [{}, *ParameterSampler(distributions, n_trials, random_state=SEED)]


def loss_of(parameters, X, y, train, test):
    """Log loss on the rows `test` of a fit on the rows `train`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = RobustMLPClassifier(random_state=SEED, **parameters).fit(X.iloc[train], y[train])
    return log_loss_of(clf, X.iloc[test], y[test])


def log_loss_of(clf, X, y):
    """Log loss of a fitted classifier."""
    return score(y, clf.predict_proba(X), clf.classes_)["log_loss"]


def inner_loss(parameters, X, y, train):
    """Mean log loss over folds of the training rows."""
    folds = StratifiedKFold(INNER_FOLDS, shuffle=True, random_state=SEED).split(train[:, None], y[train])
    return float(np.mean([loss_of(parameters, X, y, train[a], train[b]) for a, b in folds]))


def measure(results, name, space, n_trials):
    """Add the lines of one table and space that are missing."""
    table = load(name)
    train, test = table.folds()[0]
    trials = draws(space, table.X.iloc[train], table.y[train], n_trials)
    for trial, parameters in enumerate(trials):
        shared = "default" if trial == 0 else space  # the default is one trial of every space
        if results.find(table=name, space=shared, trial=trial) is None:
            loss = inner_loss(parameters, table.X, table.y, train)
            results.add(line(name, shared, trial, parameters, cv_loss=loss))
    best = min(range(len(trials)), key=lambda trial: cv_loss(results, name, space, trial))
    for trial in {0, best}:
        shared = "default" if trial == 0 else space
        if results.find(table=name, space=f"{shared} refit", trial=trial) is None:
            loss = loss_of(trials[trial], table.X, table.y, train, test)
            results.add(line(name, f"{shared} refit", trial, trials[trial], test_loss=loss))


def line(name, space, trial, parameters, **losses):
    """A line of results."""
    typed = {key: value.item() if isinstance(value, np.generic) else value for key, value in parameters.items()}
    rounded = {key: round(value, 6) for key, value in losses.items()}
    return {"table": name, "space": space, "trial": trial, "parameters": typed, **rounded, "versions": versions()}


def cv_loss(results, name, space, trial):
    """Log loss of a trial over the folds of the training rows."""
    return results.find(table=name, space="default" if trial == 0 else space, trial=trial)["cv_loss"]


def gains(results, names, space, n_trials):
    """{table: log loss of the default minus that of the search's best trial, on the test rows} where all is there."""
    found = {}
    for name in names:
        trials = range(n_trials + 1)
        if any(results.find(table=name, space="default" if t == 0 else space, trial=t) is None for t in trials):
            continue
        best = min(trials, key=lambda trial: cv_loss(results, name, space, trial))
        before = results.find(table=name, space="default refit", trial=0)
        after = results.find(table=name, space="default refit" if best == 0 else f"{space} refit", trial=best)
        if before is not None and after is not None:
            found[name] = before["test_loss"] - after["test_loss"]
    return found


def summary(results, names, spaces, n_trials):
    """DataFrame: a row a space, over the tables that are done."""
    rows = {}
    for space in spaces:
        values = np.array(list(gains(results, names, space, n_trials).values()))
        if len(values):
            rows[space] = {
                "tables": len(values),
                "gain": values.mean(),
                "standard error": values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan,
                "share better": np.mean(values > 0),
                "share equal": np.mean(values == 0),
            }
    return pd.DataFrame(rows).T


def verdicts(table, part):
    """One line a space: PASS where the search gains more than `STANDARD_ERRORS` standard errors."""
    for space, row in table.iterrows():
        is_gain = row["gain"] > STANDARD_ERRORS * row["standard error"]
        yield f"{'PASS' if is_gain else 'FAIL'} {part}: a search in '{space}' lowers the log loss by {row['gain']:.4f}"


def main(arguments=None):
    """Measure what is missing and print a table for each part."""
    parser = argparse.ArgumentParser(prog="search_space", description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs="+", default=["choose"], choices=PARTS)
    parser.add_argument("--spaces", nargs="+", default=["small", "full"], choices=SPACES)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--largest", type=int, default=1000, metavar="ROWS", help="leave larger tables out")
    parser.add_argument("--tables", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--out", type=Path, default=RESULTS / "search_space.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("table", "space", "trial"))
    lines = []
    for part in options.part:
        names = [name for name, half in halves().items() if half == PARTS[part]]
        if options.tables:
            names = [name for name in names if name in options.tables]
        n_rows = {name: len(load(name).y) for name in names}
        names = sorted((name for name in names if n_rows[name] <= options.largest), key=n_rows.get)
        for name in names:
            for space in options.spaces:
                print(f"{part}: {name}, {space}", file=sys.stderr, flush=True)
                measure(results, name, space, options.trials)
        table = summary(results, names, options.spaces, options.trials)
        print(
            f"{part}: log loss of the default minus that of the best of {options.trials} trials\n{table.to_string()}\n"
        )
        lines += verdicts(table, part)
    print("\n".join(lines))
    return int(any(text.startswith("FAIL") for text in lines))


if __name__ == "__main__":
    sys.exit(main())
