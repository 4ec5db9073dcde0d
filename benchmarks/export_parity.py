"""How far exported models are from predict_proba: ONNX graphs and Keras models, on the accuracy benchmarks' tables.

    python -m benchmarks.export_parity [--tables NAME ...] [--largest ROWS] [--redo] [--out FILE]

On each of the 62 tables of KEEL and the 16 mixed tables, a classifier with few epochs is fitted to the training rows of
the first fold: the arithmetic of a network does not depend on how well it was trained. Then both exports answer the
test rows. Claims: no probability differs by more than 1e-6 in a float64 graph, 1e-4 in a float32 graph and 1e-5 in a
Keras model, and no float64 graph gives a row another label than predict. Resumable."""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np

from benchmarks.accuracy import mixed
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import KEEL, load
from robust_mlp import RobustMLPClassifier, to_onnx

# Enough rows for members of all kinds, and few enough for a fit of seconds. Up to 4,096 rows are predicted in float64.
TRAINING_ROWS, TEST_ROWS = 1200, 1000
SETTINGS = {"n_members": 4, "max_iter": 6, "random_state": 0, "collapse_guard": "warn"}

CLAIMS = {"onnx_float64": 1e-6, "onnx_float32": 1e-4, "keras": 1e-5}


def tables():
    """{name: function that loads the table}."""
    keel = {name: lambda name=name: load(name) for kind in KEEL for name in KEEL[kind]}
    return keel | {source[1]: lambda source=source: mixed.load(source) for source in mixed.SOURCES}


def measure(table):
    """Fit and export: a line of results with the largest differences."""
    train, test = table.folds()[0]
    rng = np.random.default_rng(0)
    train, test = (rng.permutation(rows)[:limit] for rows, limit in ((train, TRAINING_ROWS), (test, TEST_ROWS)))
    train = _with_every_class(table.y, train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what few epochs make of a network is no matter here
        clf = RobustMLPClassifier(**SETTINGS).fit(table.X.iloc[train], table.y[train])
        X = table.X.iloc[test]
        expected, labels = clf.predict_proba(X), clf.predict(X)
    line = {"table": table.name, "n_rows": len(X), "n_columns": X.shape[1], "n_classes": len(clf.classes_)}
    line |= {"additive": clf.n_additive_members_, "radial": clf.n_radial_members_}
    for name, dtype in (("onnx_float64", "float64"), ("onnx_float32", "float32")):
        label, probabilities = run_onnx(to_onnx(clf, dtype=dtype), X)
        line[name] = float(np.abs(probabilities - expected).max())
        line[f"{name}_labels"] = int((label != labels).sum())
    model = clf.to_keras()
    line["keras"] = float(np.abs(model.predict_on_batch(raw_columns(X, missing="")) - expected).max())
    return line | {"versions": versions()}


def run_onnx(model, X):
    """(labels, probabilities) by onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, raw_columns(X))


def raw_columns(X, missing=None):
    """The columns of a frame as the exports take them; `missing` is put into empty cells of categories."""
    columns = {}
    for name in X:
        if X[name].dtype.kind in "fiub":
            columns[name] = X[[name]].to_numpy(np.float64)
        else:
            texts = X[name].astype(object)
            columns[name] = (texts if missing is None else texts.where(texts.notna(), missing)).to_numpy()[
                :, np.newaxis
            ]
    return columns


def _with_every_class(y, rows):
    """`rows`, without those of classes that have one row only, which a fit holds in no part but one."""
    classes, counts = np.unique(y[rows], return_counts=True)
    return rows[np.isin(y[rows], classes[counts > 1])]


def main(arguments=None):
    """Measure what is missing, print the largest differences, and say whether every claim holds."""
    known = tables()
    parser = argparse.ArgumentParser(prog="export_parity", description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=list(known), choices=list(known), metavar="NAME")
    parser.add_argument("--largest", type=int, default=None, metavar="COLUMNS", help="leave wider tables out")
    parser.add_argument("--redo", action="store_true", help="measure again")
    parser.add_argument("--out", type=Path, default=RESULTS / "export_parity.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("table",))
    for i, name in enumerate(options.tables):
        if options.redo:
            results.drop(table=name)
        if results.find(table=name) is None:
            print(f"[{i + 1}/{len(options.tables)}] {name}", file=sys.stderr, flush=True)
            table = known[name]()
            if options.largest is None or table.X.shape[1] <= options.largest:
                results.add(measure(table))
    return report([line for line in results.lines if line["table"] in options.tables], len(options.tables))


def report(lines, n_tables):
    """Print the tables that differ most, and the claims; returns 0 if all hold."""
    print(f"{len(lines)} of {n_tables} tables, {sum(line['n_rows'] for line in lines)} rows")
    if not lines:
        return 1
    holds = []
    for name, largest in CLAIMS.items():
        worst = sorted(lines, key=lambda line: -line[name])[:3]
        holds.append(worst[0][name] <= largest)
        shown = ", ".join(f"{line['table']} {line[name]:.1e}" for line in worst)
        print(f"{'PASS' if holds[-1] else 'FAIL'}: {name}: at most {largest:.0e}. Largest: {shown}.")
    n_wrong = sum(line["onnx_float64_labels"] for line in lines)
    holds.append(n_wrong == 0)
    print(f"{'PASS' if holds[-1] else 'FAIL'}: onnx_float64: rows with another label than predict: {n_wrong}.")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
