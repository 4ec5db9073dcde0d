"""The cache of traced engines: the next fit of the same kind reuses an engine.

What a kind is lies here; who gets which engine, and which are kept, in `EngineCache`."""

import contextlib
import json
from functools import partial

from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.graph.engine import Engine
from robust_mlp._network.graph.epochs import GraphOptions
from robust_mlp._network.optimizers import fused, has_own_schedule, is_elementwise, make_optimizer
from robust_mlp._system.idle_engines import EngineCache

# Idle engines kept. A traced small network holds about 4 MB. A search over more architectures than this traces again,
# and its memory stays within 80 MB (`make bench-speed.architectures`).
MAX_IDLE_ENGINES = 8

cache = EngineCache(MAX_IDLE_ENGINES)


@contextlib.contextmanager
def borrowed_engine(
    plan, n_inputs, n_outputs, has_held_out, embedding_sizes=(), input_groups=(), hides_inputs=False, shares=False
):
    """Lend an engine for the plan's kind of network, and take it back at the end.

    Parameters
    ----------
    plan : TrainingPlan
    n_inputs, n_outputs : int
    has_held_out : bool
    embedding_sizes : tuple of int, default=()
        Levels of each category whose codes are the last inputs.
    input_groups : tuple of int, default=()
        The group of each member; see GraphOptions.
    hides_inputs : bool, default=False
        Whether the groups differ by the inputs that their members see.
    shares : bool, default=False
        Whether several members hold out the same rows.

    Yields
    ------
    engine : Engine
    shape : NetworkShape
    """
    shape, options, key = _key_of(
        plan, n_inputs, n_outputs, has_held_out, embedding_sizes, input_groups, hides_inputs, shares
    )
    with cache.lend(key, partial(_new_engine, shape, options, plan.optimizer)) as engine:
        engine.prepare(plan.batch_size)  # here, since whoever borrows an engine expects that to take a while
        yield engine, shape


def has_idle(plan, n_inputs, n_outputs, has_held_out, embedding_sizes=(), *options):
    """Whether an engine of this kind waits in the cache; arguments as for `borrowed_engine`."""
    return cache.has(_key_of(plan, n_inputs, n_outputs, has_held_out, embedding_sizes, *options)[-1])


def _key_of(plan, n_inputs, n_outputs, has_held_out, embedding_sizes, *options):
    """(shape, options, key): engines with the same key are interchangeable."""
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    options = _options_of(plan, has_held_out, *options)
    return shape, options, (shape, options, json.dumps(plan.optimizer, sort_keys=True, default=repr))


def _options_of(plan, has_held_out, input_groups, hides_inputs, shares):
    """The GraphOptions of a plan."""
    return GraphOptions(
        has_held_out=has_held_out,
        shares_held_out=shares,
        input_groups=input_groups,
        hides_inputs=hides_inputs,
        has_label_smoothing=plan.label_smoothing > 0,
        has_max_norm=plan.max_norm is not None,
        has_clip_norm=plan.clip_norm is not None,
    )


def _new_engine(shape, options, settings):
    optimizer = fused(make_optimizer(settings))
    return Engine(
        build_model(shape, in_engine=True),
        optimizer,
        options,
        n_members=shape.n_members,
        dropout_layers=shape.dropout_layers,
        is_elementwise=is_elementwise(optimizer),
        has_own_schedule=has_own_schedule(optimizer),
    )


def clear():
    """Forget all idle engines."""
    cache.clear()


def count_traces():
    """How often the idle engines' graphs were traced, in all."""
    return sum(engine.n_traces for engine in cache.idle())
