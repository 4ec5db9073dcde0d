"""Charts of an explanation as SVG text: bars with intervals, bars of levels, a heat map. Draws; computes nothing."""

import math
from html import escape

from robust_mlp._report.svg import COLOURS

ROW_HEIGHT = 20
# Names of importance bars get as much room as the longest needs, and bars so much that short names and bars fit into a
# telephone's 358 pixels.
LEAST_NAME_WIDTH, NAME_WIDTH, BAR_WIDTH = 50, 240, 270
LETTER_WIDTH = 6.0  # of 11-pixel sans-serif text, about; a name of wide letters is a little cut at the left
LONGEST_NAME = 34
NOTHING = "#9a9a9a"  # of bars whose interval holds 0
CELL, CELL_HEIGHT = 66, 22
# Of the bars of one row: their names, the bars with the numbers beside them, and one number.
CONTRIBUTION_NAME_WIDTH, CONTRIBUTION_WIDTH, NUMBER_WIDTH = 210, 250, 42
MAX_STRENGTH = 0.5  # of a cell's colour, so that its number can be read on a light and on a dark page
LEVEL_NAME_WIDTH = 170
CURVE_LEFT, CURVE_TOP, CURVE_WIDTH, CURVE_HEIGHT = 52, 24, 380, 170
DENSITY_HEIGHT = 22


def importance_chart(importances):
    """Horizontal bars with intervals, one for each column or group; grey where the interval holds 0.

    Parameters
    ----------
    importances : sequence of ColumnImportance

    Returns
    -------
    svg : str
    """
    known = [one for one in importances if math.isfinite(one.low) and math.isfinite(one.high)]
    if not known:
        return ""
    low = min(0.0, *(one.low for one in known))
    high = max(0.0, *(one.high for one in known)) or 1.0
    scale = BAR_WIDTH / (high - low)
    longest = min(LONGEST_NAME, max(len(one.short_name) for one in known))
    left = min(NAME_WIDTH, max(LEAST_NAME_WIDTH, LETTER_WIDTH * longest + 10))

    def x(value):
        return left + (value - low) * scale

    parts = []
    for i, one in enumerate(known):
        y = 8 + ROW_HEIGHT * i
        colour = COLOURS[0] if one.is_above_noise else NOTHING
        start, end = sorted((x(0.0), x(one.importance)))
        parts.append(_text(left - 6, y + 11, one.short_name, "end"))
        parts.append(f'<rect x="{start:.1f}" y="{y}" width="{end - start:.1f}" height="14" fill="{colour}"/>')
        parts.append(
            f'<line x1="{x(one.low):.1f}" x2="{x(one.high):.1f}" y1="{y + 7}" y2="{y + 7}" stroke="currentColor" '
            'stroke-width="1.4"/>'
        )
    bottom = 8 + ROW_HEIGHT * len(known)
    parts.append(f'<line x1="{x(0.0):.1f}" x2="{x(0.0):.1f}" y1="2" y2="{bottom}" stroke="currentColor" opacity=".7"/>')
    for value in (0.0, high):
        parts.append(_text(x(value), bottom + 14, f"{value:.3g}", "middle"))
    parts.append(_text(left + BAR_WIDTH / 2, bottom + 30, "rise of the log loss (nats)", "middle"))
    return _svg(left + BAR_WIDTH + 20, bottom + 38, "Importance of columns", parts)


def contribution_chart(title, bars, note):
    """Horizontal bars to both sides of 0, with their numbers: blue above 0, orange below.

    Parameters
    ----------
    title : str
    bars : sequence of (name, value)
    note : str
        Below the bars.

    Returns
    -------
    svg : str
    """
    low, high = min(0.0, *(value for _, value in bars)), max(0.0, *(value for _, value in bars))
    scale = (CONTRIBUTION_WIDTH - 2 * NUMBER_WIDTH) / ((high - low) or 1.0)
    left = CONTRIBUTION_NAME_WIDTH + NUMBER_WIDTH

    parts = [f'<text x="4" y="14" font-weight="bold">{escape(title)}</text>']
    zero = left - low * scale
    for i, (name, value) in enumerate(bars):
        y = 24 + ROW_HEIGHT * i
        end = zero + value * scale
        parts.append(_text(CONTRIBUTION_NAME_WIDTH - 6, y + 11, name, "end"))
        parts.append(
            f'<rect x="{min(zero, end):.1f}" y="{y}" width="{abs(end - zero):.1f}" height="14" '
            f'fill="{COLOURS[0] if value >= 0 else COLOURS[1]}"/>'
        )
        beside, anchor = (end + 4, "start") if value >= 0 else (end - 4, "end")
        parts.append(_text(beside, y + 11, f"{value:+.2f}", anchor))
    bottom = 24 + ROW_HEIGHT * len(bars)
    parts.append(f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="20" y2="{bottom}" stroke="#555"/>')
    parts.append(f'<text x="4" y="{bottom + 14}">{escape(note)}</text>')
    return _svg(CONTRIBUTION_NAME_WIDTH + CONTRIBUTION_WIDTH, bottom + 22, title, parts)


def curve_chart(title, x, series, shares, ticks):
    """Curves over numbers or dates, with the density of the rows along the bottom.

    Parameters
    ----------
    title : str
    x : sequence of float
        Ascending; at least two.
    series : sequence of (name, values, is_dashed)
    shares : sequence of float
        Share of the rows from each x before to each x.
    ticks : sequence of (float, str)
        Places on the axis of x, and what they are called.

    Returns
    -------
    svg : str
    """
    values = [value for _, line, _ in series for value in line]
    low, high = min(0.0, *values), max(0.0, *values)
    margin = 0.06 * (high - low) or 0.5
    low, high = low - 3 * margin, high + margin  # below the curves lies the density
    bottom, width, height = CURVE_TOP + CURVE_HEIGHT, CURVE_WIDTH, CURVE_HEIGHT

    def place(a, b):
        across = CURVE_LEFT + (a - x[0]) / (x[-1] - x[0]) * width
        return across, CURVE_TOP + (high - b) / (high - low) * height

    parts = [f'<text x="4" y="14" font-weight="bold">{escape(title)}</text>']
    density = [share / (b - a) for share, a, b in zip(shares[1:], x[:-1], x[1:], strict=True)]
    largest = max(density) or 1.0
    for value, a, b in zip(density, x[:-1], x[1:], strict=True):
        left, right, tall = place(a, 0)[0], place(b, 0)[0], DENSITY_HEIGHT * value / largest
        parts.append(
            f'<rect x="{left:.1f}" y="{bottom - tall:.1f}" width="{right - left:.1f}" height="{tall:.1f}" '
            'fill="currentColor" fill-opacity=".15"/>'
        )
    zero = place(x[0], 0)[1]
    parts.append(
        f'<line x1="{CURVE_LEFT}" x2="{CURVE_LEFT + width}" y1="{zero:.1f}" y2="{zero:.1f}" '
        'stroke="currentColor" opacity=".4"/>'
        f'<polyline points="{CURVE_LEFT},{CURVE_TOP} {CURVE_LEFT},{bottom} {CURVE_LEFT + width},{bottom}" '
        'stroke="currentColor" fill="none"/>'
    )
    step = _round_step(high - low)
    for k in range(math.ceil(low / step), math.floor(high / step) + 1):
        parts.append(_text(CURVE_LEFT - 5, place(x[0], k * step)[1] + 4, f"{k * step:.3g}", "end"))
    for value, name in ticks:
        parts.append(_text(place(value, 0)[0], bottom + 14, name, "middle"))
    parts.append(
        f'<text x="12" y="{CURVE_TOP + height / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {CURVE_TOP + height / 2})">log-odds</text>'
    )
    for k, (name, line, is_dashed) in enumerate(series):
        colour, dashes = COLOURS[k % len(COLOURS)], ' stroke-dasharray="5 3"' if is_dashed else ""
        points = " ".join(f"{across:.1f},{down:.1f}" for across, down in map(place, x, line))
        parts.append(f'<polyline points="{points}" stroke="{colour}" stroke-width="1.6" fill="none"{dashes}/>')
        y = bottom + 32 + 14 * k
        parts.append(f'<line x1="{CURVE_LEFT}" x2="{CURVE_LEFT + 20}" y1="{y}" y2="{y}" stroke="{colour}"{dashes}/>')
        parts.append(_text(CURVE_LEFT + 26, y + 4, name, "start"))
    return _svg(CURVE_LEFT + width + 40, bottom + 32 + 14 * len(series), title, parts)


def _round_step(length):
    """A distance of marks that is 1, 2 or 5 times a power of ten, for about five marks."""
    power = 10.0 ** math.floor(math.log10(length / 5))
    return next(factor * power for factor in (1, 2, 5, 10) if length / (factor * power) <= 6)


def level_chart(title, levels, series, shares):
    """Bars of each class over levels, with the share of each level behind its name.

    Parameters
    ----------
    title : str
    levels : sequence of str
    series : sequence of (name, values)
    shares : sequence of float

    Returns
    -------
    svg : str
    """
    values = [value for _, line in series for value in line]
    low, high = min(0.0, *values), max(0.0, *values)
    scale = (BAR_WIDTH / 2) / ((high - low) or 1.0)
    height = 12 * len(series) + 6

    def x(value):
        return LEVEL_NAME_WIDTH + (value - low) * scale

    parts = [f'<text x="4" y="14" font-weight="bold">{escape(title)}</text>']
    for i, (level, share) in enumerate(zip(levels, shares, strict=True)):
        top = 24 + height * i
        parts.append(_text(LEVEL_NAME_WIDTH - 6, top + height / 2 + 2, f"{level} ({share:.0%})", "end"))
        for k, (_, line) in enumerate(series):
            start, end = sorted((x(0.0), x(line[i])))
            parts.append(
                f'<rect x="{start:.1f}" y="{top + 12 * k}" width="{max(end - start, 1):.1f}" height="10" '
                f'fill="{COLOURS[k % len(COLOURS)]}"/>'
            )
    bottom = 24 + height * len(levels)
    parts.append(
        f'<line x1="{x(0.0):.1f}" x2="{x(0.0):.1f}" y1="20" y2="{bottom}" stroke="currentColor" opacity=".7"/>'
    )
    for value in {low, high}:
        parts.append(_text(x(value), bottom + 14, f"{value:.2g}", "middle"))
    legend = "log-odds of " + ", ".join(name for name, _ in series) if len(series) == 1 else "log-odds"
    parts.append(_text(x(low), bottom + 30, legend, "start"))
    for k, (name, _) in enumerate(series if len(series) > 1 else ()):
        y = bottom + 46 + 14 * k
        parts.append(f'<rect x="{x(low):.1f}" y="{y - 9}" width="10" height="10" fill="{COLOURS[k % len(COLOURS)]}"/>')
        parts.append(_text(x(low) + 16, y, name, "start"))
    extra = 14 * len(series) if len(series) > 1 else 0
    return _svg(LEVEL_NAME_WIDTH + BAR_WIDTH / 2 + 30, bottom + 40 + extra, title, parts)


def heat_map(title, rows, columns, values):
    """A table of coloured cells: blue below 0, orange above.

    Parameters
    ----------
    title : str
    rows, columns : sequence of str
        Values of the first and of the second column of a pair.
    values : sequence of sequences of float

    Returns
    -------
    svg : str
    """
    largest = max((abs(value) for line in values for value in line), default=0.0) or 1.0
    parts = [f'<text x="4" y="14" font-weight="bold">{escape(title)}</text>']
    left, top = 120, 24
    for i, row in enumerate(rows):
        parts.append(_text(left - 6, top + CELL_HEIGHT * i + CELL_HEIGHT / 2 + 4, row[:16], "end"))
        for k, value in enumerate(values[i]):
            strength = MAX_STRENGTH * abs(value) / largest
            colour = COLOURS[1] if value > 0 else COLOURS[0]
            parts.append(
                f'<rect x="{left + CELL * k}" y="{top + CELL_HEIGHT * i}" width="{CELL}" height="{CELL_HEIGHT}" '
                f'fill="{colour}" fill-opacity="{strength:.2f}" stroke="currentColor" stroke-opacity=".2"/>'
            )
            parts.append(
                _text(left + CELL * k + CELL / 2, top + CELL_HEIGHT * i + CELL_HEIGHT / 2 + 4, f"{value:.2f}", "middle")
            )
    bottom = top + CELL_HEIGHT * len(rows)
    for k, column in enumerate(columns):
        parts.append(_text(left + CELL * k + CELL / 2, bottom + 14, column[:10], "middle"))
    return _svg(left + CELL * len(columns) + 20, bottom + 22, title, parts)


def _text(x, y, text, anchor):
    text = text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 3] + "..."
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width, height, title, parts):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'font-family="sans-serif" font-size="11" fill="currentColor" role="img" '
        f'aria-label="{escape(title, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )
