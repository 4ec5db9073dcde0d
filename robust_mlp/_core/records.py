"""What is measured while a network trains, and what is concluded from it: frozen, JSON-able records.

Holds values only. Nothing here measures, decides or trains."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from robust_mlp._core.plan import TrainingPlan


class Verdict(Enum):
    """How a fit ended."""

    HEALTHY = "HEALTHY"
    REPAIRED = "REPAIRED"
    UNDERFIT = "UNDERFIT"
    NO_SIGNAL = "NO_SIGNAL"
    COLLAPSED = "COLLAPSED"
    UNCHECKED = "UNCHECKED"  # collapse_guard='off', or rows too few to tell


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochRecord:
    """One epoch of one attempt, over all members.

    Held-out figures are None where there are no held-out rows.
    """

    epoch: int  # 1-based
    loss: float  # weighted mean cross-entropy over the epoch's training batches, nats
    learning_rate: float
    validation_loss: float | None = None  # weighted mean cross-entropy on held-out rows, nats
    validation_score: float | None = None  # higher is better; for 'loss' minus the loss at the best temperature
    validation_accuracy: float | None = None  # in [0, 1]
    predicted_share: tuple[float, ...] = ()  # share of held-out rows given to each class, by code; sums to 1
    spread: float | None = None  # largest, over classes, standard deviation of held-out probabilities over rows
    update_ratio: float | None = None  # |weights after the epoch - before| / |weights before|
    seconds: float = 0.0

    @property
    def is_finite(self):
        """Whether every loss measured is a number."""
        return math.isfinite(self.loss) and (self.validation_loss is None or math.isfinite(self.validation_loss))


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRecord:
    """One hidden layer of the kept weights, looked at on all probe rows, over all members."""

    name: str  # "layer 1" is the first hidden layer
    n_units: int
    dead_fraction: float  # in [0, 1]: units whose output is the same for every probe row
    saturated_fraction: float  # in [0, 1]: units at a flat end of their activation for almost every probe row
    weight_norm: float
    gradient_norm: float  # of the layer's kernel, on the probe rows


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOut:
    """Predictions for rows that the predicting weights were not trained on.

    `codes` ndarray of shape (n_rows,), int; `probabilities` ndarray of shape (n_rows, n_classes);
    `weights` ndarray of shape (n_rows,), positive; `rows` ndarray of shape (n_rows,), int: their places in the table
    that held them. `in_sample` is True where no row was held out and these are training rows instead.
    """

    codes: np.ndarray
    probabilities: np.ndarray
    weights: np.ndarray
    rows: np.ndarray | None = None
    in_sample: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Attempt:
    """One training under one plan: its curve, its held-out predictions, and the trained network.

    `network` is opaque to whoever judges the attempt.
    """

    plan: TrainingPlan
    records: tuple[EpochRecord, ...]
    best_epoch: int  # 1-based; the epoch whose weights `network` holds
    stop_reason: str  # "max_iter", "early_stopping", "max_time", "interrupted", "callback", "symptom", "nonfinite"
    held_out: HeldOut | None
    layers: Sequence[LayerRecord] = ()
    network: Any = field(default=None, repr=False)
    seconds: float = 0.0
    retrained: tuple[int, ...] = ()  # members that had not learned, and were trained again alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was noticed, why it happened, how we know, and what was or can be done."""

    symptom: str  # one sentence; "" for advice without a symptom
    cause: str  # one sentence; "" where no cause was found
    evidence: str  # the numbers behind it
    fix: str  # what was done, or what the user can type
    code: str = ""  # stable name for programs: "unscaled_columns"
    severity: str = "warning"  # "error", "warning" or "info"


@dataclass(frozen=True, kw_only=True, eq=False)
class DataFacts:
    """What the guard needs to know of the table: numbers and column positions, no rows.

    Column facts were read off `n_sampled` training rows. Shares are by row weight. What costs time is left to the
    callables at the end, which are called only when a symptom asks for them.
    """

    n_rows: int
    n_train: int
    n_held_out: int
    n_classes: int
    n_columns: int
    n_sampled: int
    feature_names: tuple[str, ...]
    train_share: tuple[float, ...]  # of each class, by code; sums to 1
    held_out_share: tuple[float, ...]  # the same for held-out rows; empty where there are none
    smallest_class: int  # training rows of the rarest class that occurs
    locations: tuple[float, ...]  # mean of each number column; 0 for a category column
    scales: tuple[float, ...]  # standard deviation of each number column; 1 for a category column
    badly_scaled: tuple[int, ...] = ()  # columns whose size alone can stop a network that sees them unscaled
    constant: tuple[int, ...] = ()
    duplicate: tuple[tuple[int, int], ...] = ()  # (column, the earlier column that it repeats)
    identifier_like: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    mostly_missing: tuple[int, ...] = ()
    conflicting_share: float = 0.0  # of all weight: rows whose very same features also occur with another label
    accuracy_ceiling: float = 1.0  # no model can do better on these rows, because of conflicting labels
    loss_floor: float = 0.0  # nats; no model can do better on these rows, because of conflicting labels
    heavy_tailed: Callable[[], tuple[int, ...]] | None = field(default=None, repr=False)
    neighbour_agreement: Callable[[], "NeighbourAgreement"] | None = field(default=None, repr=False)
    label_order: Callable[[], "LabelOrder"] | None = field(default=None, repr=False)
    probe_source: Callable[[], "ProbeSource"] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeSource:
    """The table as simple models may look at it.

    `index`, `codes`, `weights`, `groups` ndarray of shape (m,): row number, class code, weight and group of equal rows
    of each different (row, label) pair. `encode`: from row numbers to an ndarray of shape (n, n_inputs).
    `validation`: the user's own held-out rows, encoded, ndarray of shape (k, n_inputs); None where rows of the table
    itself were held out. `matrix`, `is_number`, `names`: the columns as they came.
    """

    encode: Callable[[np.ndarray], np.ndarray]
    index: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    groups: np.ndarray
    n_classes: int
    validation: np.ndarray | None
    has_foreign_rows: bool  # held-out rows are rows of another table, whether or not `validation` holds them
    matrix: np.ndarray
    is_number: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NeighbourAgreement:
    """How often a row has the label of its nearest neighbour."""

    n_rows: int
    agreement: float  # in [0, 1]
    chance: float  # the agreement of unrelated labels with the same class shares
    standard_error: float  # of the agreement, were labels unrelated


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelOrder:
    """How the labels lie in the order in which the rows came."""

    n_runs: int  # stretches of equal labels
    expected_runs: float  # of labels in random order
    n_rows: int
