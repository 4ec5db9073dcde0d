"""Small engines, and a few epochs of them."""

from dataclasses import replace

import numpy as np

from robust_mlp._network.architecture import NetworkShape, build_model, initial_weights
from robust_mlp._network.graph import engine
from robust_mlp._network.graph.epochs import GraphOptions
from robust_mlp._network.graph.graph_inputs import EpochOrders, Stopping, TrainingSettings
from robust_mlp._network.graph.masks import KINDS, Masks
from robust_mlp._network.graph.training_step import SCALARS
from robust_mlp._network.optimizers import make_optimizer
from tests._network.trainings import PLAN, table


def network_of(**settings):
    """The shape of a small plan's network."""
    return NetworkShape.of(replace(PLAN, **settings), 4, 3)


def engine_of(*, n_members=1, optimizer="adam", options=None, **settings):
    """An engine, set to weights that a seed draws."""
    shape = network_of(n_members=n_members, **settings)
    options = options or GraphOptions(has_held_out=True)
    made = engine.Engine(
        build_model(shape, in_engine=True),
        make_optimizer(optimizer),
        options,
        n_members=n_members,
        dropout_layers=shape.dropout_layers,
    )
    weights = initial_weights(made.variables, shape, "auto", 0)
    made.reset(weights)
    return made, weights


def stopping_of(engine, *, patience=np.inf, tol=0.0, n_held_out=20):
    """The stopping rule before the first epoch; each member holds out rows of its own."""
    rows = np.arange(engine.n_members * n_held_out, dtype=np.int32).reshape(engine.n_members, n_held_out)
    n_groups = engine.n_input_groups
    return Stopping(
        rows=rows,
        mask=np.ones(rows.shape, np.float32),
        best=np.full(n_groups, np.inf, np.float32),
        waited=np.zeros(n_groups, np.float32),
        patience=patience,
        tol=tol,
    )


def run(engine, n_epochs, stopping, *, rate=0.01, first_step=0, order_seed=0):
    """Epochs of four batches of 16 rows, the same order for the same seed and first step."""
    rows, codes = table()
    weights = np.ones(len(codes), np.float32)
    rng = np.random.default_rng(order_seed)
    orders = np.stack([rng.permutation(len(rows))[: engine.n_members * 64] for _ in range(first_step // 4 + n_epochs)])
    orders = orders[first_step // 4 :].reshape(n_epochs, engine.n_members, 4, 16).astype(np.int32)
    return engine.run(
        *engine.tables((rows, codes, weights), (rows, codes, weights)),
        EpochOrders(orders=orders, rates=np.full(4 * n_epochs, rate, np.float32), first_step=first_step),
        TrainingSettings(
            scalars=dict.fromkeys(SCALARS, 0.0),
            masks=Masks(0, engine.dropout_layers, 16, dict.fromkeys(KINDS, 0.5), engine.n_members),
            correction=np.float32([[0, 0, 0], [1, 1, 1]]),
        ),
        stopping,
    )
