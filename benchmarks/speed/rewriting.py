"""TensorFlow's rewritings of the engine's graph: those that are kept, all of them, and none.

    python -m benchmarks.speed.rewriting [--repeats 5]

Each line is one network: seconds of the first call into a new graph, which is when it is rewritten, less those of an
epoch; and of an epoch thereafter. All ways take turns."""

import argparse
import contextlib
import functools
import sys
import time
from statistics import geometric_mean, median
from unittest import mock

import numpy as np

from benchmarks.speed.common import claim
from benchmarks.speed.epoch import ours
from robust_mlp import clear_cache

N_ROWS, N_INPUTS, N_CLASSES = 20_000, 100, 5
# Hidden layers, members, and what else is not that of a plain network.
NETWORKS = (
    ((64, 32, 32, 16), 1, {}),
    ((64, 32, 32, 16), 1, {"dropout": 0.1}),
    ((64, 64), 1, {"batch_size": 1024}),
    ((256, 256), 1, {}),
    ((128, 128), 1, {"activation": "silu", "batch_norm": True}),
    ((64, 32, 32, 16), 8, {}),
    ((64, 64), 12, {"activation": "silu", "dropout": 0.15, "batch_size": 128}),
)
EPOCHS = 5
# Else the rewritings that are left out would be worth having, or the others not worth leaving out.
MOST_OF_EPOCH, MOST_OF_FIRST_CALL = 1.05, 0.85


def ways():
    """{name: a context manager for calls into the engine's graph}."""
    from robust_mlp._network.graph.grappler import few_rewritings

    return {"kept": few_rewritings, "all": contextlib.nullcontext, "none": functools.partial(few_rewritings, kept=())}


def measure(X, y, hidden, n_members, settings, way):
    """(seconds of the first call less those of an epoch, seconds of an epoch)."""
    from robust_mlp._network.graph import engine

    found = []
    run = engine.Engine.run

    def timed(self, *args, **arguments):
        start = time.perf_counter()
        measured = run(self, *args, **arguments)
        found.append(time.perf_counter() - start)
        return measured

    clear_cache()
    with mock.patch.object(engine, "few_rewritings", way), mock.patch.object(engine.Engine, "run", timed):
        # A callback has the graph called once an epoch.
        ours(hidden, n_members=n_members, max_iter=1 + EPOCHS, callbacks=[idle_callback()], **settings).fit(X, y)
    first, *later = found
    return first - median(later), median(later)


def idle_callback():
    """A Keras callback that does nothing."""
    import keras

    return keras.callbacks.Callback()


def main(arguments=None):
    """Print a line a network and way, and whether the kept rewritings are as good as all."""
    parser = argparse.ArgumentParser(prog="rewriting", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_ROWS, N_INPUTS), dtype=np.float32)
    y = (X[:, :N_CLASSES] + rng.standard_normal((N_ROWS, N_CLASSES))).argmax(axis=1)
    ratios = []
    for hidden, n_members, settings in NETWORKS:
        found = {name: [] for name in ways()}
        for _ in range(options.repeats):
            for name, way in ways().items():
                found[name].append(measure(X, y, hidden, n_members, settings, way))
        medians = {name: np.median(values, axis=0) for name, values in found.items()}
        print(f"hidden {hidden}, {n_members} members {settings or ''}")
        for name, (first, epoch) in medians.items():
            print(f"  {name:5} first call {first:6.3f} s, an epoch {1000 * epoch:7.1f} ms", flush=True)
        ratios.append(medians["kept"] / medians["all"])
    first, epoch = map(geometric_mean, zip(*ratios, strict=True))
    text = f"with the kept rewritings an epoch takes {epoch:.2f} of one with all (at most {MOST_OF_EPOCH})"
    holds = [claim(epoch <= MOST_OF_EPOCH, text)]
    text = f"with the kept rewritings the first call takes {first:.2f} of one with all (at most {MOST_OF_FIRST_CALL})"
    holds.append(claim(first <= MOST_OF_FIRST_CALL, text))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
