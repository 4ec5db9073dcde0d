"""What a training needs to go on in the same bits: `TrainingState` between two calls into the graph, `RoundsState`
between two rounds on partitions.

Plain records. `_network` and `dask` take and restore them, `_fit` decides when they are written, `persistence` writes
them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from robust_mlp._core.records import EpochRecord
from robust_mlp._core.training_data import OptimizerState


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkValues:
    """The arrays of a network: `trainable` weights, and `moving` means and variances, as the engine has them."""

    trainable: Sequence[np.ndarray]
    moving: Sequence[np.ndarray] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingState:
    """Where a training is.

    Attributes
    ----------
    now, best : NetworkValues
        Of the last epoch, and of the best one of each member.
    slots : list of OptimizerState
        One for each member.
    rule : ndarray of shape (2, n_watched), dtype float32
        Early stopping: the best losses, and the epochs since then.
    generators : tuple of tuple of int
        The state of each member's generator of row orders. The numbers have up to 128 bits.
    n_steps : int
        Updates made so far.
    records : tuple of EpochRecord
    best_epoch : int
        From 1; 0 before the first epoch.
    best_score : float
        Of a scorer; minus infinity without one.
    waited : int
        Epochs since the best score.
    best_scored : NetworkValues or None
        Weights of the epoch with the best score.
    seconds : float
        Time that the training took so far.
    stop_reason : str or None
        Why the training ended; None: it goes on.
    """

    now: NetworkValues
    best: NetworkValues
    slots: Sequence[OptimizerState]
    rule: np.ndarray
    generators: tuple[tuple[int, ...], ...]
    n_steps: int
    records: tuple[EpochRecord, ...] = field(default=())
    best_epoch: int = 0
    best_score: float = -np.inf
    waited: int = 0
    best_scored: NetworkValues | None = None
    seconds: float = 0.0
    stop_reason: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class AveragedNetwork:
    """A network that a round ended with.

    Attributes
    ----------
    values : NetworkValues
    slots : list of OptimizerState or None
        One for each member.
    n_steps : int
        Updates made so far.
    inverse_temperature : float
    mass, loss : float
        Weight of the rows of the round, and the mean training loss over them.
    """

    values: NetworkValues
    slots: Sequence[OptimizerState] | None
    n_steps: int
    inverse_temperature: float
    mass: float
    loss: float


@dataclass(frozen=True)
class Cooling:
    """The last rounds of a training that early stopping ends: from the best network, with a rate that falls to 0.

    Attributes
    ----------
    first, n_rounds : int
        The first of these rounds, and how many there are.
    share : float
        Of the schedule that was over with the best network.
    """

    first: int
    n_rounds: int
    share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundsState:
    """Where a training by rounds on partitions is.

    Attributes
    ----------
    now, best : AveragedNetwork
        Of the last round, and the best one that held-out rows of all partitions have judged.
    best_loss : float
        Its held-out loss; infinite before any was judged.
    best_round, n_done, waited : int
        The round of `best`, rounds that are done, and judged rounds since the last gain.
    factor : float
        Of the learning rate.
    records : tuple of EpochRecord
    rollbacks : tuple of int
        Rounds whose network was put back.
    losses : tuple of (float or None)
        Held-out loss after each epoch; None where it was not judged on all partitions.
    cooling : Cooling or None
    """

    now: AveragedNetwork
    best: AveragedNetwork
    best_loss: float
    best_round: int
    n_done: int
    factor: float
    waited: int
    records: tuple[EpochRecord, ...]
    rollbacks: tuple[int, ...]
    losses: tuple[float | None, ...]
    cooling: Cooling | None
