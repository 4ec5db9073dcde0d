"""The report as HTML: a fragment for notebooks, or a complete page. It has no script, no link and no other file."""

import math
from html import escape
from pathlib import Path

from robust_mlp._report.svg import line_chart
from robust_mlp._report.text import carrying_columns

MAX_CLASSES_DRAWN = 8  # a reader cannot distinguish more lines
MAX_COLUMNS = 15

_STYLE = """
<style>
.robust-mlp {font-family: sans-serif; font-size: 14px; max-width: 980px; line-height: 1.4}
.robust-mlp table {border-collapse: collapse; margin: 8px 0}
.robust-mlp th, .robust-mlp td {padding: 3px 10px; border-bottom: 1px solid #ddd; text-align: right}
.robust-mlp th:first-child, .robust-mlp td:first-child {text-align: left}
.robust-mlp .verdict {display: inline-block; padding: 2px 10px; border-radius: 4px; color: #fff; font-weight: bold}
.robust-mlp ul {margin: 6px 0; padding-left: 20px}
.robust-mlp .figures {display: flex; flex-wrap: wrap; gap: 16px}
</style>
"""
_COLOURS = {
    "HEALTHY": "#1a7f37",
    "REPAIRED": "#0969da",
    "UNDERFIT": "#bc4c00",
    "NO_SIGNAL": "#9a6700",
    "COLLAPSED": "#b42318",
    "UNCHECKED": "#57606a",
}


def as_fragment(report):
    """The report as a piece of HTML.

    Parameters
    ----------
    report : TrainingReport

    Returns
    -------
    html : str
    """
    verdict = report.verdict.value
    parts = [
        _STYLE,
        '<div class="robust-mlp">',
        f'<p><span class="verdict" style="background:{_COLOURS[verdict]}">{verdict}</span> ',
        f"{escape(report.headline)}</p>",
        *_findings(report),
        *_comparison(report),
        *_attempts(report),
        *_columns(report),
        *_signal(report),
        *_figures(report),
        f"<p>The fit took {report.seconds:.2f} s, of which the guard took {report.guard_seconds:.3f} s.</p></div>",
    ]
    return "".join(parts)


def write_page(report, path):
    """Write the report as one HTML page.

    Parameters
    ----------
    report : TrainingReport
    path : str or path-like
    """
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Training report: '
        f"{report.verdict.value}</title></head><body>{as_fragment(report)}</body></html>"
    )
    Path(path).write_text(page, encoding="utf-8")


def _findings(report):
    notes = [*report.findings, *report.advisories]
    if not notes:
        return
    yield "<ul>"
    for finding in notes:
        what = " ".join(escape(part) for part in (finding.symptom, finding.cause) if part)
        evidence = f" ({escape(finding.evidence)})" if finding.evidence else ""
        fix = f"<br><em>{escape(finding.fix)}</em>" if finding.fix else ""
        yield f"<li>{what}{evidence}{fix}</li>"
    yield "</ul>"


def _comparison(report):
    c = report.comparison
    if c is None or not c.is_finite:
        return
    rows = "training rows (none were held out)" if c.in_sample else "held-out rows"
    yield f"<table><tr><th>On {c.n_rows} {rows}</th><th>network</th><th>95 % interval</th><th>class prior</th></tr>"
    for name, value, (low, high), prior in (
        ("log loss", c.loss, c.loss_interval(), c.prior_loss),
        ("accuracy", c.accuracy, c.accuracy_interval(), c.prior_accuracy),
        ("balanced accuracy", c.balanced_accuracy, c.balanced_accuracy_interval(), c.prior_balanced_accuracy),
        ("area under the ROC curve", c.mean_auc, c.auc_interval(), 0.5),
    ):
        yield f"<tr><td>{name}</td><td>{value:.4f}</td><td>{low:.4f} to {high:.4f}</td><td>{prior:.4f}</td></tr>"
    yield "</table><table><tr><th>Class</th><th>rows</th><th>true share</th><th>predicted share</th><th>recall</th>"
    yield "<th>area under the ROC curve</th></tr>"
    for i, name in enumerate(report.class_names):
        cells = (f"{c.true_share[i]:.4f}", f"{c.predicted_share[i]:.4f}", _number(c.recalls[i]), _number(c.auc[i]))
        yield f"<tr><td>{escape(name)}</td><td>{c.support[i]}</td>{''.join(f'<td>{x}</td>' for x in cells)}</tr>"
    yield "</table>"


def _attempts(report):
    if len(report.attempts) < 2:
        return
    yield "<table><tr><th>Attempt</th><th>held-out loss</th><th>epochs</th><th>seconds</th><th>settings</th></tr>"
    for a in report.attempts:
        settings = ", ".join(f"{name}={new!r}" for name, (_, new) in a.changes.items()) or "your settings"
        kept = " (kept)" if a.number == report.kept else ""
        yield f"<tr><td>{a.number}{kept}</td><td>{_number(a.held_out_loss)}</td><td>{a.n_epochs}</td>"
        yield f"<td>{a.seconds:.2f}</td><td>{escape(settings)}</td></tr>"
    yield "</table>"


def _columns(report):
    carrying, others = carrying_columns(report)
    if not carrying:
        return
    yield "<table><tr><th>Columns that carry the network</th><th>rise of the log loss if permuted</th>"
    yield "<th>95 % interval</th></tr>"
    for c in carrying[:MAX_COLUMNS]:
        yield f"<tr><td>{escape(c.name)}</td><td>{c.rise:.4f}</td><td>{c.low:.4f} to {c.high:.4f}</td></tr>"
    yield "</table>"
    if others:
        yield f"<p>Columns that carry nothing measurable alone: {escape(', '.join(c.name for c in others))}.</p>"


def _signal(report):
    if report.signal is not None and report.signal.probes:
        yield f"<table><tr><th>Simple models, {report.signal.n_rows} rows</th><th>log loss</th>"
        yield "<th>area under the ROC curve</th><th>p-value</th></tr>"
        for p in report.signal.probes:
            yield f"<tr><td>{escape(p.name)}</td><td>{p.loss:.4f}</td><td>{_number(p.auc)}</td><td>{p.p_value:.2g}</td>"
            yield "</tr>"
        yield "</table>"
    if report.feature_signal:
        yield "<table><tr><th>Column</th><th>test</th><th>statistic</th><th>p-value</th><th>adjusted</th>"
        yield "<th>mutual information</th></tr>"
        for f in report.feature_signal:
            yield f"<tr><td>{escape(f.name)}</td><td>{f.test}</td><td>{f.statistic:.4g}</td><td>{f.p_value:.2g}</td>"
            yield f"<td>{f.adjusted_p_value:.2g}</td><td>{f.mutual_information:.4f}</td></tr>"
        yield "</table>"


def _figures(report):
    yield '<div class="figures">'
    prior = () if report.comparison is None else (("class prior", report.comparison.prior_loss),)
    for a in report.attempts:
        if not a.epochs:
            continue
        number = f" of attempt {a.number}" if len(report.attempts) > 1 else ""
        lines = [("training", a.loss)] + ([("held out", a.validation_loss)] if a.validation_loss else [])
        yield line_chart(f"Log loss{number}", a.epochs, lines, y_label="nats", lines=prior, marks=(a.best_epoch,))
        if a.predicted_share:
            yield _share_chart(a, number, report.class_names)
    yield "</div>"


def _share_chart(attempt, number, names):
    n_classes = len(attempt.predicted_share[0])
    largest = sorted(range(n_classes), key=lambda k: -max(row[k] for row in attempt.predicted_share))
    series = [
        (names[k] if k < len(names) else str(k), tuple(row[k] if row else math.nan for row in attempt.predicted_share))
        for k in sorted(largest[:MAX_CLASSES_DRAWN])
    ]
    return line_chart(f"Share of predictions{number}", attempt.epochs, series, y_label="share of held-out rows")


def _number(value):
    return "--" if math.isnan(value) else f"{value:.4f}"
