"""Does RobustMLPClassifier beat the class prior wherever there is something to learn?

The rule: on every table where logistic regression or a random forest beats DummyClassifier in log loss, so does
RobustMLPClassifier; and the same for balanced accuracy. Means over five folds.

    python -m benchmarks.vs_dummy [--tables wine iris] [--redo RobustMLPClassifier] [--out FILE]

Resumable: a (table, fold, model) that the file of results holds is not measured again."""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import load, score
from robust_mlp import RobustMLPClassifier

# scikit-learn's own four, then KEEL's: 2 to 15 classes, 150 to 6,435 rows, mixed columns, strong and weak signal, and
# imbalance up to 1 : 129.
TABLES = (
    "digits",
    "breast_cancer",
    "wine",
    "iris",
    "australian",
    "bupa",
    "contraceptive",
    "crx",
    "german",
    "hayes-roth",
    "heart",
    "led7digit",
    "mammographic",
    "movement_libras",
    "phoneme",
    "saheart",
    "satimage",
    "sonar",
    "splice",
    "tae",
    "tic-tac-toe",
    "vehicle",
    "abalone19",
    "car-good",
    "flare-F",
    "glass2",
    "haberman",
    "page-blocks0",
    "poker-8_vs_6",
    "winequality-red-4",
    "yeast1",
    "yeast4",
)


def encoded(classifier):
    """`classifier` behind mean imputation, scaling and one-hot columns."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_exclude="category")),
        (levels, make_column_selector(dtype_include="category")),
    )
    return make_pipeline(columns, classifier)


MODELS = {
    "DummyClassifier": lambda: DummyClassifier(strategy="prior"),
    "LogisticRegression": lambda: encoded(LogisticRegression(max_iter=1000)),
    "RandomForestClassifier": lambda: encoded(RandomForestClassifier(300, random_state=0)),
    "RobustMLPClassifier": lambda: RobustMLPClassifier(random_state=0),
}
RIVALS = ("LogisticRegression", "RandomForestClassifier")
METRICS = {"log_loss": -1, "balanced_accuracy": 1}  # -1: less is better


def measure(table, fold, model):
    """Fit one model on one fold: a line of results."""
    train, test = table.folds()[fold]
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the classifier warns of stands in its report
        fitted = MODELS[model]().fit(table.X.iloc[train], table.y[train])
    seconds = time.perf_counter() - start
    probabilities = fitted.predict_proba(table.X.iloc[test])
    line = {"table": table.name, "fold": fold, "model": model, "seconds": round(seconds, 3)}
    line |= {name: round(value, 6) for name, value in score(table.y[test], probabilities, fitted.classes_).items()}
    predicted = fitted.classes_[probabilities.argmax(axis=1)]
    line["largest_predicted_share"] = round(
        float(np.unique(predicted, return_counts=True)[1].max() / len(predicted)), 6
    )
    if model == "RobustMLPClassifier":
        line["verdict"] = fitted.report_.verdict.value
        line["n_restarts"] = int(fitted.n_restarts_)
    return line | {"versions": versions()}


def means(lines, table):
    """{model: {metric: mean over the folds}} of one table."""
    found = {}
    for model in MODELS:
        rows = [line for line in lines if line["table"] == table and line["model"] == model]
        found[model] = {metric: float(np.mean([row[metric] for row in rows])) for metric in [*METRICS, "seconds"]}
    return found


def losses_to_prior(mean):
    """The metrics in which a rival beats the prior on a table, and ours does not."""
    lost = []
    for metric, sign in METRICS.items():
        prior = sign * mean["DummyClassifier"][metric]
        can_be_beaten = max(sign * mean[rival][metric] for rival in RIVALS) > prior
        if can_be_beaten and sign * mean["RobustMLPClassifier"][metric] <= prior:
            lost.append(metric)
    return lost


def main(arguments=None):
    """Measure what is missing, print the table and the verdict; returns 0 for PASS, 1 for FAIL."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=TABLES, metavar="NAME")
    parser.add_argument("--redo", nargs="+", default=[], choices=MODELS, metavar="MODEL", help="measure these again")
    parser.add_argument("--out", type=Path, default=RESULTS / "vs_dummy.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("table", "fold", "model"))
    for model in options.redo:
        for name in options.tables:
            results.drop(model=model, table=name)
    for i, name in enumerate(options.tables):
        print(f"[{i + 1}/{len(options.tables)}] {name}", file=sys.stderr)
        table = load(name)
        for fold in range(len(table.folds())):
            for model in MODELS:
                if results.find(table=name, fold=fold, model=model) is None:
                    results.add(measure(table, fold, model))
    return report(results.lines, options.tables)


def report(lines, tables):
    """Print one row a table and the sentence that says whether the rule holds."""
    short = {"DummyClassifier": "prior", "LogisticRegression": "logistic", "RandomForestClassifier": "forest"}
    heads = [short.get(model, "ours") for model in MODELS]
    print(f"{'':26}{'log loss':^40}{'balanced accuracy':^40}")
    print(f"{'table':26}" + 2 * "".join(f"{head:>10}" for head in heads) + "   verdicts (5 folds)")
    failures = {}
    for table in tables:
        mean = means(lines, table)
        cells = [f"{mean[model][metric]:10.4f}" for metric in METRICS for model in MODELS]
        verdicts = [line["verdict"] for line in lines if line["table"] == table and "verdict" in line]
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in sorted(set(verdicts)))
        print(f"{table:26}{''.join(cells)}   {counts}")
        if lost := losses_to_prior(mean):
            failures[table] = lost
    rule = "wherever logistic regression or a random forest beats the class prior, RobustMLPClassifier does"
    if failures:
        told = "; ".join(f"{table} ({', '.join(lost)})" for table, lost in failures.items())
        print(f"FAIL: {rule}: not on {len(failures)} of {len(tables)} tables: {told}.")
        return 1
    print(f"PASS: {rule}, in log loss and in balanced accuracy, on all {len(tables)} tables.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
