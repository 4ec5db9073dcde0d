"""Two worker processes over one, the scheduler's overhead, members as tasks, and prediction on workers.

    python -m benchmarks.dask.speed [--parts training overhead members prediction] [--rows 2000000] [--columns 30]

`members` trains a single group of partitions, whose members are divided into two tasks.

Wants a quiet machine with two cores or more. Resumable. Prints PASS or FAIL for each claim."""

import argparse
import sys
import time
import warnings

import numpy as np

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.process_memory import peak_megabytes

ROWS_OF_PARTITION = 100_000
# Least gain of two workers, and largest share of a round that the scheduler may take.
LEAST_GAIN, MOST_OVERHEAD = 1.7, 0.05
# Of which the last three are one round each.
N_EPOCHS = 6


def partitioned(n_rows, n_columns):
    """Delayed partitions of a generated table, made on the workers, and their labels."""
    import dask

    n = -(-n_rows // ROWS_OF_PARTITION)
    parts = [dask.delayed(_rows, pure=True)(i, n_columns) for i in range(n)]
    return [part[0] for part in parts], [part[1] for part in parts]


def _rows(seed, n_columns):
    """(X, y) of one partition."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(ROWS_OF_PARTITION, n_columns)).astype(np.float32)
    scores = X[:, 0] * X[:, 1] + np.tanh(X[:, 2:6]).sum(axis=1)
    return X, (rng.random(len(X)) < 1 / (1 + np.exp(-scores))).astype(int)


def fitted(client, options, **parameters):
    """A classifier that a cluster has fitted."""
    from robust_mlp.dask import DaskRobustMLPClassifier

    X, y = partitioned(options.rows, options.columns)
    settings = dict(sample_size=20_000, n_groups=4, max_iter=N_EPOCHS, early_stopping=False, random_state=0)
    clf = DaskRobustMLPClassifier(client=client, **settings | parameters)
    clf.fit(X, y)
    return clf


def cluster_of(n_workers):
    """A LocalCluster of so many processes with one thread each, and its client."""
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None, memory_limit=0)
    return cluster, Client(cluster)


def training(n_workers, options, **parameters):
    """Seconds of an epoch that is one round over all partitions, on so many workers: the median of three."""
    from robust_mlp.dask import _distributed

    cluster, client = cluster_of(n_workers)
    run_round, seconds = _distributed.run_round, []

    def timed(*arguments):
        began = time.perf_counter()
        found = run_round(*arguments)
        seconds.append(time.perf_counter() - began)
        return found

    _distributed.run_round = timed
    try:
        with cluster, client:
            fitted(client, options, **parameters)
    finally:
        _distributed.run_round = run_round
    return {"seconds": float(np.median(seconds[-3:]))}


def members(n_workers, options):
    """The same of one group, all of whose members are a task on one worker, and two tasks on two."""
    return training(n_workers, options, n_groups=1, n_members=6, members_per_task="all" if n_workers == 1 else 3)


def overhead(n_workers, options):
    """Seconds of a round's tasks without work, on one worker, and the round's own seconds."""
    from distributed import wait

    cluster, client = cluster_of(n_workers)
    n = -(-options.rows // ROWS_OF_PARTITION)
    with cluster, client:
        client.submit(_nothing).result()
        began, before, ends = time.perf_counter(), None, []
        for i in range(n):  # a chain of steps and a task of judging for each partition, as `run_round` has it
            before = client.submit(_nothing, i, before, pure=False)
            ends.append(client.submit(_nothing, i, pure=False))
        wait([before, client.submit(_nothing, ends, pure=False)])
        seconds = time.perf_counter() - began
    return {"seconds": seconds}


def _nothing(*arguments):
    """A task that does nothing."""


def prediction(n_workers, options):
    """Seconds of predicting all rows on so many workers, their peak memory, and whether one loaded TensorFlow."""
    cluster, client = cluster_of(n_workers)
    with cluster, client:
        clf = _fitted_here(options.columns)
        X, _ = partitioned(options.rows, options.columns)
        client.run(_import_classifier)
        began = time.perf_counter()
        counts = client.compute([part.sum(axis=0) for part in clf.predict_proba(X).to_delayed().ravel()])
        total = sum(client.gather(counts))
        seconds = time.perf_counter() - began
        loads = any(client.run(_has_tensorflow).values())
        peak = max(client.run(peak_megabytes).values())
    assert abs(total.sum() - options.rows) < 1e-6 * options.rows
    return {"seconds": seconds, "loads_tensorflow": loads, "peak_megabytes": peak}


def _fitted_here(n_columns):
    """A classifier that this process has fitted to a small table."""
    from robust_mlp import RobustMLPClassifier
    from robust_mlp.dask import DaskRobustMLPClassifier

    X, y = _rows(0, n_columns)
    local = RobustMLPClassifier(max_iter=2, random_state=0).fit(X[:20_000], y[:20_000])
    clf = DaskRobustMLPClassifier()
    clf.__dict__.update({name: value for name, value in vars(local).items() if name not in clf.get_params(deep=False)})
    return clf


def _import_classifier():
    import robust_mlp.classifier  # noqa: F401


def _has_tensorflow():
    return "tensorflow" in sys.modules


PARTS = {"training": training, "overhead": overhead, "members": members, "prediction": prediction}


def main(arguments=None):
    """Measure what is missing and print it; 0 if all claims that were asked for hold."""
    parser = argparse.ArgumentParser(prog="speed", description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--out", default=RESULTS / "dask_speed.jsonl")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    results, holds = ResultLines(options.out, ("part", "n_workers", "n_rows", "n_columns")), []

    def line(part, n_workers):
        key = {"part": part, "n_workers": n_workers, "n_rows": options.rows, "n_columns": options.columns}
        if results.find(**key) is None:
            results.add({**key, **PARTS[part](n_workers, options), "versions": versions()})
        return results.find(**key)

    for part in options.parts:
        if part == "overhead":
            share = line("overhead", 1)["seconds"] / line("training", 1)["seconds"]
            holds.append(share <= MOST_OVERHEAD)
            print(f"{'PASS' if holds[-1] else 'FAIL'} overhead: {share:.1%} of a round, at most {MOST_OVERHEAD:.0%}")
            continue
        one, two = (line(part, n)["seconds"] for n in (1, 2))
        text = f"{part}: {one:.1f} s on one worker, {two:.1f} s on two, {one / two:.2f} times"
        if part == "members":  # both tasks encode all rows, so their gain cannot be that of groups
            print(f"     {text}")
            continue
        holds.append(one / two >= LEAST_GAIN)
        print(f"{'PASS' if holds[-1] else 'FAIL'} {text}, at least {LEAST_GAIN}")
        if part == "prediction":
            holds.append(not line(part, 2)["loads_tensorflow"])
            print(f"{'PASS' if holds[-1] else 'FAIL'} workers that predict load no TensorFlow")
            print(f"     a worker took {line(part, 1)['peak_megabytes']:,.0f} MB at most for {options.rows:,} rows")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
