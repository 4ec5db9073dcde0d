"""The parts of a report: the comparison with the prior, one summary per attempt, what simple models found.

Frozen and JSON-able: numbers only. Computes nothing but figures that follow from its own fields."""

import math
from dataclasses import dataclass, field, fields

from robust_mlp._report.intervals import CONFIDENCE_Z, NAN, auc_interval, mean_interval, mean_of, wilson_interval


def plain(value):
    """A value that `json` can write; NaN and infinity become None."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Predictions for held-out rows beside always answering the class prior.

    Tuples run over classes by code. Every figure is weighted by the row weights, save the counts and `association`.
    """

    n_rows: int
    in_sample: bool  # no row was held out: these are training rows
    support: tuple[int, ...]  # rows of each class
    true_share: tuple[float, ...]
    prior: tuple[float, ...]  # class shares of the training rows
    prior_loss: float  # cross-entropy of answering the prior, nats
    prior_accuracy: float  # of answering the commonest training class
    is_finite: bool
    loss: float = NAN  # cross-entropy, nats
    gain_error: float = NAN  # standard error of `gain`
    accuracy: float = NAN
    recalls: tuple[float, ...] = ()  # NaN for a class without rows
    predicted_share: tuple[float, ...] = ()
    spread: float = NAN  # largest, over classes, standard deviation of the probabilities over rows
    auc: tuple[float, ...] = ()  # of each class against the rest; NaN for a class without rows
    association: float = NAN  # near N(0, 1) where predictions and labels have nothing to do with each other

    @property
    def gain(self):
        """Nats per row saved against the prior; negative where the prior is better."""
        return self.prior_loss - self.loss

    @property
    def relative_gain(self):
        """`gain` as a share of the prior's loss: 0 for the prior, 1 for perfect predictions."""
        return self.gain / self.prior_loss if self.prior_loss > 0 else 0.0

    @property
    def balanced_accuracy(self):
        """Mean recall of the classes that have rows."""
        return mean_of(self.recalls)

    @property
    def prior_balanced_accuracy(self):
        """What answering one class gets: 1 / the number of classes that have rows."""
        return 1 / max(sum(n > 0 for n in self.support), 1)

    @property
    def mean_auc(self):
        """Mean area under the ROC curve, each class against the rest; 0.5 is chance."""
        return mean_of(self.auc)

    def loss_interval(self):
        """95 % interval of the loss."""
        margin = CONFIDENCE_Z * self.gain_error
        return max(self.loss - margin, 0.0), self.loss + margin

    def accuracy_interval(self):
        """95 % interval of the accuracy (Wilson 1927)."""
        return wilson_interval(self.accuracy, self.n_rows)

    def balanced_accuracy_interval(self):
        """95 % interval of the balanced accuracy: the recalls' Wilson intervals, their errors added as independent."""
        pairs = [(r, n) for r, n in zip(self.recalls, self.support, strict=False) if n > 0]
        return mean_interval([(r, *wilson_interval(r, n)) for r, n in pairs])

    def auc_interval(self):
        """95 % interval of the mean area under the ROC curve (Newcombe 2006, method 5, for each class).

        The classes' errors are taken to move together, which makes the interval too wide rather than too narrow.
        """
        pairs = [(a, n) for a, n in zip(self.auc, self.support, strict=False) if not math.isnan(a)]
        intervals = [auc_interval(a, n, self.n_rows - n) for a, n in pairs]
        return tuple(mean_of(bounds) for bounds in zip(*intervals, strict=True)) if intervals else (NAN, NAN)

    def to_dict(self):
        """Every figure with its interval, as JSON-able values."""
        values = {f.name: plain(getattr(self, f.name)) for f in fields(self)}
        derived = ("gain", "relative_gain", "balanced_accuracy", "prior_balanced_accuracy", "mean_auc")
        values |= {name: plain(getattr(self, name)) for name in derived}
        intervals = ("loss_interval", "accuracy_interval", "balanced_accuracy_interval", "auc_interval")
        return values | {name: plain(getattr(self, name)()) for name in intervals}


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptSummary:
    """One training of the fit, in numbers: what was tried, how it went, what came of it."""

    number: int  # 1 is the training under the user's own settings
    changes: dict = field(default_factory=dict)  # setting: (the user's value, the value tried)
    stop_reason: str = ""
    n_epochs: int = 0
    best_epoch: int = 0
    epochs: tuple[int, ...] = ()  # where the curves were kept; long curves are thinned
    loss: tuple[float, ...] = ()
    validation_loss: tuple[float, ...] = ()
    learning_rate: tuple[float, ...] = ()
    predicted_share: tuple[tuple[float, ...], ...] = ()  # one row of class shares per kept epoch
    held_out_loss: float = NAN
    held_out_accuracy: float = NAN
    symptoms: tuple[str, ...] = ()  # codes
    seconds: float = 0.0

    def to_dict(self):
        """The summary as JSON-able values."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeResult:
    """What one simple model found in the table."""

    name: str
    association: float  # near N(0, 1) where there is nothing to find
    p_value: float
    loss: float  # on rows that it was not fitted on, nats
    auc: float  # mean over the classes, on the same rows


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalSummary:
    """Whether anything in the features tells the classes apart."""

    found: bool
    p_value: float  # of the best probe, times the number of probes
    probes: tuple[ProbeResult, ...]
    n_rows: int  # rows that were looked at
    smallest_auc: float  # a signal of this area under the ROC curve would have been found in most such tables

    def to_dict(self):
        """The summary as JSON-able values."""
        values = {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name != "probes"}
        return values | {"probes": [{f.name: plain(getattr(p, f.name)) for f in fields(p)} for p in self.probes]}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureSignal:
    """What one column alone tells about the classes."""

    name: str
    test: str  # "F" (analysis of variance) or "chi-squared"
    statistic: float
    p_value: float
    adjusted_p_value: float  # Benjamini and Hochberg (1995), over the columns
    mutual_information: float  # nats, after subtracting what chance alone gives

    def to_dict(self):
        """The row as JSON-able values."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}
