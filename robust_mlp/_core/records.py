"""Records of the measurements of a training and of the conclusions from them. They are frozen and fit into JSON.

Holds values only. Nothing here measures, decides or trains."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import numpy as np

from robust_mlp._core.plan import TrainingPlan


class Verdict(StrEnum):
    """How a fit ended. Each verdict is a string, equal to its name.

    Attributes
    ----------
    HEALTHY : str
        The network predicts held-out rows better than the class shares do.
    REPAIRED : str
        It does so after a training under other settings, or with members of another kind.
    NO_SIGNAL : str
        No model, simple ones included, found anything that tells the classes apart.
    COLLAPSED : str
        The network learned nothing although simple models did, and no repair helped or none was allowed.
    UNCHECKED : str
        The guard was off, or the rows were too few to tell.

    Examples
    --------
    >>> from robust_mlp import Verdict
    >>> Verdict.HEALTHY == "HEALTHY"
    True
    >>> print(Verdict("NO_SIGNAL"))
    NO_SIGNAL
    """

    HEALTHY = "HEALTHY"
    REPAIRED = "REPAIRED"
    UNDERFIT = "UNDERFIT"
    NO_SIGNAL = "NO_SIGNAL"
    COLLAPSED = "COLLAPSED"
    UNCHECKED = "UNCHECKED"  # collapse_guard='off', or rows too few to tell


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochRecord:
    """One epoch of one attempt, over all members.

    Held-out figures are None if there are no held-out rows.
    """

    epoch: int  # 1-based
    loss: float  # weighted mean cross-entropy over the epoch's training batches, nats
    learning_rate: float
    # Weighted mean cross-entropy on held-out rows, nats: as a report on this epoch's weights would have it, at the best
    # temperature and for the class shares of the data.
    validation_loss: float | None = None
    untempered_loss: float | None = None  # the same as the training loss has it; None where it is `validation_loss`
    validation_score: float | None = None  # higher is better; for 'loss', minus the loss at the best temperature
    validation_accuracy: float | None = None  # in [0, 1]
    predicted_share: tuple[float, ...] = ()  # predicted share of each class on held-out rows, by code; sums to 1
    spread: float | None = None  # largest, over classes, standard deviation of held-out probabilities over rows
    update_ratio: float | None = None  # |weights after the epoch - before| / |weights before|
    seconds: float = 0.0

    @property
    def watched_loss(self):
        """The held-out loss, or that of training where no row is held out."""
        return self.loss if self.validation_loss is None else self.validation_loss

    @property
    def held_out_training_loss(self):
        """The held-out loss in the terms of the training loss, or None."""
        return self.validation_loss if self.untempered_loss is None else self.untempered_loss

    @property
    def is_finite(self):
        """Whether every measured loss is finite."""
        return math.isfinite(self.loss) and (self.validation_loss is None or math.isfinite(self.validation_loss))


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRecord:
    """One hidden layer of the kept weights, measured on all probe rows, over all members."""

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
    `weights` ndarray of shape (n_rows,), positive; `rows` ndarray of shape (n_rows,), int: their row numbers in their
    table. `in_sample` is True if no row was held out and these are training rows. `groups` ndarray of shape (n_rows,),
    int: which rows belong together; None if all are independent.
    """

    codes: np.ndarray
    probabilities: np.ndarray
    weights: np.ndarray
    rows: np.ndarray | None = None
    in_sample: bool = False
    groups: np.ndarray | None = None
    counts_rows: bool = False  # weights are numbers of rows that are equal by nature; each is evidence by itself


# What kind of network an attempt holds: `Trained` from the engine, `FittedNetwork` once it can predict, `KerasNetwork`
# where it is a user's own.
Network = TypeVar("Network")


@dataclass(frozen=True, kw_only=True, eq=False)
class Attempt(Generic[Network]):
    """One training under one plan: its curve, its held-out predictions, and the trained network.

    Whoever judges the attempt does not look at `network`.
    """

    plan: TrainingPlan
    records: tuple[EpochRecord, ...]
    best_epoch: int  # 1-based; the epoch whose weights `network` holds
    # "max_iter", "schedule", "early_stopping", "max_time", "interrupted", "callback", "symptom", "nonfinite"
    stop_reason: str
    held_out: HeldOut | None
    layers: Sequence[LayerRecord] = ()
    network: Network = field(repr=False)
    seconds: float = 0.0
    # Which members took the place of the plan's own, as the report calls them; "" for those of the plan.
    added: str = ""
    retrained: tuple[int, ...] = ()  # members that had learned nothing and were trained again, alone
    # Predictions for rows that were trained on, beside few held-out rows; called only where these cannot tell.
    training_rows: Callable[[], HeldOut] | None = field(default=None, repr=False)
    # Predictions for a sample of the training rows of a user's own network, by the weights that are kept.
    fitted: HeldOut | None = field(default=None, repr=False)
    # Log loss of the members' mean on new rows, as a share of that of single members; None: there is one member.
    loss_of_mean: Callable[[], float] | None = field(default=None, repr=False)

    @property
    def used_all_epochs(self):
        """Whether the epochs were over: all that `max_iter` allows, or those of an 'auto' schedule."""
        return self.stop_reason in ("max_iter", "schedule")

    @property
    def ran_its_course(self):
        """Whether the training ended as planned: no time limit, no interrupt, no callback, no symptom."""
        return self.used_all_epochs or self.stop_reason == "early_stopping"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was noticed, why it happened, how we know, and what was or can be done.

    Parameters
    ----------
    symptom : str
        What was seen, in one sentence; "" for advice without a symptom.
    cause : str
        Why, in one sentence; "" where no cause was found.
    evidence : str
        The numbers behind it.
    fix : str
        What was done, or what the user can type.
    code : str, default=""
        Stable name for programs, such as "unscaled_columns".
    severity : {"error", "warning", "info"}, default="warning"

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import inspect_model
    >>> model = keras.Sequential([keras.Input((13,)), keras.layers.Dense(1, activation="softmax")])
    >>> model.compile("adam", "sparse_categorical_crossentropy")
    >>> finding = inspect_model(model, *load_wine(return_X_y=True))[0]
    >>> finding.severity, finding.code
    ('error', 'softmax_on_one_unit')
    """

    symptom: str
    cause: str
    evidence: str
    fix: str
    code: str = ""
    severity: str = "warning"


# What stands behind the decimal sign in `ColumnFinding.detail` where numbers below zero are written in parentheses, or
# with another minus than that of the keyboard.
OTHER_MINUS = ", other minus"


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnFinding:
    """What a look at the table found in one of its columns, or in its labels."""

    code: str  # "numbers_in_text"
    name: str = ""  # of the user's column; "" for labels
    label: Any = None  # what the user types for the column: its name, or its number
    share: float = 1.0  # of the cells that it is true of
    examples: tuple[str, ...] = ()  # up to three cells
    detail: str = ""  # the format of dates, the decimal sign of numbers; "" where there is none
    is_serious: bool = False  # whether the fit is worth little for it


@dataclass(frozen=True, kw_only=True, eq=False)
class DataFacts:
    """Facts about the table for the guard: numbers and column positions, no rows.

    Column facts come from `n_sampled` training rows. Shares are weighted by row weights. The callables at the end take
    time; they are called only if a symptom needs them.
    """

    n_rows: int
    n_train: int
    n_held_out: int
    n_classes: int
    n_columns: int
    n_sampled: int
    feature_names: tuple[str, ...]
    train_share: tuple[float, ...]  # of each class, by code; sums to 1
    held_out_share: tuple[float, ...]  # the same for held-out rows; empty if there are none
    smallest_class: int  # training rows of the rarest class that occurs
    locations: tuple[float, ...]  # mean of each number column; 0 for a category column
    scales: tuple[float, ...]  # standard deviation of each number column; 1 for a category column
    badly_scaled: tuple[int, ...] = ()  # columns whose size alone can stop the training of a network without scaling
    constant: tuple[int, ...] = ()
    duplicate: tuple[tuple[int, int], ...] = ()  # (column, the earlier column that it repeats)
    identifier_like: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    mostly_missing: tuple[int, ...] = ()
    conflicting_share: float = 0.0  # weight share of rows whose features also occur with another label
    accuracy_ceiling: float = 1.0  # highest accuracy that conflicting labels allow on these rows
    loss_floor: float = 0.0  # nats; lowest loss that conflicting labels allow on these rows
    findings: tuple[ColumnFinding, ...] = ()  # what else is odd about columns and labels
    container: str = "array"  # "array", "pandas" or "polars": what the user's own table is
    labels: tuple[Any, ...] = ()  # what the user types for each column; empty where columns go by number
    heavy_tailed: Callable[[], tuple[int, ...]] | None = field(default=None, repr=False)
    neighbour_agreement: Callable[[], "NeighbourAgreement"] | None = field(default=None, repr=False)
    label_order: Callable[[], "LabelOrder"] | None = field(default=None, repr=False)
    probe_source: Callable[[], "ProbeSource"] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeSource:
    """The table for the simple models.

    `index`, `codes`, `weights`, `groups` ndarray of shape (m,): row number, class code, weight and group of equal rows,
    for each distinct (row, label) pair. `encode`: from row numbers to an ndarray of shape (n, n_inputs). `validation`:
    the user's own held-out rows, encoded, ndarray of shape (k, n_inputs); None if rows of the table itself were held
    out. `matrix`, `is_number`, `names`: the columns before encoding, and `validation_matrix` those of the user's own
    rows. `is_grouped`: `groups` are the user's, whose rows are not independent. `counts` (m,): how many independent
    rows each pair stands for; None: one.
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
    is_grouped: bool
    validation_matrix: np.ndarray | None
    counts: np.ndarray | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NeighbourAgreement:
    """How often a row has the label of its nearest neighbour."""

    n_rows: int
    agreement: float  # in [0, 1]
    chance: float  # agreement of random labels with the same class shares
    standard_error: float  # standard error of the agreement of random labels


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelOrder:
    """The order of the labels in the user's table."""

    n_runs: int  # runs of equal labelss
    expected_runs: float  # number of runs of labels in random order
    n_rows: int
