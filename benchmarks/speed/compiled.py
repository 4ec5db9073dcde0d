"""Steps that XLA compiles against steps that TensorFlow runs operation by operation, and what compiling takes.

    python -m benchmarks.speed.compiled [--repeats 20]

The engine alone, in turns, on columns and rows of S1. Behind `compiled.is_faster` and `PAYS_FROM`."""

import argparse
import sys
import time

import numpy as np

from benchmarks.speed.common import claim, interleaved
from benchmarks.speed.epoch import table

N_CLASSES = 5
N_STEPS = 256
MOST = 1.0  # a network that is compiled must not be slower for it
# Columns, hidden layers, batch size, other settings of the plan.
KINDS = [
    (157, (64, 32, 32, 16), 256, {}),
    (157, (64, 32, 32, 16), 256, {"dropout": 0.1}),
    (30, (64, 64), 256, {}),
    (30, (64, 64), 32, {}),
    (30, (64, 64), 1024, {}),
    (60, (64, 64), 256, {"activation": "silu", "linear_path": True}),
    (100, (100,), 256, {}),
    (60, (128,), 256, {}),
    (100, (128, 128), 256, {}),
    (157, (128, 128), 256, {}),
    (157, (256, 256), 256, {}),
    (30, (64, 64), 256, {"n_members": 8}),
    (157, (64, 32, 32, 16), 256, {"n_members": 8}),
    (30, (64, 64), 32, {"n_members": 8}),
    (60, (64, 64), 256, {"n_members": 8, "activation": "silu", "linear_path": True, "dropout": 0.1}),
    (157, (128, 128), 256, {"n_members": 8}),
    (157, (256, 256), 256, {"n_members": 8}),
    (30, (64, 64), 256, {"n_members": 4}),
    (60, (64, 64), 256, {"n_members": 32}),
    (150, (64, 64), 32, {"n_members": 32}),
]


def runs(X, y, hidden, batch_size, settings):
    """(two functions that run some steps, plain and compiled; whether the engine would compile; seconds it took)."""
    from robust_mlp._core.plan import TrainingPlan
    from robust_mlp._network import engine_cache
    from robust_mlp._network.architecture import initial_weights
    from robust_mlp._network.graph.graph_inputs import EpochOrders, Stopping, TrainingSettings
    from robust_mlp._network.graph.masks import Masks

    defaults = {"activation": "relu", "n_members": 1, "dropout": 0.0, "linear_path": False}
    plan = TrainingPlan(hidden_layer_sizes=hidden, batch_size=batch_size, **(defaults | settings))
    with engine_cache.borrowed_engine(plan, X.shape[1], N_CLASSES, has_held_out=False) as (engine, shape):
        engine.reset(initial_weights(engine.variables, shape, "auto", seed=0))
    n = plan.n_members
    tables = engine.tables(*[(X, y, np.ones(len(X), np.float32))] * 2)
    order = np.random.default_rng(0).integers(0, len(X), (1, n, N_STEPS, batch_size)).astype(np.int32)
    rates = {"input": 0.0, "hidden": plan.dropout}

    def run(compile_steps):
        engine.run(
            *tables,
            EpochOrders(
                orders=order, rates=np.full(N_STEPS, 1e-3, np.float32), first_step=0, compile_steps=compile_steps
            ),
            TrainingSettings(
                scalars={"weight_decay": 0.0, "label_smoothing": 0.0, "max_norm": 0.0, "clip_norm": 0.0},
                masks=Masks(0, engine.dropout_layers, batch_size, rates, n),
                correction=np.stack([np.zeros(N_CLASSES), np.ones(N_CLASSES)]).astype(np.float32),
            ),
            Stopping(
                np.zeros((n, 0), np.int32),
                np.zeros((n, 0), np.float32),
                best=np.full(1, np.inf, np.float32),
                waited=np.zeros(1, np.float32),
            ),
        )

    seconds = {}
    for kind in (False, True):
        start = time.perf_counter()
        run(kind)
        middle = time.perf_counter()
        run(kind)
        seconds[kind] = (middle - start) - (time.perf_counter() - middle)
    return {kind: lambda kind=kind: run(kind) for kind in (False, True)}, engine.compiles(batch_size), seconds[True]


def main(arguments=None):
    """Print a line for each kind of network and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="compiled", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args(arguments)
    from robust_mlp._network.graph import compiled, tensorflow_startup

    tensorflow_startup.load()
    compiled.is_available()
    X, y = table(60_000)
    worst = 0.0
    print(" columns  hidden              batch  plain   compiled     ratio  compiling  pays from  compiled if long")
    for n_columns, hidden, batch_size, settings in KINDS:
        rows = np.ascontiguousarray(X[:, :n_columns])
        functions, compiles, took = runs(rows, y.astype(np.int32), hidden, batch_size, settings)
        seconds = interleaved(functions, options.repeats)
        plain, fast = (1e6 * seconds[kind] / N_STEPS for kind in (False, True))
        pays_from = 1e6 * took / (plain - fast) if fast < plain else np.inf
        print(
            f"{n_columns:8}  {hidden!s:18}{batch_size:7}{plain:7.0f}{fast:8.0f} us{fast / plain:8.2f}{took:9.1f} s"
            f"{pays_from:11.0f}  {'yes' if compiles else 'no':4}{settings or ''}",
            flush=True,
        )
        if compiles:
            worst = max(worst, fast / plain)
    return 0 if claim(worst <= MOST, f"no network that is compiled is slower for it: at most {worst:.2f}") else 1


if __name__ == "__main__":
    sys.exit(main())
