"""`TrainingState`: all that a training needs to go on, between two calls into the graph, in the same bits.

A plain record. `_network` takes and restores it, `_fit` decides when it is written, `persistence` writes it."""

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
