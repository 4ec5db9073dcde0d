"""The cache of traced engines: the next fit of the same kind reuses an engine.

So a grid over numbers traces once, and memory stays flat. An engine holds the variables of one fit. So only one fit at
a time borrows it; fits in other threads get other engines."""

import contextlib
import json
import threading
from collections import OrderedDict

from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.graph.engine import Engine, GraphOptions
from robust_mlp._network.optimizers import fused, has_own_schedule, is_elementwise, make_optimizer

# Idle engines kept. A traced small network holds a few MB; a search over more architectures than this traces again.
MAX_IDLE_ENGINES = 16

_lock = threading.Lock()
_idle: OrderedDict[tuple, list[Engine]] = OrderedDict()  # least recently used first


@contextlib.contextmanager
def borrowed_engine(plan, n_inputs, n_outputs, has_held_out, embedding_sizes=(), input_groups=(), hides_inputs=False):
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

    Yields
    ------
    engine : Engine
    shape : NetworkShape
    """
    shape, options, key = _kind_of(plan, n_inputs, n_outputs, has_held_out, embedding_sizes, input_groups, hides_inputs)
    with _lock:
        waiting = _idle.get(key)
        engine = waiting.pop() if waiting else None
    engine = engine or _new_engine(shape, options, plan.optimizer)
    engine.prepare(plan.batch_size)  # trace here: a borrower expects this call to take some time
    yield engine, shape
    _take_back(key, engine)  # not after an exception, because the state of the engine is unknown then


def _kind_of(plan, n_inputs, n_outputs, has_held_out, embedding_sizes, input_groups, hides_inputs):
    """(shape, options, key): engines with the same key are interchangeable."""
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    options = GraphOptions(
        has_held_out=has_held_out,
        input_groups=input_groups,
        hides_inputs=hides_inputs,
        has_label_smoothing=plan.label_smoothing > 0,
        has_max_norm=plan.max_norm is not None,
        has_clip_norm=plan.clip_norm is not None,
    )
    return shape, options, (shape, options, json.dumps(plan.optimizer, sort_keys=True, default=repr))


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


def _take_back(key, engine):
    with _lock:
        _idle.setdefault(key, []).append(engine)
        _idle.move_to_end(key)
        while sum(map(len, _idle.values())) > MAX_IDLE_ENGINES:
            oldest = next(iter(_idle))
            _idle[oldest].pop(0)
            if not _idle[oldest]:
                del _idle[oldest]


def clear():
    """Forget all idle engines."""
    with _lock:
        _idle.clear()


def count_traces():
    """How often the graphs of all idle engines were traced, in total."""
    with _lock:
        return sum(engine.n_traces for engines in _idle.values() for engine in engines)
