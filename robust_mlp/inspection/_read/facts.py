"""Facts about labels, head, loss and layers of a network under inspection: frozen records.

Holds values only. Nothing here reads a model, measures or judges."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelFacts:
    """Facts about y.

    `kind` is one of
    "codes" (one whole number per row), "one_hot" (0/1, one 1 per row), "multilabel" (0/1, any number of 1s per row),
    "shares" (rows that sum to 1), "probabilities" (one number in [0, 1] per row), "scaled" (class labels that were
    divided or standardized), "strings", "continuous" (numbers that are not classes).
    """

    kind: str
    n_rows: int
    is_column: bool  # shape (n_rows, 1)
    width: int  # columns of y; 1 for a vector
    n_classes: int  # distinct labels; columns with a 1 for one-hot and multilabel
    values: tuple = ()  # the distinct labels, ascending, at most MAX_VALUES of them
    counts: tuple = ()  # rows per entry of `values` (per column for one-hot and multilabel)
    smallest: float = 0.0
    largest: float = 0.0
    n_missing: int = 0
    factor: float | None = None  # "scaled" only: labels times this are whole numbers

    @property
    def is_exclusive(self):
        """Whether each row belongs to one class."""
        return self.kind in ("codes", "one_hot", "shares", "strings", "scaled")


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadFacts:
    """The end of the network.

    `chain` holds the activations from the last layer with weights to the output, in order, without "linear" ones.
    """

    units: int
    chain: tuple[str, ...] = ()
    layer: str = ""  # name of the last layer with weights; "" when the layers could not be read
    dropout_after: float = 0.0  # largest dropout rate after the last layer with weights
    is_read_from_outputs: bool = False  # the layers could not be traced: the activation was derived from the outputs
    row_sum: tuple[float, float] | None = None  # smallest and largest sum of a row of outputs
    output_range: tuple[float, float] | None = None

    @property
    def activation(self):
        """The last activation; "linear" if there is none."""
        return self.chain[-1] if self.chain else "linear"


@dataclass(frozen=True, kw_only=True, slots=True)
class LossFacts:
    """The compiled loss.

    `family` is one of "binary", "categorical", "sparse", "regression", "hinge", "categorical_hinge", "divergence",
    "custom".
    """

    name: str
    family: str
    from_logits: bool = False
    label_smoothing: float = 0.0
    ignore_class: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerFacts:
    """One layer, in the order in which data flows."""

    name: str
    kind: str  # class name
    activation: str | None = None
    units: int | None = None
    fan_in: int | None = None
    dropout: float = 0.0
    penalty: float = 0.0  # largest rate of an L1 or L2 penalty on the kernel
    norm_bound: float | None = None  # what a constraint leaves to the weights of a unit
    is_trainable: bool = True
    n_weights: int = 0
    kernel_std: float | None = None  # dense kernels only
    bias_std: float | None = None
    has_identical_units: bool = False  # every column of a kernel with two or more units is the same
    has_identical_outgoing: bool = False  # the next Dense layer weighs all these units alike
    feeds_dense_linearly: bool = False  # linear, and nothing nonlinear up to the next Dense layer
    previous: str | None = None  # class name of the layer before


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityFacts:
    """Outputs of one hidden layer over the probe rows."""

    name: str
    activation: str
    n_units: int
    dead_fraction: float  # units with the same output for every row
    saturated_fraction: float  # units at a flat end of their activation for almost every row
    spread: float  # median over units of the standard deviation over rows


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredFacts:
    """Measurements of the unchanged network on the probe rows. None: could not be measured."""

    n_rows: int
    n_bad_outputs: int  # NaN or infinite output values
    n_outputs: int
    spread: float  # largest, over outputs, standard deviation over rows
    scale: float  # largest magnitude of an output, at least 1
    row_coupling: float  # largest change of a row's output if the batch has other rows
    activity: tuple[ActivityFacts, ...] = ()
    loss: float | None = None
    prior_loss: float | None = None  # loss of predicting the class shares
    loss_error: str = ""  # message of the loss if it refused these labels and outputs
    training_loss: float | None = None  # the same in training mode
    gradient_norm: float | None = None
    weight_norm: float | None = None
    update_ratio: float | None = None  # |first step of the optimizer| / |weights|
    trial_steps: int = 0
    trial_loss: tuple[float, float] | None = None  # first, best, on the batch
    trial_spread: float | None = None  # as `spread`, on the batch, after the trial
    trial_prior_loss: float | None = None
    is_trained: bool = False  # the optimizer has already made steps


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnFacts:
    """The columns of a table X.

    Indices are column positions; `names` are the column names if X has any.
    """

    n_columns: int
    not_finite: tuple[int, ...] = ()
    n_not_finite: int = 0
    constant: tuple[int, ...] = ()
    unscaled: tuple[int, ...] = ()
    largest: float = 0.0  # largest magnitude in X
    largest_scale: float = 0.0  # largest root mean square of a column
    smallest_scale: float = 0.0  # smallest root mean square of a column that is not constant
    names: tuple[str, ...] = ()
