"""Peak memory and rows a second of fits on Parquet files, beside a fit in memory, XGBoost and LightGBM.

    python -m benchmarks.dask.out_of_core [--rows 500000 2000000] [--memory 1500MB] [--engines NAME ...] [--epochs 3]

Writes tables of 50 columns in parts, and measures each engine in a process of its own. Resumable. Engines that are not
installed are left out with a word."""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.process_memory import peak_megabytes

N_COLUMNS, N_INFORMATIVE = 50, 10
# Of one file, which is one row group, as pandas writes it.
ROWS_OF_FILE = 250_000
# What is claimed: the peak with 20,000,000 rows, and rows a second beside a fit in memory.
MOST_BYTES, LEAST_SPEED = 1.5e9, 0.6
# Packages of the anchors, whose boosting rounds pass over the table once each, as our epochs do.
# The rows as text, beside the files.
TEXT = "table.csv"
NEEDS = {"xgboost": "xgboost", "lightgbm": "lightgbm"}


def write_table(folder, n_rows):
    """Write the table unless it is there: numbers, sorted by class within each file."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    weights = np.random.default_rng(0).normal(size=(N_INFORMATIVE, 2))
    for number, start in enumerate(range(0, n_rows, ROWS_OF_FILE)):
        place = folder / f"{number:05}.parquet"
        if place.exists():
            continue
        rng = np.random.default_rng([1, number])
        X = rng.normal(size=(min(ROWS_OF_FILE, n_rows - start), N_COLUMNS)).astype(np.float32)
        scores = np.tanh(X[:, :N_INFORMATIVE] @ weights) @ [2.0, -1.5] + X[:, 0] * X[:, 1]
        y = (rng.random(len(X)) < 1 / (1 + np.exp(-scores))).astype(np.int64)
        order = np.argsort(y, kind="stable")
        table = pd.DataFrame(X[order], columns=[f"c{j}" for j in range(N_COLUMNS)]).assign(answer=y[order])
        temporary = place.with_suffix(".part")
        table.to_parquet(temporary, index=False)
        temporary.rename(place)


def write_text(folder):
    """Write the same rows as text unless it is there, the label first: two_round reads nothing else."""
    import pandas as pd

    if (folder / TEXT).exists():
        return
    temporary = (folder / TEXT).with_suffix(".part")
    temporary.unlink(missing_ok=True)
    for path in files_of(folder):
        table = pd.read_parquet(path)
        table[["answer", *table.columns.drop("answer")]].to_csv(temporary, mode="a", header=False, index=False)
    temporary.rename(folder / TEXT)


def files_of(folder):
    """The files of the table, in their order."""
    return sorted(map(str, Path(folder).glob("*.parquet")))


def out_of_core(folder, options):
    """The classifier that a fit within a memory limit gives."""
    from robust_mlp.dask import DaskRobustMLPClassifier

    clf = DaskRobustMLPClassifier(
        memory_limit=options.memory, max_iter=options.epochs, early_stopping=False, random_state=0
    )
    clf.fit_parquet(folder, "answer")
    return clf


def in_memory(folder, options):
    """The same of an ordinary fit."""
    import pandas as pd

    from robust_mlp import RobustMLPClassifier

    table = pd.concat([pd.read_parquet(path) for path in files_of(folder)], ignore_index=True)
    clf = RobustMLPClassifier(max_iter=options.epochs, early_stopping=False, random_state=0)
    clf.fit(table.drop(columns="answer"), table["answer"])
    return clf


def xgboost(folder, options):
    """The same of XGBoost with its external memory."""
    import pandas as pd
    import xgboost as xgb

    class Files(xgb.DataIter):
        def __init__(self, cache):
            self.paths, self.i = files_of(folder), 0
            super().__init__(cache_prefix=f"{cache}/part")

        def next(self, input_data):
            if self.i == len(self.paths):
                return False
            table = pd.read_parquet(self.paths[self.i])
            input_data(data=table.drop(columns="answer"), label=table["answer"])
            self.i += 1
            return True

        def reset(self):
            self.i = 0

    settings = {"objective": "binary:logistic", "tree_method": "hist"}
    with tempfile.TemporaryDirectory() as cache:
        data = xgb.ExtMemQuantileDMatrix(Files(cache), max_bin=256)
        return xgb.train(settings, data, num_boost_round=options.epochs)


def lightgbm(folder, options):
    """The same of LightGBM, which reads the text file of `write_text` twice."""
    import lightgbm as lgb

    data = lgb.Dataset(str(folder / TEXT), params={"two_round": True, "label_column": 0})
    return lgb.train({"objective": "binary", "verbose": -1}, data, num_boost_round=options.epochs)


ENGINES = {"out of core": out_of_core, "in memory": in_memory, "xgboost": xgboost, "lightgbm": lightgbm}


def measure_here(engine, folder, options):
    """Run an engine in this process: a dict of seconds, bytes and log_loss_of_trained_rows."""
    import pandas as pd
    from sklearn.metrics import log_loss

    import robust_mlp._network.training  # noqa: F401  what every fit loads is no part of its time

    base = _peak()
    began, cpu_began = time.perf_counter(), time.process_time()
    model = ENGINES[engine](folder, options)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    found = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": _peak(), "base_bytes": base}
    if hasattr(model, "predict_proba"):
        table = pd.read_parquet(files_of(folder)[0]).iloc[::25]
        found["log_loss_of_trained_rows"] = log_loss(table["answer"], model.predict_proba(table.drop(columns="answer")))
    return found


def _peak():
    """Largest resident memory of this process so far, bytes."""
    return int(peak_megabytes() * 2**20)


def measure(engine, folder, options):
    """Run an engine in a process of its own, or say why not: a dict, or None."""
    package = NEEDS.get(engine)
    if package is not None and importlib.util.find_spec(package) is None:
        print(f"{engine} is not installed, and is left out.")
        return None
    if engine == "lightgbm":
        write_text(folder)
    command = [sys.executable, "-m", "benchmarks.dask.out_of_core", "--child", engine, "--folder", str(folder)]
    command += ["--memory", options.memory, "--epochs", str(options.epochs)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        print(f"{engine} failed: {ended.stderr.splitlines()[-1] if ended.stderr else ended.returncode}")
        return None
    return json.loads(ended.stdout.splitlines()[-1])


def main(arguments=None):
    """Measure what is missing and print it; 0 unless a claim about our memory or speed fails."""
    parser = argparse.ArgumentParser(prog="out_of_core", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=int, default=[500_000, 2_000_000])
    parser.add_argument("--memory", default="1500MB")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "robust_mlp_out_of_core")
    parser.add_argument("--out", default=RESULTS / "dask_out_of_core.jsonl")
    parser.add_argument("--child", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        warnings.simplefilter("ignore")
        print(json.dumps(measure_here(options.child, options.folder, options)))
        return 0
    results = ResultLines(options.out, ("engine", "n_rows", "memory", "epochs"))
    lines, holds = {}, True
    for n_rows in options.rows:
        folder = options.folder / str(n_rows)
        write_table(folder, n_rows)
        for engine in options.engines:
            key = {"engine": engine, "n_rows": n_rows, "memory": options.memory, "epochs": options.epochs}
            if results.find(**key) is None and (found := measure(engine, folder, options)) is not None:
                results.add({**key, **found, "versions": versions()})
            if (line := results.find(**key)) is None:
                continue
            lines[engine, n_rows] = line
            used = f", {line['cpu_seconds']:,.0f} s of processor time" if "cpu_seconds" in line else ""
            print(
                f"{engine:12} {n_rows:11,} rows: peak {line['peak_bytes'] / 1e6:7,.0f} MB "
                f"({line['base_bytes'] / 1e6:,.0f} before), {line['seconds']:,.0f} s{used}",
                flush=True,
            )
            if engine == "out of core" and line["peak_bytes"] > MOST_BYTES:
                print(f"FAIL peak above {MOST_BYTES / 1e6:,.0f} MB")
                holds = False
        own, usual = (lines.get((engine, n_rows)) for engine in ("out of core", "in memory"))
        if own is not None and usual is not None:
            ratio, of_cpu = (usual[name] / own[name] for name in ("seconds", "cpu_seconds"))
            print(
                f"{'PASS' if ratio >= LEAST_SPEED else 'FAIL'} {ratio:.2f} of the in-memory engine's speed, "
                f"{of_cpu:.2f} by processor time"
            )
            holds = holds and ratio >= LEAST_SPEED
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
