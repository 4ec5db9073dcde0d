"""Takes the state of a training between two calls into the graph, and puts it back in another process.

What is not here follows from plan, data and seeds: the orders of rows before, the dropout masks, the learning rates."""

import numpy as np

from robust_mlp._core.training_state import NetworkValues, TrainingState


def state_of(engine, stream, stopping, **progress):
    """The TrainingState of a training.

    Parameters
    ----------
    engine : Engine
    stream : RowStream
    stopping : Stopping
    **progress
        The other fields of `TrainingState`.
    """
    return TrainingState(
        now=NetworkValues(trainable=engine.weights(best=False), moving=engine.moving(best=False)),
        best=NetworkValues(trainable=engine.weights(best=True), moving=engine.moving(best=True)),
        slots=engine.slots(),
        rule=np.array([stopping.best, stopping.waited], np.float32),
        generators=stream.generators,
        **progress,
    )


def put_back(state, engine, stream, stopping):
    """Let engine, row orders and stopping rule go on where a TrainingState was taken.

    Parameters
    ----------
    state : TrainingState
    engine : Engine
    stream : RowStream
    stopping : Stopping

    Raises
    ------
    ValueError
        If the state is that of a network or of an ensemble of another shape.
    """
    shapes = [tuple(array.shape) for array in state.now.trainable]
    if shapes != [tuple(shape) for shape in engine.shapes] or state.rule.shape != (2, engine.n_watched):
        raise ValueError(f"The checkpoint holds weights of the shapes {shapes}, and the network has {engine.shapes}.")
    engine.reset(list(state.now.trainable), list(state.now.moving), state.slots)
    engine.set_best(list(state.best.trainable), list(state.best.moving))
    stream.go_on(state.generators)
    stopping.best, stopping.waited = state.rule
