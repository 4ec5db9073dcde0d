"""The report as text for `print`. Formats numbers; never computes one."""

import math
from textwrap import wrap

from robust_mlp._core.printable import printable, printable_name
from robust_mlp._core.records import Verdict

MAX_LINES = 25
MAX_CLASSES_PRINTED = 6  # with more classes, the advice would not fit into 25 lines
MAX_ATTEMPTS_PRINTED = 5
MAX_COLUMNS_PRINTED = 5
WIDTH = 118


def as_text(report):
    """The report as at most `MAX_LINES` lines, without terminal control characters."""
    lines = _wrapped(f"{report.verdict.value}: {report.headline}")
    if (c := report.comparison) is not None and c.is_finite:
        lines += _comparison_lines(c)
        lines += _class_lines(c, report.class_names)
    lines += _attempt_lines(report)
    lines += _column_lines(report)
    tail = f"The fit took {report.seconds:.2f} s, of which the guard took {report.guard_seconds:.3f} s."
    room = MAX_LINES - len(lines) - 1
    notes = [line for finding in (*report.findings, *report.advisories) for line in _finding_lines(finding)]
    if len(notes) > room:
        notes = [*notes[: room - 1], f"  ... and {len(notes) - room + 1} more lines in to_dict()."]
    return printable("\n".join([*lines, *notes, tail]))


def _comparison_lines(c):
    rows = "training rows (none were held out)" if c.in_sample else "held-out rows"
    low, high = c.auc_interval()
    auc = f"{c.mean_auc:10.3f}  [{low:.3f}, {high:.3f}]"
    table = [
        ("log loss", c.loss, c.loss_interval(), c.prior_loss),
        ("accuracy", c.accuracy, c.accuracy_interval(), c.prior_accuracy),
        ("balanced accuracy", c.balanced_accuracy, c.balanced_accuracy_interval(), c.prior_balanced_accuracy),
    ]
    together = expected_together(c)
    lines = [f"{f'On {c.n_rows} {rows}':40s}   network  95 % interval     class prior"]
    for name, value, (a, b), prior in table:
        lines.append(f"  {name:38s}{value:10.3f}  [{a:.3f}, {b:.3f}]   {prior:10.3f}")
        if name in together:
            value, (a, b) = together[name]
            lines.append(f"  {'  all members together, expected':38s}{value:10.3f}  [{a:.3f}, {b:.3f}]")
    return [*lines, f"  {'area under the ROC curve':38s}{auc}        0.500"]


def expected_together(c):
    """What is expected of all members together: a dict from the name of a figure to (value, interval).

    Parameters
    ----------
    c : Comparison

    Returns
    -------
    expected : dict of str to (float, (float, float))
        Empty where the held-out rows were predicted by all members.
    """
    if not c.averaging_gain and not c.averaging_accuracy_gain:
        return {}
    return {
        "log loss": (c.expected_loss, c.expected_loss_interval()),
        "accuracy": (c.expected_accuracy, c.expected_accuracy_interval()),
    }


def _class_lines(c, class_names):
    names = class_names or tuple(str(i) for i in range(len(c.support)))
    order = sorted(range(len(names)), key=lambda i: -c.true_share[i])
    lines = [f"{'Class':40s}true share  predicted share   recall"]
    for i in order[:MAX_CLASSES_PRINTED]:
        recall = "    --" if math.isnan(c.recalls[i]) else f"{c.recalls[i]:6.3f}"
        name = _cut(printable_name(names[i]), 36)
        lines.append(f"  {name:38s}{c.true_share[i]:10.4f}  {c.predicted_share[i]:15.4f}   {recall}")
    if len(order) > MAX_CLASSES_PRINTED:
        never = sum(c.predicted_share[i] == 0 and c.support[i] > 0 for i in order)
        lines[-1] = f"  ... and {len(order) - MAX_CLASSES_PRINTED + 1} more classes. Never predicted: {never} in total."
    return lines


def _attempt_lines(report):
    if len(report.attempts) < 2:
        return []
    lines = []
    for attempt in report.attempts[:MAX_ATTEMPTS_PRINTED]:
        changes = ", ".join(f"{k}={_short(new)}" for k, (_, new) in attempt.changes.items()) or "your settings"
        changes += f", with {attempt.added}" if attempt.added else ""
        kept = " (kept)" if attempt.number == report.kept else ""
        is_in_sample = report.comparison is not None and report.comparison.in_sample
        loss = f"{'training' if is_in_sample else 'held-out'} loss {attempt.held_out_loss:.3f}"
        lines.append(_cut_list(f"Attempt {attempt.number}{kept}: {loss}, {attempt.n_epochs} epochs, {changes}", WIDTH))
    return lines


def _column_lines(report):
    """The five columns that carry the network, and in one line those that carry nothing."""
    carrying, others = carrying_columns(report)
    lines: list[str] = []
    if others and not carrying:
        return ["No column alone carries the network measurably. explain(clf, X, y) measures groups of columns, too."]
    if carrying:
        shown = ", ".join(f"{printable_name(c.name)} ({c.rise:.3f})" for c in carrying[:MAX_COLUMNS_PRINTED])
        lines += _wrapped(f"Columns that carry the network (rise of the log loss if permuted): {shown}")
        if others:
            names = ", ".join(printable_name(c.name) for c in others)
            lines.append(_cut_list(f"Columns that carry nothing measurable alone ({len(others)}): {names}", WIDTH))
    return lines


def carrying_columns(report):
    """Columns that carry the network and columns that carry nothing, as its held-out rows show.

    Parameters
    ----------
    report : TrainingReport

    Returns
    -------
    carrying, others : list of ColumnRise
        The most important first. Empty for a network that learned nothing.
    """
    if report.verdict in (Verdict.COLLAPSED, Verdict.NO_SIGNAL):
        return [], []
    rises = report.column_rises
    return [c for c in rises if c.is_above_noise], [c for c in rises if not c.is_above_noise]


def _finding_lines(finding):
    mark = {"error": "!", "warning": "!", "info": "-"}[finding.severity]
    what = " ".join(part for part in (finding.symptom, finding.cause) if part)
    evidence = f" ({finding.evidence})" if finding.evidence else ""
    lines = _wrapped(f"{mark} {what}{evidence}")
    return lines + (_wrapped(f"  {finding.fix}") if finding.fix else [])


def _wrapped(text):
    return wrap(printable(text), WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _cut_list(text, width):
    """The text of a list. If it is too long, its last items are left out."""
    return text if len(text) <= width else text[: width - 4].rpartition(", ")[0] + ", ..."


def _cut(text, width):
    return text if len(text) <= width else text[: width - 3] + "..."


def _short(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)
