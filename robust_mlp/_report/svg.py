"""Line charts as SVG text, so that a page with figures needs neither matplotlib nor another file.

Draws; computes nothing."""

import math
from html import escape

WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 40
# Okabe and Ito (2008), "Color universal design": people with the common kinds of colour blindness can distinguish them.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")


def line_chart(title, x, series, *, x_label="epoch", y_label="", lines=(), marks=()):
    """One chart with a line per series.

    Parameters
    ----------
    title : str
    x : sequence of float
    series : sequence of (name, values)
        Values that are not finite leave a gap.
    x_label, y_label : str
    lines : sequence of (name, value)
        Horizontal dashed lines.
    marks : sequence of float
        Vertical dotted lines, at values of x.

    Returns
    -------
    svg : str
    """
    values = [v for _, line in series for v in line if math.isfinite(v)] + [v for _, v in lines if math.isfinite(v)]
    if not values or not x:
        return ""
    low, high = _range(values)
    left, right = min(x), max(max(x), min(x) + 1)

    def place(a, b):
        across = LEFT + (a - left) / (right - left) * (WIDTH - LEFT - RIGHT)
        return f"{across:.1f},{TOP + (high - b) / (high - low) * (HEIGHT - TOP - BOTTOM):.1f}"

    parts = [
        f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>',
        *_axes(left, right, low, high, place),
    ]
    for mark in marks:
        ends = place(mark, low), place(mark, high)
        parts.append(f'<polyline points="{ends[0]} {ends[1]}" stroke="#888" stroke-dasharray="2 3" fill="none"/>')
    names = []
    for i, (name, line) in enumerate(series):
        colour = COLOURS[i % len(COLOURS)]
        names.append((name, colour, ""))
        for run in _runs(x, line):
            points = " ".join(place(a, b) for a, b in run)
            parts.append(f'<polyline points="{points}" stroke="{colour}" stroke-width="1.6" fill="none"/>')
    for name, value in lines:
        if math.isfinite(value):
            segment = f"{place(left, value)} {place(right, value)}"
            parts.append(f'<polyline points="{segment}" stroke="#555" stroke-dasharray="6 3" fill="none"/>')
            names.append((name, "#555", "6 3"))
    parts += [
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text x="12" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {(TOP + HEIGHT - BOTTOM) / 2})">{escape(y_label)}</text>',
    ]
    legend, height = _legend(names)
    body = "".join([*parts, *legend])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + height}" width="{WIDTH}" '
        f'font-family="sans-serif" font-size="11" role="img" aria-label="{escape(title, quote=True)}">{body}</svg>'
    )


def _range(values):
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.5 * abs(high) or 0.5
    return low - margin, high + margin


def _axes(left, right, low, high, place):
    yield (f'<polyline points="{place(left, high)} {place(left, low)} {place(right, low)}" stroke="#333" fill="none"/>')
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = left + share * (right - left), low + share * (high - low)
        across, bottom = place(x, low).split(",")
        _, down = place(left, y).split(",")
        yield f'<text x="{across}" y="{float(bottom) + 14:.1f}" text-anchor="middle">{x:.4g}</text>'
        yield f'<text x="{LEFT - 5}" y="{float(down) + 4:.1f}" text-anchor="end">{y:.3g}</text>'


def _runs(x, line):
    """Runs of finite values as lists of points."""
    run = []
    for a, b in zip(x, line, strict=True):
        if math.isfinite(b):
            run.append((a, b))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _legend(names):
    """(SVG parts, height in pixels): the legend below the chart, two names per line."""
    parts = []
    for i, (name, colour, dashes) in enumerate(names):
        x, y = LEFT + (i % 2) * (WIDTH - LEFT - RIGHT) / 2, HEIGHT + 10 + 15 * (i // 2)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<line x1="{x}" y1="{y}" x2="{x + 18}" y2="{y}" stroke="{colour}" stroke-width="2"{dash}/>')
        text = name if len(name) <= 26 else name[:25] + "..."
        parts.append(f'<text x="{x + 23}" y="{y + 4}">{escape(text)}</text>')
    return parts, 15 * math.ceil(len(names) / 2) + 8
