"""Diagnosis: the record of `diagnose`. It is frozen, fits into JSON and prints itself. Judges nothing."""

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from html import escape

from robust_mlp._report import Comparison, SignalSummary
from robust_mlp.inspection._rules.findings import Findings

MAX_CLASSES_SHOWN = 12


class DiagnosisVerdict(StrEnum):
    """What a classifier does with the rows it was shown. Each verdict is a string, equal to its name.

    Attributes
    ----------
    HEALTHY : str
        Predicts better than the class shares do.
    DECISION_COLLAPSED : str
        Ranks the rows, and yet gives (nearly) all of them to one class.
    COLLAPSED : str
        Predicts no better than the class shares although simple models do, or what is not a number.
    NO_SIGNAL : str
        Predicts no better than the class shares, and neither do simple models.
    UNCHECKED : str
        Too few rows or classes to tell.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import diagnose
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    >>> diagnosis.verdict == "HEALTHY", diagnosis.verdict
    (True, <DiagnosisVerdict.HEALTHY: 'HEALTHY'>)
    """

    HEALTHY = "HEALTHY"
    DECISION_COLLAPSED = "DECISION_COLLAPSED"
    COLLAPSED = "COLLAPSED"
    NO_SIGNAL = "NO_SIGNAL"
    UNCHECKED = "UNCHECKED"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRow:
    """One class on the rows that were looked at. NaN where nothing can be said.

    Attributes
    ----------
    label : str
    n_rows : int
        Rows that have this class.
    n_predicted : int
        Rows that are given to it.
    precision, recall : float
    auc : float
        Area under the ROC curve against the rest.
    mean_probability : float

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import diagnose
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    >>> for row in diagnosis.classes:
    ...     print(row.label, row.n_rows, row.recall > 0.8)
    0 66 True
    1 203 True
    """

    label: str
    n_rows: int
    n_predicted: int
    precision: float
    recall: float
    auc: float
    mean_probability: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationSummary:
    """Whether the probabilities mean what they say.

    Attributes
    ----------
    mean_confidence : float
        Mean largest probability.
    accuracy : float
    expected_error : float
        Distance of confidence and accuracy, averaged over bins of equally many rows.
    slope : float
        Inverse temperature that fits the labels: below 1 is overconfident, above 1 underconfident.
    loss_saved : float
        Nats per row that a temperature and class offsets would save.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import diagnose
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    >>> diagnosis.calibration.slope < 1  # naive Bayes is overconfident
    True
    """

    mean_confidence: float
    accuracy: float
    expected_error: float
    slope: float
    loss_saved: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorSummary:
    """Class shares that the probabilities carry, beside those of these rows.

    Attributes
    ----------
    source : str
        Where `trained` comes from: "given", the attribute that it was read from, or "implied by the probabilities".
    trained : tuple of float
        Class shares that the probabilities carry.
    here : tuple of float
        Class shares of these rows.
    p_value : float
        Of the hypothesis that nothing changed.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import diagnose
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    >>> diagnosis.prior.source
    'class_prior_'
    >>> diagnosis.prior.p_value < 0.01  # the classes have other shares among the later rows
    True
    """

    source: str
    trained: tuple[float, ...]
    here: tuple[float, ...]
    p_value: float


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The result of `diagnose` for a fitted classifier on labelled rows.

    Attributes
    ----------
    verdict : DiagnosisVerdict
        HEALTHY, DECISION_COLLAPSED, COLLAPSED, NO_SIGNAL or UNCHECKED.
    headline : str
        The verdict in one sentence.
    findings : Findings
        What is wrong and what to do next, the most serious first.
    comparison : Comparison
        Comparison with the class prior. The log loss is NaN for a classifier without probabilities.
    classes : tuple of ClassRow
    calibration : CalibrationSummary or None
        None without probabilities.
    prior : PriorSummary or None
        None without probabilities and without a known prior.
    signal : SignalSummary or None
        What simple models find in these rows; None if the rows are not a table.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import diagnose
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    >>> diagnosis.verdict == "HEALTHY", diagnosis.is_collapsed
    (True, False)
    >>> "overconfident" in diagnosis.findings.codes
    True
    """

    verdict: DiagnosisVerdict
    headline: str
    findings: Findings
    comparison: Comparison
    classes: tuple[ClassRow, ...]
    calibration: CalibrationSummary | None = None
    prior: PriorSummary | None = None
    signal: SignalSummary | None = None

    @property
    def is_collapsed(self):
        """Whether the classifier, or its decision, has collapsed."""
        return self.verdict in (DiagnosisVerdict.COLLAPSED, DiagnosisVerdict.DECISION_COLLAPSED)

    def to_dict(self):
        """Plain values for JSON; NaN becomes None.

        Returns
        -------
        content : dict
            With the keys "verdict", "headline", "findings", "comparison", "classes", "calibration", "prior", "signal".
        """
        return {
            "verdict": self.verdict.value,
            "headline": self.headline,
            **self.findings.to_dict(),
            "comparison": self.comparison.to_dict(),
            "classes": [_plain(row) for row in self.classes],
            "calibration": _plain(self.calibration),
            "prior": _plain(self.prior),
            "signal": None if self.signal is None else self.signal.to_dict(),
        }

    def __setstate__(self, state):
        # Formats that know strings only, as skops does, give back the verdict as one.
        self.__dict__.update(state, verdict=DiagnosisVerdict(state["verdict"]))

    def __str__(self):
        lines = [f"{self.verdict.value}: {self.headline}", *_class_lines(self.classes), *self._figure_lines()]
        return "\n".join([*lines, str(self.findings)] if len(self.findings) else lines)

    def __repr__(self):
        return f"<Diagnosis: {self.verdict.value}: {self.headline}>"

    def _figure_lines(self):
        """Comparison, calibration, prior and signal, one line each."""
        c = self.comparison
        lines = []
        if math.isfinite(c.loss):
            lines.append(f"log loss {c.loss:.4g}, class shares alone {c.prior_loss:.4g}")
        if c.is_finite:
            lines.append(
                f"accuracy {c.accuracy:.3f}, always the commonest class {c.prior_accuracy:.3f}; "
                f"balanced accuracy {c.balanced_accuracy:.3f}; area under the ROC curve {c.mean_auc:.3f}"
            )
        if (calibration := self.calibration) is not None:
            lines.append(
                f"calibration: mean confidence {calibration.mean_confidence:.3f} at accuracy "
                f"{calibration.accuracy:.3f}, expected error {calibration.expected_error:.3f}"
            )
        if (prior := self.prior) is not None:
            lines.append(
                f"class shares {_shares(prior.trained)} ({prior.source}), here {_shares(prior.here)}, "
                f"p-value {prior.p_value:.2g}"
            )
        if (signal := self.signal) is not None and signal.probes:
            best = min(signal.probes, key=lambda probe: probe.loss)
            found = "find a signal" if signal.found else "find nothing"
            lines.append(f"simple models {found}: the best ({best.name}) has log loss {best.loss:.4g}")
        return lines

    def _repr_html_(self):
        from robust_mlp._report.style import FRAGMENT_STYLE, VERDICT_COLOURS, chip  # only needed if a page is shown

        rows = "".join(
            f'<tr><th scope="row">{escape(row.label)}</th>'
            f"<td>{row.n_rows}</td><td>{row.n_predicted}</td>"
            f"<td>{_number(row.precision)}</td><td>{_number(row.recall)}</td><td>{_number(row.auc)}</td></tr>"
            for row in self.classes[:MAX_CLASSES_SHOWN]
        )
        head = "".join(
            f'<th scope="col">{name}</th>' for name in ("class", "rows", "predicted", "precision", "recall", "AUC")
        )
        figures = "".join(f"<li>{escape(line)}</li>" for line in self._figure_lines())
        colour = VERDICT_COLOURS[self.verdict.value.removeprefix("DECISION_")]
        return (
            f'{FRAGMENT_STYLE}<div class="robust-mlp"><h1>Diagnosis {chip(self.verdict.value, colour)}</h1>'
            f'<p class="lead">{escape(self.headline)}</p><div class="wide" tabindex="0"><table>'
            f"<thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div><ul>{figures}</ul>{self.findings.as_list()}</div>"
        )

    def to_html(self, path):
        """Write the diagnosis as one HTML page; it needs no other file.

        Parameters
        ----------
        path : str or path-like
        """
        from pathlib import Path

        from robust_mlp._report.style import page_around

        Path(path).write_text(page_around(f"Diagnosis: {self.verdict.value}", self._repr_html_()), encoding="utf-8")


def _class_lines(classes):
    """The table of classes."""
    width = max((len(row.label) for row in classes[:MAX_CLASSES_SHOWN]), default=5)
    width = max(width, len("class"))
    lines = [f"{'class':{width}s}    rows  predicted  precision  recall    AUC"]
    lines += [
        f"{row.label:{width}s}{row.n_rows:8d}{row.n_predicted:11d}{_number(row.precision):>11s}"
        f"{_number(row.recall):>8s}{_number(row.auc):>7s}"
        for row in classes[:MAX_CLASSES_SHOWN]
    ]
    more = len(classes) - MAX_CLASSES_SHOWN
    return lines if more <= 0 else [*lines, f"... and {more} more classes"]


def _number(value):
    return "--" if math.isnan(value) else f"{value:.3f}"


def _shares(shares):
    shown = " ".join(f"{share:.3f}" for share in shares[:MAX_CLASSES_SHOWN])
    return shown if len(shares) <= MAX_CLASSES_SHOWN else f"{shown} ..."


def _plain(record):
    """A record as a dict that `json` can write."""
    if record is None:
        return None
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(record).items()
    }
