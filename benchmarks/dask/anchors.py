"""Fits of each engine on clusters of 1, 2 and 4 processes beside a fit in memory: log loss, and whether bits are equal.

    python -m benchmarks.dask.anchors [--engines NAME ...] [--tables NAME ...] [--workers 1 2 4] [--out FILE]

Resumable. Engines that are not installed are left out with a word; `pip install 'robust-mlp[rivals]'` installs them."""

import argparse
import hashlib
import importlib.util
import sys
import time
import warnings

import dask.dataframe as dd
import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OrdinalEncoder

from benchmarks.dask.kills import without_dask
from benchmarks.dask.quality import SAMPLE_SIZE, TABLES, TEST_SHARE, generated
from benchmarks.lines import RESULTS, ResultLines, versions
from robust_mlp import RobustMLPClassifier
from robust_mlp.dask import DaskRobustMLPClassifier

N_PARTITIONS = 8
# Beside the tables of benchmarks.dask.quality: one that every engine fits in seconds.
ALL_TABLES = {"generated 20,000": lambda: generated(20_000, 4)} | TABLES
N_TREES = 200


def divided(table):
    """(X, X_new, y, y_new): numbers alone, since each engine reads categories in a way of its own."""
    X, y = ALL_TABLES[table]()
    texts = X.select_dtypes(exclude="number").columns
    if len(texts):
        X[texts] = OrdinalEncoder(encoded_missing_value=np.nan).fit_transform(X[texts])
    codes = np.unique(y, return_inverse=True)[1]
    X, X_new, y, y_new = train_test_split(X, codes, test_size=TEST_SHARE, stratify=codes, random_state=0)
    return X.reset_index(drop=True), X_new.reset_index(drop=True), y, y_new


def ours(client):
    """Our classifier, unfitted: on a cluster, or in memory where `client` is None."""
    if client is None:
        return RobustMLPClassifier(random_state=0)
    return DaskRobustMLPClassifier(client=client, sample_size=min(SAMPLE_SIZE, 10_000), n_groups=4, random_state=0)


def xgboost(client):
    """The same of XGBoost."""
    from xgboost import XGBClassifier
    from xgboost.dask import DaskXGBClassifier

    settings = {"n_estimators": N_TREES, "learning_rate": 0.1, "random_state": 0, "n_jobs": 1}
    if client is None:
        return XGBClassifier(**settings)
    clf = DaskXGBClassifier(**settings)
    clf.client = client
    return clf


def lightgbm(client):
    """The same of LightGBM."""
    from lightgbm import DaskLGBMClassifier, LGBMClassifier

    settings = {"n_estimators": N_TREES, "random_state": 0, "n_jobs": 1, "verbose": -1}
    return LGBMClassifier(**settings) if client is None else DaskLGBMClassifier(client=client, **settings)


ENGINES = {"ours": ours, "xgboost": xgboost, "lightgbm": lightgbm}


def measure(engine, table, n_workers):
    """Fit in memory (`n_workers` 0) or on a cluster: {log_loss, bits, seconds, n_rows}."""
    X, X_new, y, y_new = divided(table)
    began = time.perf_counter()
    if n_workers == 0:
        probabilities = ENGINES[engine](None).fit(X, y).predict_proba(X_new)
    else:
        probabilities = np.asarray(_on_cluster(engine, X, y, n_workers).predict_proba(X_new))
    return {
        "n_rows": len(X),
        "seconds": time.perf_counter() - began,
        "log_loss": float(log_loss(y_new, probabilities)),
        "bits": hashlib.sha256(np.ascontiguousarray(probabilities).tobytes()).hexdigest(),
    }


def _on_cluster(engine, X, y, n_workers):
    """What predicts in this process after a fit on a cluster."""
    from distributed import Client, LocalCluster

    whole = dd.from_pandas(X.assign(_target=y), npartitions=N_PARTITIONS)
    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        Client(cluster) as client,
    ):
        fitted = ENGINES[engine](client).fit(whole.drop(columns="_target"), whole["_target"])
        return without_dask(fitted) if engine == "xgboost" else fitted.to_local()


def main(arguments=None):
    """Measure what is missing and print it; 0 if ours has the same bits on every number of workers."""
    parser = argparse.ArgumentParser(prog="anchors", description=__doc__.splitlines()[0])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--tables", nargs="+", choices=ALL_TABLES, default=["generated 20,000"])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--out", default=RESULTS / "dask_anchors.jsonl")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    results, holds = ResultLines(options.out, ("engine", "table", "n_workers")), True
    for table in options.tables:
        for engine in options.engines:
            if engine != "ours" and importlib.util.find_spec(engine) is None:
                print(f"{engine} is not installed, and is left out.")
                continue
            for n in (0, *options.workers):
                if results.find(engine=engine, table=table, n_workers=n) is None:
                    found = measure(engine, table, n)
                    results.add({"engine": engine, "table": table, "n_workers": n, **found, "versions": versions()})
            usual, *others = (results.find(engine=engine, table=table, n_workers=n) for n in (0, *options.workers))
            ratios = ", ".join(
                f"{line['log_loss'] / usual['log_loss']:.4f} on {n}"
                for n, line in zip(options.workers, others, strict=True)
            )
            is_same = len({line["bits"] for line in others}) == 1
            print(
                f"{table:18} {engine:9} log loss {usual['log_loss']:.4f} in memory, on workers times {ratios}; "
                f"bits {'equal' if is_same else 'differ'}",
                flush=True,
            )
            holds = holds and (is_same or engine != "ours")
    print(f"{'PASS' if holds else 'FAIL'} ours has the same bits on every number of workers")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
