"""From the progress of a training by rounds to a record that a checkpoint file can hold, and back."""

from dataclasses import replace

from robust_mlp._core.training_data import Trained
from robust_mlp._core.training_state import AveragedNetwork, NetworkValues, RoundsState
from robust_mlp.dask._local_steps import Steps
from robust_mlp.dask._rounds import Progress


def state_of(progress):
    """The RoundsState of a Progress."""
    return RoundsState(
        now=_network_of(progress.current),
        best=_network_of(progress.best),
        best_loss=progress.best_loss,
        best_round=progress.best_round,
        n_done=progress.n_done,
        factor=progress.factor,
        waited=progress.waited,
        records=tuple(progress.records),
        rollbacks=tuple(progress.rollbacks),
        losses=tuple(progress.losses),
        cooling=progress.cooling,
    )


def progress_of(state, begun):
    """The Progress of a RoundsState.

    Parameters
    ----------
    state : RoundsState
    begun : Steps
        With a network of the same architecture.
    """
    return Progress(
        current=_steps_of(state.now, begun),
        best=_steps_of(state.best, begun),
        best_loss=state.best_loss,
        best_round=state.best_round,
        n_done=state.n_done,
        factor=state.factor,
        waited=state.waited,
        records=list(state.records),
        rollbacks=list(state.rollbacks),
        losses=list(state.losses),
        cooling=state.cooling,
    )


def _network_of(steps):
    trained = steps.trained
    return AveragedNetwork(
        values=NetworkValues(trainable=list(trained.weights.trainable), moving=list(trained.weights.moving)),
        slots=trained.slots,
        n_steps=int(trained.n_steps),
        inverse_temperature=float(trained.inverse_temperature),
        mass=steps.mass,
        loss=steps.loss,
    )


def _steps_of(network, begun):
    values = network.values
    weights = replace(begun.trained.weights, trainable=list(values.trainable), moving=list(values.moving))
    slots = None if network.slots is None else list(network.slots)
    return Steps(Trained(weights, slots, network.n_steps, network.inverse_temperature), network.mass, network.loss)
