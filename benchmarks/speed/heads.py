"""Linear heads trained in NumPy against the same training in a graph.

    python -m benchmarks.speed.heads [--repeats 5]

Each line is some members without hidden units, as companions are: seconds of a training of `EPOCHS` epochs with the
graph at hand, and what making the graph takes, its first call included. Up to `MOST_WEIGHTS` weights they get NumPy."""

import argparse
import sys
import time
from statistics import median
from unittest import mock

import numpy as np

from benchmarks.speed.common import claim, interleaved

# Members, inputs, classes.
HEADS = ((3, 120, 2), (9, 150, 2), (9, 150, 11), (3, 340, 3), (3, 900, 4), (3, 900, 10), (3, 2000, 10))
N_ROWS, EPOCHS = 3000, 20
SEEDS = {"weights": 0, "shuffle": 0, "dropout": 0}
MOST_OF_GRAPH = 1.1  # of the time in the graph, for each that gets NumPy


def training(n_members, n_inputs, n_classes):
    """(plan, data) of labels that the head can learn in part."""
    from robust_mlp._core.plan import TrainingPlan
    from robust_mlp._core.training_data import TrainingData
    from robust_mlp._system.aligned_arrays import aligned

    rng = np.random.default_rng(0)
    rows = aligned(rng.standard_normal((N_ROWS, n_inputs)), np.float32)
    noise = rng.standard_normal((N_ROWS, n_classes))
    codes = aligned((rows[:, :n_classes] + noise).argmax(axis=1), np.int32)
    weights = aligned(np.ones(N_ROWS), np.float32)
    held_out = np.array_split(rng.permutation(N_ROWS), 10)[:n_members]
    train = [np.setdiff1d(np.arange(N_ROWS), part) for part in held_out]
    data = TrainingData(rows, codes, weights, n_classes, train, (rows, codes, weights), held_out)
    settings = {"batch_size": 128, "learning_rate": 0.01, "max_iter": EPOCHS, "n_iter_no_change": EPOCHS}
    return TrainingPlan(hidden_layer_sizes=(), n_members=n_members, **settings), data


def main(arguments=None):
    """Print a line a head, and whether NumPy is as fast where it is taken."""
    parser = argparse.ArgumentParser(prog="heads", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    from robust_mlp._network import engine_cache, linear_engine
    from robust_mlp._network.training import train

    ratios, most = [], linear_engine.MOST_WEIGHTS
    for head in HEADS:
        plan, data = training(*head)

        def fit(lend, plan=plan, data=data):
            train(plan, data, SEEDS, lend=lend)

        first = []
        for _ in range(2):
            engine_cache.clear()
            start = time.perf_counter()
            fit(engine_cache.borrowed_engine)
            first.append(time.perf_counter() - start)
        with mock.patch.object(linear_engine, "MOST_WEIGHTS", sys.maxsize):
            ways = {"NumPy": lambda: fit(linear_engine.lent_for), "graph": lambda: fit(engine_cache.borrowed_engine)}
            seconds = interleaved(ways, options.repeats)
        ratio, n_weights = seconds["NumPy"] / seconds["graph"], head[0] * (head[1] + 1) * head[2]
        if n_weights <= most:
            ratios.append(ratio)
        making = median(first) - seconds["graph"]
        print(
            f"{head[0]} members, {head[1]} inputs, {head[2]} classes: NumPy {seconds['NumPy']:.3f} s, graph "
            f"{seconds['graph']:.3f} s and {making:.2f} s to make it: {ratio:.2f}",
            flush=True,
        )
    text = (
        f"up to {most} weights NumPy takes at most {max(ratios):.2f} of the time in the graph (at most {MOST_OF_GRAPH})"
    )
    return 0 if claim(max(ratios) <= MOST_OF_GRAPH, text) else 1


if __name__ == "__main__":
    sys.exit(main())
