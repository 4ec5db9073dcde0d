"""The explanation as text for `print`. Formats numbers; never computes one."""

import math
from textwrap import wrap

from robust_mlp._core.printable import printable, printable_name

MAX_COLUMNS = 10
MAX_PAIRS = 3
MAX_ROWS = 10
WIDTH = 118
NAME_WIDTH = 40


def as_text(explanation):
    """The explanation as a table of the columns, groups, pairs, and the columns without a measurable effect."""
    e = explanation
    measure = "Log loss" if e.has_labels else "Mean entropy of the predictions"
    lines = _wrapped(f"{measure} {e.loss:.4f} on {e.n_rows:,} rows ({e.rows}).")
    rise = "rise of the loss" if e.has_labels else "expected rise"
    lines.append(f"{'Column':{NAME_WIDTH + 2}}{rise:>18s}  95 % interval      if missing")
    lines += [_importance_line(one) for one in e.importance[:MAX_COLUMNS]]
    if len(e.importance) > MAX_COLUMNS:
        lines.append(f"  ... and {len(e.importance) - MAX_COLUMNS} more columns.")
    if e.n_left_out:
        lines += _wrapped(
            f"{e.n_left_out:,} columns raise the loss less, and were left out. columns=[...] names others."
        )
    if e.groups:
        lines.append("Groups of columns that say nearly the same, permuted together")
        for group in e.groups[:MAX_COLUMNS]:
            lines.append(_importance_line(group))
            if group.short_name != group.name:
                lines += _wrapped(f"    {listed(list(group.columns), MAX_COLUMNS)}")
    if e.pairs:
        pairs = ", ".join(f"{printable_name(pair.name)} ({pair.strength:.2f})" for pair in e.pairs[:MAX_PAIRS])
        lines += _wrapped(f"Strongest pairs, in log-odds beyond both columns alone: {pairs}.")
    if e.has_labels and (nothing := [one.name for one in e.importance if not one.is_above_noise]):
        lines += _wrapped(f"No measurable rise when permuted alone: {listed(nothing, MAX_COLUMNS)}.")
    if e.contributions is not None:
        lines += _rows(e.contributions)
    return printable("\n".join(lines))


def _rows(found):
    """What speaks for the predicted class of single rows and against the next one."""
    yield "What speaks for the predicted class and against the next one, in nats of log-odds"
    for row in range(min(len(found), MAX_ROWS)):
        first, *others = str(found.evidence(row)).splitlines()
        yield f"  Row {row + 1}: {first}"
        yield from (f"  {line}" for line in others)
    if len(found) > MAX_ROWS:
        yield f"  ... and {len(found) - MAX_ROWS} more rows."


def listed(names, n_shown):
    """Names joined by commas; beyond `n_shown` their number."""
    shown = ", ".join(printable_name(name) for name in names[:n_shown])
    return shown if len(names) <= n_shown else f"{shown} and {len(names) - n_shown} more"


def number(value):
    """A number in four digits; "--" for NaN."""
    return "--" if math.isnan(value) else f"{value:.4f}"


def _importance_line(one):
    name = printable_name(one.short_name)
    name = name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 3] + "..."
    interval = f"[{number(one.low)}, {number(one.high)}]"
    missing = "" if math.isnan(one.missing) else f"{one.missing:10.4f}"
    return f"  {name:{NAME_WIDTH}}{one.importance:18.4f}  {interval:18s}{missing:>11s}".rstrip()


def _wrapped(text):
    return wrap(printable(text), WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
