"""Line charts as SVG text, so that a page with figures needs neither matplotlib nor another file.

Text and axes have the colour of the text around the chart: they can be read on light and on dark pages. Draws; computes
nothing."""

import math
from html import escape

WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 28, 42
# Okabe and Ito (2008), "Color universal design": people with the common kinds of colour blindness can distinguish them.
# Their black and yellow are left out: each is lost on a dark or on a light page. The blue is a step lighter.
COLOURS = ("#1f83c4", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8c8c8c", "#9467bd")
# Lines that lie behind the series, and the grid.
QUIET, GRID = 'stroke="currentColor" stroke-opacity=".55"', 'stroke="currentColor" stroke-opacity=".13"'
MOST_TICKS = 6  # more labels would touch each other


def line_chart(title, x, series, *, x_label="epoch", y_label="", lines=(), marks=(), diagonal=""):
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
    diagonal : str, default=""
        If not empty, both axes go from 0 to 1, and the line on which both are equal is dashed and has this name.

    Returns
    -------
    svg : str
    """
    values = [v for _, line in series for v in line if math.isfinite(v)] + [v for _, v in lines if math.isfinite(v)]
    if not values or not x:
        return ""
    low, high = (0.0, 1.0) if diagonal else _range(values)
    left, right = (0.0, 1.0) if diagonal else (min(x), max(max(x), min(x) + 1))

    def place(a, b):
        across = LEFT + (a - left) / (right - left) * (WIDTH - LEFT - RIGHT)
        return f"{across:.1f},{TOP + (high - b) / (high - low) * (HEIGHT - TOP - BOTTOM):.1f}"

    parts = [
        f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>',
        *_axes(left, right, low, high, place),
    ]
    for mark in marks:
        ends = place(mark, low), place(mark, high)
        parts.append(f'<polyline points="{ends[0]} {ends[1]}" {QUIET} stroke-dasharray="2 3" fill="none"/>')
    names = []
    for i, (name, line) in enumerate(series):
        colour = COLOURS[i % len(COLOURS)]
        names.append((name, colour, ""))
        for run in _runs(x, line):
            points = " ".join(place(a, b) for a, b in run)
            parts.append(f'<polyline points="{points}" stroke="{colour}" stroke-width="1.8" fill="none"/>')
            if len(run) == 1 or diagonal:  # a line of one point cannot be seen
                parts += [_dot(place(a, b), colour) for a, b in run]
    segments = [(name, place(left, value), place(right, value)) for name, value in lines if math.isfinite(value)]
    segments += [(diagonal, place(0, 0), place(1, 1))] if diagonal else []
    for name, start, end in segments:
        parts.append(f'<polyline points="{start} {end}" {QUIET} stroke-dasharray="6 3" fill="none"/>')
        names.append((name, "currentColor", "6 3"))
    parts += [
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text x="12" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {(TOP + HEIGHT - BOTTOM) / 2})">{escape(y_label)}</text>',
    ]
    legend, height = _legend(names)
    body = "".join([*parts, *legend])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + height}" width="{WIDTH}" '
        f'font-family="sans-serif" font-size="12" fill="currentColor" role="img" '
        f'aria-label="{escape(title, quote=True)}">{body}</svg>'
    )


def _range(values):
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.5 * abs(high) or 0.5
    return low - margin, high + margin


def _axes(left, right, low, high, place):
    for x in ticks(left, right, is_whole=right > 1):
        across, bottom = place(x, low).split(",")
        yield f'<text x="{across}" y="{float(bottom) + 15:.1f}" text-anchor="middle">{x:.6g}</text>'
    for y in ticks(low, high):
        start, down = place(left, y).split(",")
        yield f'<line x1="{start}" y1="{down}" x2="{place(right, y).split(",")[0]}" y2="{down}" {GRID}/>'
        yield f'<text x="{LEFT - 6}" y="{float(down) + 4:.1f}" text-anchor="end">{y:.6g}</text>'
    yield f'<polyline points="{place(left, high)} {place(left, low)} {place(right, low)}" {QUIET} fill="none"/>'


def ticks(low, high, *, is_whole=False):
    """Round numbers within a range: multiples of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high : float
        ``low < high``.
    is_whole : bool, default=False
        Whole numbers only, such as epochs. The first epoch, 1, is a tick of its own.

    Returns
    -------
    values : list of float
        At most `MOST_TICKS`, ascending.
    """
    rough = (high - low) / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    step = max(step, 1.0) if is_whole else step
    first = math.ceil(low / step - 1e-9)
    values = [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]
    if is_whole and low == 1 and values[:1] != [1]:
        values = [1.0, *(value for value in values if value >= 1 + step / 2)]
    return values


def _dot(place, colour):
    x, y = place.split(",")
    return f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'


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
