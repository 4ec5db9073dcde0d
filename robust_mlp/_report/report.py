"""TrainingReport: how a fit ended, with the evidence.

It is frozen, fits into JSON and is small: no rows and no network. Judges nothing."""

from dataclasses import dataclass, field, fields
from typing import Any

from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report.json_text import WrittenAsJson
from robust_mlp._report.records import (
    AttemptSummary,
    ColumnRise,
    Comparison,
    FeatureSignal,
    SignalSummary,
    TableSummary,
    plain,
)

SCHEMA_VERSION = 1  # of `to_dict`; it increases if a key changes its meaning or is removed


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class TrainingReport(WrittenAsJson):
    """How a fit ended, with the evidence.

    Attributes
    ----------
    verdict : Verdict
        HEALTHY, REPAIRED, UNDERFIT, NO_SIGNAL, COLLAPSED or UNCHECKED.
    headline : str
        The verdict in one or two sentences.
    findings : tuple of Finding
        What went wrong, first cause first; empty after a healthy fit.
    advisories : tuple of Finding
        Advice that is not about a collapse.
    attempts : tuple of AttemptSummary
        In the order of their training; `kept` is the number of the attempt whose network is used.
    comparison : Comparison or None
        None if no row could be predicted.
    signal : SignalSummary or None
        Only if the guard had a reason to fit simple models.
    feature_signal : tuple of FeatureSignal
        What each column alone says about the classes, the strongest column first. Only after NO_SIGNAL.
    class_names : tuple of str
    column_rises : tuple of ColumnRise
        How much the held-out log loss rises when a column is permuted, the most important column first. `explain`
        measures it on more rows.
    seconds : float
        Time of the whole fit under the guard; `guard_seconds` is the guard's own part.
    table : TableSummary or None
        None if nothing is known of the table.
    settings : dict of str to tuple
        Parameters that were typed or that a fit had to choose: (the parameter's value, the value of the network that is
        kept).
    created : str
        When the fit ended, local time with its offset from UTC, as in "2026-05-01T12:00:00+02:00".
    version : str
        Of this package.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(*load_wine(return_X_y=True))
    >>> report = clf.report_
    >>> report.verdict == "HEALTHY"
    True
    >>> report.comparison.n_rows, report.n_restarts
    (178, 0)
    >>> report.to_html("report.html")  # doctest: +SKIP
    """

    verdict: Verdict
    headline: str
    findings: tuple[Finding, ...] = ()
    advisories: tuple[Finding, ...] = ()
    attempts: tuple[AttemptSummary, ...] = ()
    kept: int = 1
    comparison: Comparison | None = None
    signal: SignalSummary | None = None
    feature_signal: tuple[FeatureSignal, ...] = ()
    class_names: tuple[str, ...] = ()
    seconds: float = 0.0
    guard_seconds: float = 0.0
    table: TableSummary | None = None
    settings: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    created: str = ""
    version: str = ""
    column_rises: tuple[ColumnRise, ...] = ()

    @property
    def n_restarts(self):
        """Number of trainings after the first."""
        return max(len(self.attempts) - 1, 0)

    def __setstate__(self, state):
        for f, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, f.name, value)
        # Formats that store only plain types, such as skops, return the verdict as a string.
        object.__setattr__(self, "verdict", Verdict(self.verdict))

    def __str__(self):
        from robust_mlp._report.text import as_text  # the layout is only needed if a report is shown

        return as_text(self)

    def __repr__(self):
        return str(self)  # what a prompt shows; `to_dict` has every figure

    def _repr_html_(self):
        from robust_mlp._report.html import as_fragment  # its templates are only needed if a page is shown

        return as_fragment(self)

    def to_dict(self):
        """The report as plain Python values that `json` can write; NaN and infinity become None.

        Returns
        -------
        values : dict
            With the keys "schema_version", "verdict", "headline", "findings", "advisories", "attempts", "kept",
            "comparison", "signal", "feature_signal", "class_names", "seconds", "guard_seconds", "table", "settings",
            "created", "version", "column_rises".
        """
        return {
            "schema_version": SCHEMA_VERSION,
            "verdict": self.verdict.value,
            "headline": self.headline,
            "findings": [_finding_dict(f) for f in self.findings],
            "advisories": [_finding_dict(f) for f in self.advisories],
            "attempts": [a.to_dict() for a in self.attempts],
            "kept": self.kept,
            "comparison": None if self.comparison is None else self.comparison.to_dict(),
            "signal": None if self.signal is None else self.signal.to_dict(),
            "feature_signal": [f.to_dict() for f in self.feature_signal],
            "class_names": list(self.class_names),
            "seconds": plain(self.seconds),
            "guard_seconds": plain(self.guard_seconds),
            "table": None if self.table is None else self.table.to_dict(),
            "settings": plain(self.settings),
            "created": self.created,
            "version": self.version,
            "column_rises": [c.to_dict() for c in self.column_rises],
        }

    def to_html(self, path):
        """Write the report as one HTML page with its figures; it needs no other file.

        Parameters
        ----------
        path : str or path-like
        """
        from robust_mlp._report.html import write_page

        write_page(self, path)

    def plot(self):
        """Draw the training curves and the class shares side by side (needs matplotlib).

        Returns
        -------
        figure : matplotlib.figure.Figure
        """
        from robust_mlp._report.figures import draw_report

        return draw_report(self)


def _finding_dict(finding):
    return {f.name: getattr(finding, f.name) for f in fields(finding)}
