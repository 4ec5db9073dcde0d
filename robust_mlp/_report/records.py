"""The parts of a report: the comparison with the prior, one summary per attempt, and what simple models found.

They are frozen and can be written as JSON: they hold only numbers and names. They compute only what follows from their
own fields."""

import math
from dataclasses import dataclass, field, fields

from robust_mlp._report.intervals import (
    CONFIDENCE_Z,
    NAN,
    auc_interval,
    mean_interval,
    mean_of,
    widened,
    wilson_interval,
)
from robust_mlp._report.json_text import plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Compares predictions for held-out rows with predicting the class prior for every row.

    Tuples hold one value per class, in the order of ``classes_``. All numbers use the row weights, except the counts
    and `association`.

    Attributes
    ----------
    n_rows : int
    in_sample : bool
        True if no row was held out. The rows are then training rows.
    support : tuple of int
        Rows of each class.
    true_share : tuple of float
        Share of each class among these rows.
    prior : tuple of float
        Class shares of the training rows.
    prior_loss : float
        Cross-entropy of predicting `prior` for every row, in nats.
    prior_accuracy : float
        Accuracy of always predicting the most frequent training class.
    is_finite : bool
        Whether every probability is a number.
    loss : float
        Cross-entropy, in nats.
    gain_error : float
        Standard error of `gain`.
    accuracy : float
    recalls : tuple of float
        NaN for a class without rows.
    predicted_share : tuple of float
        For each class, the share of rows for which it is the most probable class.
    spread : float
        Standard deviation over the rows of the probability of a class; the largest over the classes.
    auc : tuple of float
        Area under the ROC curve of each class against the rest; NaN for a class without rows.
    association : float
        A test statistic. Approximately N(0, 1) if predictions and labels are independent.
    confusion : tuple of tuple of float
        Share of these rows by class (outer) and most probable class (inner); sums to 1. Empty with many classes.
    calibration : tuple of tuple of float
        Rows by the probability of their most probable class, in bins from low to high: mean probability, share of rows
        of which that class is right, share of all rows.
    averaging_gain : float, default=0.0
        Nats by which the log loss of all members together is expected to be below `loss`: a held-out row is predicted
        by the one member that was not trained on it, a new row by the mean of all.
    averaging_accuracy_gain : float, default=0.0
        The same for `accuracy`.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(*load_wine(return_X_y=True))
    >>> comparison = clf.report_.comparison
    >>> comparison.loss < comparison.prior_loss
    True
    >>> low, high = comparison.accuracy_interval()
    >>> low < comparison.accuracy < high
    True
    """

    n_rows: int
    in_sample: bool
    support: tuple[int, ...]
    true_share: tuple[float, ...]
    prior: tuple[float, ...]
    prior_loss: float
    prior_accuracy: float
    is_finite: bool
    loss: float = NAN
    gain_error: float = NAN
    accuracy: float = NAN
    recalls: tuple[float, ...] = ()
    predicted_share: tuple[float, ...] = ()
    spread: float = NAN
    auc: tuple[float, ...] = ()
    association: float = NAN
    confusion: tuple[tuple[float, ...], ...] = ()
    calibration: tuple[tuple[float, float, float], ...] = ()
    averaging_gain: float = 0.0
    averaging_accuracy_gain: float = 0.0

    @property
    def gain(self):
        """Loss of the prior minus `loss`, in nats per row; negative if the prior is better."""
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
        """Balanced accuracy of always predicting one class: 1 / the number of classes that have rows."""
        return 1 / max(sum(n > 0 for n in self.support), 1)

    @property
    def mean_auc(self):
        """Mean area under the ROC curve, each class against the rest; 0.5 is chance."""
        return mean_of(self.auc)

    @property
    def expected_loss(self):
        """Log loss expected of all members together on new rows: `loss` minus `averaging_gain`."""
        return max(self.loss - self.averaging_gain, 0.0)

    @property
    def expected_accuracy(self):
        """Accuracy that is expected of all members together: `accuracy` plus `averaging_accuracy_gain`."""
        return min(self.accuracy + self.averaging_accuracy_gain, 1.0)

    def expected_loss_interval(self):
        """95 % interval of `expected_loss`. Its standard error counts the whole `averaging_gain`."""
        margin = CONFIDENCE_Z * math.hypot(self.gain_error, self.averaging_gain)
        return max(self.expected_loss - margin, 0.0), self.expected_loss + margin

    def expected_accuracy_interval(self):
        """95 % interval of `expected_accuracy`, in the same way."""
        return widened(self.accuracy, self.accuracy_interval(), self.averaging_accuracy_gain)

    def loss_interval(self):
        """95 % interval of the loss."""
        margin = CONFIDENCE_Z * self.gain_error
        return max(self.loss - margin, 0.0), self.loss + margin

    def accuracy_interval(self):
        """95 % interval of the accuracy (Wilson 1927)."""
        return wilson_interval(self.accuracy, self.n_rows)

    def balanced_accuracy_interval(self):
        """95 % interval of the balanced accuracy, from the Wilson intervals of the recalls as independent estimates."""
        pairs = [(r, n) for r, n in zip(self.recalls, self.support, strict=False) if n > 0]
        return mean_interval([(r, *wilson_interval(r, n)) for r, n in pairs])

    def auc_interval(self):
        """95 % interval of the mean area under the ROC curve (Newcombe 2006, method 5, for each class).

        The errors of the classes are assumed to be fully correlated. So the interval is rather too wide than too
        narrow.
        """
        pairs = [(a, n) for a, n in zip(self.auc, self.support, strict=False) if not math.isnan(a)]
        intervals = [auc_interval(a, n, self.n_rows - n) for a, n in pairs]
        return tuple(mean_of(bounds) for bounds in zip(*intervals, strict=True)) if intervals else (NAN, NAN)

    def to_dict(self):
        """Every number with its interval, as values that `json` can write. What all members add: where they do."""
        values = {f.name: plain(getattr(self, f.name)) for f in fields(self)}
        derived = ["gain", "relative_gain", "balanced_accuracy", "prior_balanced_accuracy", "mean_auc"]
        figures = ["loss", "accuracy", "balanced_accuracy", "auc"]
        if self.averaging_gain or self.averaging_accuracy_gain:
            derived += ["expected_loss", "expected_accuracy"]
            figures += ["expected_loss", "expected_accuracy"]
        else:
            del values["averaging_gain"], values["averaging_accuracy_gain"]
        values |= {name: plain(getattr(self, name)) for name in derived}
        intervals = [f"{name}_interval" for name in figures]
        return values | {name: plain(getattr(self, name)()) for name in intervals}


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptSummary:
    """One training of the fit in numbers: its settings, its course and its result.

    Attributes
    ----------
    number : int
        From 1. Number 1 is the training with the user's own settings.
    changes : dict of str to tuple
        For each setting that was changed: the user's value and the value tried.
    stop_reason : str
        "max_iter", "early_stopping", "schedule", "max_time", "interrupted", "callback", "symptom" or "nonfinite".
        "schedule": the epochs of ``learning_rate_schedule='auto'`` were over, before `max_iter`.
    n_epochs : int
    best_epoch : int
        The epoch, from 1, whose weights were judged.
    epochs : tuple of int
        Epochs of the values in the curves below. Long curves keep only some of their epochs.
    loss, validation_loss : tuple of float
        In nats. `validation_loss` is empty if no rows were held out.
    learning_rate : tuple of float
    predicted_share : tuple of tuple of float
        For each of these epochs, the share of held-out rows predicted as each class.
    held_out_loss, held_out_accuracy : float
        Of the weights that were judged.
    symptoms : tuple of str
        Codes.
    seconds : float
    added : str
        Members that took the place of the networks, which had found nothing. "" where the networks predict; `to_dict`
        then leaves it out.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(*load_wine(return_X_y=True))
    >>> attempt = clf.report_.attempts[clf.report_.kept - 1]
    >>> attempt.changes
    {}
    >>> attempt.loss[-1] < attempt.loss[0]
    True
    """

    number: int
    changes: dict = field(default_factory=dict)
    stop_reason: str = ""
    n_epochs: int = 0
    best_epoch: int = 0
    epochs: tuple[int, ...] = ()
    loss: tuple[float, ...] = ()
    validation_loss: tuple[float, ...] = ()
    learning_rate: tuple[float, ...] = ()
    predicted_share: tuple[tuple[float, ...], ...] = ()
    held_out_loss: float = NAN
    held_out_accuracy: float = NAN
    symptoms: tuple[str, ...] = ()
    seconds: float = 0.0
    added: str = ""

    def to_dict(self):
        """The summary as JSON-able values."""
        values = {f.name: plain(getattr(self, f.name)) for f in fields(self)}
        if not self.added:
            del values["added"]
        return values


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeResult:
    """What one simple model found in the table.

    Attributes
    ----------
    name : str
    association : float
        A test statistic. Approximately N(0, 1) if the features say nothing about the classes.
    p_value : float
    loss : float
        On rows to which it was not fitted, in nats.
    auc : float
        Mean area under the ROC curve over the classes, on the same rows.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import diagnose
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    >>> probe = diagnosis.signal.probes[0]
    >>> probe.name, probe.p_value < 0.01, probe.auc > 0.9
    ('linear model', True, True)
    """

    name: str
    association: float
    p_value: float
    loss: float
    auc: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalSummary:
    """Whether anything in the features separates the classes.

    Attributes
    ----------
    found : bool
    p_value : float
        p-value of the best simple model, multiplied by the number of simple models.
    probes : tuple of ProbeResult
        One for each simple model.
    n_rows : int
        Rows that were used.
    smallest_auc : float
        In most tables of this size, a signal with this area under the ROC curve would be found.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import diagnose
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    >>> diagnosis.signal.found
    True
    >>> min(diagnosis.signal.probes, key=lambda probe: probe.loss).auc > 0.9
    True
    """

    found: bool
    p_value: float
    probes: tuple[ProbeResult, ...]
    n_rows: int
    smallest_auc: float

    def to_dict(self):
        """The summary as JSON-able values."""
        values = {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name != "probes"}
        return values | {"probes": [{f.name: plain(getattr(p, f.name)) for f in fields(p)} for p in self.probes]}


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSummary:
    """The training table in numbers.

    Attributes
    ----------
    n_rows : int
        Rows with a positive weight.
    n_held_out : int
        Rows that judge the network. With several members each row is held out by one of them.
    n_columns : int
        All columns of the table: `n_numbers`, `n_categories` and `n_times` together.
    n_numbers : int
    n_categories : int
    n_times : int
        Columns of dates or durations.
    n_missing : int or None
        Columns with missing values. None if the guard was off, or out of time to look.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(*load_wine(return_X_y=True))
    >>> table = clf.report_.table
    >>> table.n_rows, table.n_numbers, table.n_categories
    (178, 13, 0)
    """

    n_rows: int
    n_held_out: int
    n_columns: int
    n_numbers: int
    n_categories: int
    n_times: int
    n_missing: int | None

    def to_dict(self):
        """The summary as values that `json` can write."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnRise:
    """How much the held-out log loss of the network rises when one column is permuted.

    Attributes
    ----------
    name : str
    rise : float
        In nats per row.
    low, high : float
        Interval of `rise`. The intervals of all columns hold together with 95 %.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(*load_wine(return_X_y=True))
    >>> strongest = clf.report_.column_rises[0]
    >>> strongest.low <= strongest.rise <= strongest.high
    True
    """

    name: str
    rise: float
    low: float
    high: float

    @property
    def is_above_noise(self):
        """Whether the whole interval lies above 0."""
        return self.low > 0

    def to_dict(self):
        """The record as values that `json` can write."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureSignal:
    """What one column alone says about the classes.

    Attributes
    ----------
    name : str
    test : {"F", "chi-squared"}
        "F" is the analysis of variance.
    statistic : float
    p_value : float
    adjusted_p_value : float
        Adjusted for the number of columns (Benjamini and Hochberg 1995).
    mutual_information : float
        In nats, minus its expected value by chance.

    Examples
    --------
    >>> import warnings
    >>> from robust_mlp import NoSignalWarning, RobustMLPClassifier
    >>> from robust_mlp.datasets import make_pure_noise
    >>> X, y = make_pure_noise(300, random_state=0)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", NoSignalWarning)
    ...     clf = RobustMLPClassifier(n_members=2, max_iter=10, random_state=0).fit(X, y)
    >>> clf.report_.verdict
    <Verdict.NO_SIGNAL: 'NO_SIGNAL'>
    >>> min(column.adjusted_p_value for column in clf.report_.feature_signal) > 0.01
    True
    """

    name: str
    test: str
    statistic: float
    p_value: float
    adjusted_p_value: float
    mutual_information: float

    def to_dict(self):
        """The record as values that `json` can write."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}
