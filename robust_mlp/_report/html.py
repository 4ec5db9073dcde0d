"""The report as HTML: a fragment for notebooks, or a complete page. It has no script, no link and no other file."""

import math
from html import escape
from pathlib import Path

from robust_mlp._report.style import FRAGMENT_STYLE, SEVERITY_COLOURS, VERDICT_COLOURS, chip, page_around
from robust_mlp._report.svg import line_chart
from robust_mlp._report.text import carrying_columns, expected_together

MAX_CLASSES_DRAWN = 8  # a reader cannot distinguish more lines
WIDEST_BAR = 8  # em; of the share 1
SEVERITIES = ("error", "warning", "info")
# With fewer rows than that a calibration curve shows noise.
LEAST_ROWS_OF_CALIBRATION = 100
LEAST_ROWS_OF_BIN = 10  # of one of its points; the standard error of a share of ten rows is up to .16
MAX_COLUMNS = 15  # of those that carry the network

_NOTHING_TO_DO = {
    "HEALTHY": "Nothing. Before you use the classifier, test it on rows that no fit has seen.",
    "REPAIRED": "Type the settings of the kept attempt: the next fit then starts with them and takes one training.",
    "UNCHECKED": "Test the classifier on rows that no fit has seen: this report cannot tell how good it is.",
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
    sections = [
        _section("What to do next", _next_steps(report)),
        _section("Against the class prior", _comparison(report)),
        _section("The table", _table(report)),
        _section("The training", _figures(report)),
        _section("Classes", _classes(report)),
        _section("Right and wrong", _confusion(report)),
        _section("Columns that carry the network", _carrying(report)),
        _section("Findings", _findings(report)),
        _section("Attempts", _attempts(report)),
        _section("What simple models found", _signal(report)),
        _section("What each column alone says", _columns(report)),
        _section("Settings", _settings(report)),
    ]
    return "".join([FRAGMENT_STYLE, '<div class="robust-mlp">', *_header(report), *sections, "</div>"])


def write_page(report, path):
    """Write the report as one HTML page.

    Parameters
    ----------
    report : TrainingReport
    path : str or path-like
    """
    page = page_around(f"Training report: {report.verdict.value}", as_fragment(report))
    Path(path).write_text(page, encoding="utf-8")


def _section(title, parts):
    """A section with its heading, or "" if it has no content."""
    content = "".join(parts)
    return f"<section><h2>{title}</h2>{content}</section>" if content else ""


def _header(report):
    verdict = report.verdict.value
    yield f"<h1>Training report {chip(verdict, VERDICT_COLOURS[verdict])}</h1>"
    yield f'<p class="lead">{escape(report.headline)}</p>'
    about = [report.created.replace("T", " ")] if report.created else []
    about += [f"robust-mlp {escape(report.version)}"] if report.version else []
    about += [f"fit {report.seconds:.2f} s, of which the guard took {report.guard_seconds:.3f} s"]
    yield f'<p class="quiet">{" · ".join(about)}</p>'


def _next_steps(report):
    """Each fix once, worst finding first. After a repair, the findings say what was done, and only advice is left."""
    is_repaired = report.verdict.value == "REPAIRED"
    notes = _by_severity(report.advisories if is_repaired else (*report.findings, *report.advisories))
    fixes = list(dict.fromkeys(finding.fix for finding in notes if finding.fix))
    if is_repaired or not fixes:
        fixes = [text for text in [_NOTHING_TO_DO.get(report.verdict.value)] if text] + fixes
    if not fixes:
        return []
    return ["<ul>", *(f"<li>{escape(fix)}</li>" for fix in fixes), "</ul>"]


def _comparison(report):
    c = report.comparison
    if c is None or not c.is_finite:
        return
    probes = report.signal.probes if report.signal is not None else ()
    best = min(probes, key=lambda probe: probe.loss, default=None)
    rows = "training rows; none were held out" if c.in_sample else "held-out rows"
    together = expected_together(c)
    head = ["", "network", "95 % interval", "class prior"] + ([escape(best.name)] if best else [])
    lines = []
    for name, value, (low, high), prior, other in (
        ("log loss (nats)", c.loss, c.loss_interval(), c.prior_loss, best and best.loss),
        ("accuracy", c.accuracy, c.accuracy_interval(), c.prior_accuracy, None),
        ("balanced accuracy", c.balanced_accuracy, c.balanced_accuracy_interval(), c.prior_balanced_accuracy, None),
        ("area under the ROC curve", c.mean_auc, c.auc_interval(), 0.5, best and best.auc),
    ):
        cells = [name, f"{value:.4f}", f"{low:.4f} to {high:.4f}", f"{prior:.4f}"]
        lines.append(cells + (["" if other is None else _number(other)] if best else []))
        if (expected := together.get(name.removesuffix(" (nats)"))) is not None:
            value, (low, high) = expected
            cells = ["all members together, expected", f"{value:.4f}", f"{low:.4f} to {high:.4f}", ""]
            lines.append(cells + ([""] if best else []))
    yield _rows(head, lines, f"On {c.n_rows:,} {rows}")


def _table(report):
    t = report.table
    if t is None:
        return
    kinds = [("numbers", t.n_numbers), ("categories", t.n_categories), ("dates or durations", t.n_times)]
    lines = [["rows", f"{t.n_rows:,}"], ["rows held out", f"{t.n_held_out:,}"], ["columns", f"{t.n_columns:,}"]]
    lines += [[f"columns of {kind}", f"{n:,}"] for kind, n in kinds if n]
    lines += [["columns with missing values", f"{t.n_missing:,}"]] if t.n_missing is not None else []
    yield _rows([], lines)


def _classes(report):
    c = report.comparison
    if c is None or not c.is_finite:
        return
    head = ["class", "rows", "true share", "", "predicted share", "recall", "ROC AUC"]
    lines = []
    for i, name in enumerate(_names_of(report, len(c.support))):
        bar = f'<span class="bar" style="width:{WIDEST_BAR * c.true_share[i]:.2f}em"></span>'
        shares = [f"{c.true_share[i]:.4f}", bar, f"{c.predicted_share[i]:.4f}"]
        lines.append([escape(name), f"{c.support[i]:,}", *shares, _number(c.recalls[i]), _number(c.auc[i])])
    yield _rows(head, lines, text=(3,))


def _confusion(report):
    """The shares of the rows by class and prediction, and how well the probabilities are calibrated."""
    c = report.comparison
    if c is None or not c.is_finite:
        return
    yield '<div class="figures">'
    if len(c.confusion) > 1:
        yield _matrix(c.confusion, _names_of(report, len(c.support)))
    if c.n_rows >= LEAST_ROWS_OF_CALIBRATION and c.calibration:
        bins = [one for one in c.calibration if one[2] * c.n_rows >= LEAST_ROWS_OF_BIN]
        yield line_chart(
            "Calibration",
            [confidence for confidence, _, _ in bins],
            [("network", [right for _, right, _ in bins])],
            x_label="probability of the predicted class",
            y_label="share that is right",
            diagonal="perfectly calibrated",
        )
    yield "</div>"


def _matrix(confusion, names):
    """A table of classes against predictions; the darker a cell, the larger its share of the class."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = []
    for name, shares in zip(names, confusion, strict=True):
        total = sum(shares)
        cells = "".join(
            f'<td style="background:rgba(31, 131, 196, {0.5 * share / total if total else 0:.2f})">'
            f"{share / total if total else 0:.1%}</td>"
            for share in shares
        )
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (
        '<div class="wide" tabindex="0"><table class="matrix"><caption>Predictions of each class</caption>'
        f'<thead><tr><th scope="col">true \\ predicted</th>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
        "</div>"
    )


def _findings(report):
    notes = _by_severity((*report.findings, *report.advisories))
    if not notes:
        return
    yield "<ul>"
    for finding in notes:
        what = " ".join(escape(part) for part in (finding.symptom, finding.cause) if part)
        evidence = f" ({escape(finding.evidence)})" if finding.evidence else ""
        fix = f'<span class="fix">{escape(finding.fix)}</span>' if finding.fix else ""
        yield f"<li>{chip(finding.severity, SEVERITY_COLOURS[finding.severity])} {what}{evidence}{fix}</li>"
    yield "</ul>"


def _by_severity(findings):
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _attempts(report):
    if len(report.attempts) < 2:
        return
    lines = []
    for a in report.attempts:
        settings = ", ".join(f"{name}={new!r}" for name, (_, new) in a.changes.items()) or "your settings"
        settings += f", with {a.added}" if a.added else ""
        kept = " (kept)" if a.number == report.kept else ""
        numbers = [_number(a.held_out_loss), str(a.n_epochs), f"{a.seconds:.2f}"]
        lines.append([f"{a.number}{kept}", *numbers, escape(settings)])
    is_in_sample = report.comparison is not None and report.comparison.in_sample
    loss = "training loss" if is_in_sample else "held-out loss"
    yield _rows(["attempt", loss, "epochs", "seconds", "settings"], lines, text=(4,))


def _carrying(report):
    carrying, others = carrying_columns(report)
    if not carrying:
        return
    lines = [[escape(c.name), f"{c.rise:.4f}", f"{c.low:.4f} to {c.high:.4f}"] for c in carrying[:MAX_COLUMNS]]
    yield _rows(["column", "rise of the log loss if permuted", "95 % interval"], lines)
    if others:
        yield f"<p>Columns that carry nothing measurable alone: {escape(', '.join(c.name for c in others))}.</p>"


def _signal(report):
    if report.signal is None or not report.signal.probes:
        return
    lines = [[escape(p.name), f"{p.loss:.4f}", _number(p.auc), f"{p.p_value:.2g}"] for p in report.signal.probes]
    head = ["model", "log loss", "area under the ROC curve", "p-value"]
    yield _rows(head, lines, f"On {report.signal.n_rows:,} rows")


def _columns(report):
    if not report.feature_signal:
        return
    lines = [
        [
            *(escape(f.name), f.test, f"{f.statistic:.4g}", f"{f.p_value:.2g}", f"{f.adjusted_p_value:.2g}"),
            f"{f.mutual_information:.4f}",
        ]
        for f in report.feature_signal
    ]
    yield _rows(["column", "test", "statistic", "p-value", "adjusted", "mutual information"], lines)


def _settings(report):
    if not report.settings:
        return
    lines = [[escape(name), escape(repr(a)), escape(repr(b))] for name, (a, b) in report.settings.items()]
    yield _rows(["parameter", "value", "used"], lines, text=(1, 2))


def _figures(report):
    charts = []
    prior = () if report.comparison is None else (("class prior", report.comparison.prior_loss),)
    for a in report.attempts:
        if not a.epochs:
            continue
        number = f" of attempt {a.number}" if len(report.attempts) > 1 else ""
        lines = [("training", a.loss)] + ([("held out", a.validation_loss)] if a.validation_loss else [])
        charts.append(
            line_chart(f"Log loss{number}", a.epochs, lines, y_label="nats", lines=prior, marks=(a.best_epoch,))
        )
        if a.predicted_share:
            charts.append(_share_chart(a, number, report.class_names))
    return ['<div class="figures">', *charts, "</div>"] if any(charts) else []


def _share_chart(attempt, number, names):
    n_classes = len(attempt.predicted_share[0])
    largest = sorted(range(n_classes), key=lambda k: -max(row[k] for row in attempt.predicted_share))
    series = [
        (names[k] if k < len(names) else str(k), tuple(row[k] if row else math.nan for row in attempt.predicted_share))
        for k in sorted(largest[:MAX_CLASSES_DRAWN])
    ]
    return line_chart(f"Share of predictions{number}", attempt.epochs, series, y_label="share of held-out rows")


def _rows(head, lines, caption="", text=()):
    """A table: cells are HTML, the first of each line names the line. Columns of `text` are aligned to the left."""

    def kind(j):
        return ' class="text"' if j in text else ""

    names = "".join(f'<th scope="col"{kind(j)}>{name}</th>' for j, name in enumerate(head))
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td{kind(j)}>{x}</td>" for j, x in enumerate(rest, 1))}</tr>'
        for first, *rest in lines
    )
    title = f"<caption>{caption}</caption>" if caption else ""
    top = f"<thead><tr>{names}</tr></thead>" if head else ""
    return f'<div class="wide" tabindex="0"><table>{title}{top}<tbody>{body}</tbody></table></div>'


def _names_of(report, n_classes):
    return report.class_names or tuple(map(str, range(n_classes)))


def _number(value):
    return "--" if math.isnan(value) else f"{value:.4f}"
