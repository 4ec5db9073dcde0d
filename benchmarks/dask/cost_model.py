"""What a round costs, measured in parts, and what follows for 2 to 1,024 workers.

    python -m benchmarks.dask.cost_model [--rows 100000] [--columns 30] [--bandwidth 1e9] [--latency .001] [--task .001]

Measures in this process: seconds of local steps for a row, bytes of a network with its moments, seconds of an average.
Bandwidth (bytes a second), latency and the scheduler's time for a task are those of a cluster, and are given."""

import argparse
import pickle
import sys
import time
import warnings
from dataclasses import dataclass

import numpy as np

from robust_mlp.dask._rounds import NETWORKS_PER_AVERAGE

# The share of a round that averaging may cost.
WORTH_IT = 0.1
WORKERS = [2**k for k in range(1, 11)]


@dataclass(frozen=True)
class Parts:
    """What a round is made of.

    `seconds_of_row` of local steps; `n_bytes` of a network with its moments; `seconds_of_average` of one network in an
    average; `bandwidth` in bytes a second, `latency` of a message and `task`, the scheduler's time, in seconds.
    """

    seconds_of_row: float
    n_bytes: int
    seconds_of_average: float
    bandwidth: float
    latency: float
    task: float


@dataclass(frozen=True)
class Cost:
    """Seconds of a round: of the steps, of sending and averaging networks, and of the scheduler."""

    steps: float
    averaging: float
    scheduling: float

    @property
    def total(self):
        """Of all parts: the scheduler works while steps are made, and costs what it takes longer than they do."""
        return self.averaging + max(self.steps, self.scheduling)

    @property
    def share_of_averaging(self):
        """Of the round."""
        return self.averaging / self.total


def cost_of_round(parts, n_workers, rows_of_worker, parts_of_worker):
    """The Cost of a round in which each worker is one group.

    The client sends the network to the scheduler once, and workers fetch it from each other, as a tree. Averages are a
    tree of `NETWORKS_PER_AVERAGE`: at each level a worker fetches that many networks, one after the other.
    """
    send = parts.latency + parts.n_bytes / parts.bandwidth
    levels_down = int(np.ceil(np.log2(n_workers))) if n_workers > 1 else 0
    averaging, width = send * (1 + levels_down), n_workers
    while width > 1:
        fan_in = min(width, NETWORKS_PER_AVERAGE)
        averaging += (fan_in - 1) * send + fan_in * parts.seconds_of_average
        width = -(-width // NETWORKS_PER_AVERAGE)
    averaging += send  # back to the client
    # A task of steps and one of judging for each partition, and those of both trees.
    n_tasks = n_workers * (2 * parts_of_worker) + 2 * -(-n_workers // (NETWORKS_PER_AVERAGE - 1))
    return Cost(rows_of_worker * parts.seconds_of_row, averaging, n_tasks * parts.task)


def simulated_round(parts, n_workers, rows_of_worker, parts_of_worker, rng):
    """Seconds of a round in which tasks take different times: a worker's steps vary by a tenth, a message by a half.

    An average begins once its last network is there. The scheduler hands out tasks one by one.
    """
    send = parts.latency + parts.n_bytes / parts.bandwidth
    handed = np.arange(1, n_workers + 1) * 2 * parts_of_worker * parts.task
    arrival = send * (1 + np.ceil(np.log2(np.arange(1, n_workers + 1)))) * rng.lognormal(0, 0.5, n_workers)
    ready = np.maximum(arrival, handed / parts_of_worker)
    ends = ready + rows_of_worker * parts.seconds_of_row * rng.lognormal(0, 0.1, n_workers)
    ends = np.maximum(ends, handed)  # no worker ends before its last task was handed out
    while len(ends) > 1:
        level = [ends[i : i + NETWORKS_PER_AVERAGE] for i in range(0, len(ends), NETWORKS_PER_AVERAGE)]
        ends = np.array(
            [
                chunk.max()
                + (send * rng.lognormal(0, 0.5, len(chunk) - 1)).sum()
                + len(chunk) * parts.seconds_of_average
                + parts.task
                for chunk in level
            ]
        )
    return float(ends[0] + send)


def measured(n_rows, n_columns):
    """(seconds of a row, bytes of a network, seconds of an average), in this process."""
    from robust_mlp.dask import _distributed, _rounds
    from robust_mlp.dask._local_steps import averaged

    seen = {}
    run_round = _rounds.run_round

    def watched(runner, job, rounds, progress, rate):
        began = time.perf_counter()
        found = run_round(runner, job, rounds, progress, rate)
        seconds = time.perf_counter() - began
        if all(n == 1 for group in rounds[progress.n_done].tasks for _, _, n in group):  # the whole partition
            seen.setdefault("rounds", []).append(seconds)
        seen["steps"] = found[0]
        return found

    _distributed.run_round = watched
    try:
        _fit(n_rows, n_columns)
    finally:
        _distributed.run_round = run_round
    steps = seen["steps"]
    n_bytes = len(pickle.dumps(steps))
    began, n = time.perf_counter(), 20
    for _ in range(n):
        averaged(*[steps] * NETWORKS_PER_AVERAGE)
    average = (time.perf_counter() - began) / n / NETWORKS_PER_AVERAGE
    return float(np.median(seen["rounds"])) / n_rows, n_bytes, average


def _fit(n_rows, n_columns):
    import dask.array as da
    from sklearn.datasets import make_classification

    from robust_mlp.dask import DaskRobustMLPClassifier

    X, y = make_classification(n_rows, n_columns, n_informative=8, random_state=0)
    X = X.astype(np.float32)
    clf = DaskRobustMLPClassifier(
        sample_size=min(n_rows // 2, 10_000), n_groups=1, max_iter=8, early_stopping=False, random_state=0
    )
    clf.fit(da.from_array(X, chunks=(n_rows, n_columns)), da.from_array(y, chunks=n_rows))


def main(arguments=None):
    """Measure, and print the table of workers."""
    parser = argparse.ArgumentParser(prog="cost_model", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="of the measurement, and of a partition")
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--parts-of-worker", type=int, default=4, help="partitions of each worker in a round")
    parser.add_argument("--bandwidth", type=float, default=1e9, help="bytes a second between workers")
    parser.add_argument("--latency", type=float, default=1e-3, help="seconds of a message")
    parser.add_argument("--task", type=float, default=1e-3, help="seconds of the scheduler for a task")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    seconds, n_bytes, average = measured(options.rows, options.columns)
    parts = Parts(seconds, n_bytes, average, options.bandwidth, options.latency, options.task)
    print(f"Row: {1e6 * seconds:.2f} microseconds. Network: {n_bytes:,} bytes. Its average: {1e3 * average:.2f} ms.")
    rows = options.rows * options.parts_of_worker
    one = rows * seconds
    rng, enough = np.random.default_rng(0), None
    print(f"{'workers':>7}  {'bytes a round':>14}  {'seconds':>8}  {'simulated':>9}  {'averaging':>9}  {'speed-up':>8}")
    for n in WORKERS:
        cost = cost_of_round(parts, n, rows, options.parts_of_worker)
        simulated = np.mean([simulated_round(parts, n, rows, options.parts_of_worker, rng) for _ in range(20)])
        print(
            f"{n:7,}  {2 * n * n_bytes:14,}  {cost.total:8.2f}  {simulated:9.2f}  {cost.share_of_averaging:9.1%}  "
            f"{n * one / simulated:8.1f}"
        )
        if enough is None and cost.share_of_averaging > WORTH_IT:
            enough = n
    print(f"Averaging costs more than {WORTH_IT:.0%} of a round from {enough or 'no number of'} workers on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
