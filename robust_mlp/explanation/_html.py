"""The explanation as HTML: a fragment for notebooks, or a complete page. It has no script and no link."""

from html import escape
from pathlib import Path

from robust_mlp._report.style import FRAGMENT_STYLE, page_around
from robust_mlp.explanation._drawing import MAX_CLASSES_DRAWN, classes_to_draw
from robust_mlp.explanation._svg import contribution_chart, curve_chart, heat_map, importance_chart, level_chart
from robust_mlp.explanation._text import number
from robust_mlp.explanation.contributions._mixed_tables import text_of

MAX_EFFECTS = 12  # figures on a page; the most important columns
MAX_BARS = 30
MAX_ROWS = 20  # whose contributions are drawn
MAX_COLUMNS_OF_ROW = 10
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)  # marks on an axis, as shares of its length

# A table may be wider than a telephone: it scrolls inside itself, also by the keyboard.
SVG_AT_ITS_SIZE = '<svg style="max-width: none" '
NO_BREAK = "&nbsp;"  # an interval on three lines makes a row three lines high
_TABLE = '<div class="wide" tabindex="0"><table>'


def as_fragment(explanation):
    """The explanation as a piece of HTML.

    Parameters
    ----------
    explanation : Explanation

    Returns
    -------
    html : str
    """
    parts = [
        FRAGMENT_STYLE,
        '<div class="robust-mlp"><h1>Which columns matter</h1>',
        *_importance(explanation),
        *_groups(explanation),
        *_effects(explanation),
        *_pairs(explanation),
        *_rows(explanation),
        "<p>Effects say what the classifier does. They do not say what causes what.</p></div>",
    ]
    return "".join(parts)


def write_page(explanation, path):
    """Write the explanation as one HTML page.

    Parameters
    ----------
    explanation : Explanation
    path : str or path-like
    """
    Path(path).write_text(page_around("Which columns matter", as_fragment(explanation)), encoding="utf-8")


def _importance(e):
    measure = "log loss" if e.has_labels else "mean entropy of the predictions"
    yield f"<h2>Importance</h2><p>The {measure} is {e.loss:.4f} nats on {e.n_rows:,} rows "
    yield f"({escape(e.rows)}). The importance of a column is the rise of the loss when it is permuted. All intervals "
    yield f"hold together with 95{NO_BREAK}%.</p>"
    yield _wide(importance_chart(e.importances("group")[:MAX_BARS]))
    yield f"{_TABLE}<tr><th>Column</th><th>importance</th><th>95 % interval</th><th>rise if missing</th>"
    yield "".join(f"<th>rows of {escape(name)}</th>" for name in _classes(e)) + "</tr>"
    for one in e.importance:
        yield _row(one, e)
    yield "</table></div>"
    if e.n_left_out:
        yield f"<p>{e.n_left_out:,} columns raise the loss less, and were left out.</p>"


def _groups(e):
    if not e.groups:
        return
    yield "<h2>Columns that say nearly the same</h2><p>One of them alone shows little, because the others are left. "
    yield "Here all of a group are permuted together.</p>"
    yield f"{_TABLE}<tr><th>Group</th><th>importance</th>"
    yield "<th>95 % interval</th>" + "".join(f"<th>rows of {escape(name)}</th>" for name in _classes(e))
    yield "</tr>" + "".join(_row(one, e) for one in e.groups) + "</table></div>"


def _row(one, e):
    cells = [f"{one.importance:.4f}", f"{one.low:.4f} to {one.high:.4f}".replace(" ", NO_BREAK)]
    cells += [number(one.missing)] if len(one.columns) == 1 else []
    cells += [number(value) for value in one.per_class[: len(_classes(e))]]
    return f"<tr><td>{escape(one.name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _classes(e):
    """Classes that have a column of the table each."""
    return e.class_names[:MAX_CLASSES_DRAWN] if e.has_labels else ()


def _effects(e):
    if not e.effects:
        return
    yield "<h2>How they matter</h2><p>Accumulated local effect on the log-odds of each class, and the density of the "
    yield "rows. The mean over the rows is 0.</p><div class='figures'>"
    order = [one.name for one in e.importance][:MAX_EFFECTS]
    for name in order:
        effect = e.effect(name)
        if len(effect.values) > 1:
            yield effect_chart(effect, e.class_names)
    yield "</div>"


def effect_chart(effect, class_names):
    """One effect as SVG text: lines over numbers and dates, bars over levels."""
    codes = classes_to_draw(effect.log_odds)
    series = [(class_names[code], effect.log_odds[:, code].tolist(), False) for code in codes]
    if effect.kind == "levels":
        bars = [(name, line) for name, line, _ in series]
        return level_chart(effect.name, [str(value) for value in effect.values], bars, effect.shares.tolist())
    if effect.additive is not None and len(codes) == 1:
        series.append((f"{class_names[codes[0]]}, additive members", effect.additive[:, codes[0]].tolist(), True))
    return curve_chart(effect.name, list(effect.positions), series, effect.shares.tolist(), _ticks(effect))


def _ticks(effect):
    """Five places on the axis of a column of numbers or dates, and what they are called."""
    x = effect.positions
    if effect.kind == "date":
        shown = sorted({min(range(len(x)), key=lambda i: abs(x[i] - _at(x, share))) for share in TICKS})
        return [(x[i], str(effect.values[i])[:10]) for i in shown]
    values = [_at(x, share) for share in TICKS]
    return [(value, f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}") for value in values]


def _at(x, share):
    return x[0] + share * (x[-1] - x[0])


def _pairs(e):
    if not e.pairs:
        return
    yield "<h2>Pairs of columns</h2><p>The joint effect beyond the effects of both columns alone, in log-odds.</p>"
    yield f"{_TABLE}<tr><th>Pair</th><th>strength</th></tr>"
    yield "".join(f"<tr><td>{escape(p.name)}</td><td>{p.strength:.3f}</td></tr>" for p in e.pairs)
    first, code = e.pairs[0], len(e.class_names) - 1 if len(e.class_names) == 2 else 0
    rows, columns = ([_shown(value) for value in values] for values in first.values)
    title = f"{first.name}: log-odds of {e.class_names[code]}"
    yield f"</table></div>{_wide(heat_map(title, rows, columns, first.log_odds[:, :, code].tolist()))}"


def _wide(svg):
    """A wide figure at its own size: on a telephone it scrolls, since its words would be too small to read."""
    return f'<div class="wide" tabindex="0">{svg.replace("<svg ", SVG_AT_ITS_SIZE, 1)}</div>' if svg else ""


def _rows(e):
    if e.contributions is None:
        return
    n_rows = len(e.contributions)
    yield "<h2>What speaks for the prediction of single rows</h2><p>What each column adds to the log-odds of the "
    yield "predicted class against the next one, in nats. 0.7 nats double the odds. All columns and the background, "
    yield "which is the mean of typical rows, sum to the log-odds of the row.</p>"
    if n_rows > MAX_ROWS:
        yield f"<p>The first {MAX_ROWS} of {n_rows:,} rows.</p>"
    yield "<div class='figures'>"
    for row in range(min(n_rows, MAX_ROWS)):
        yield row_chart(e.contributions.evidence(row), f"Row {row + 1}")
    yield "</div>"


def row_chart(evidence, name):
    """The evidence of one row as SVG text: a bar for each of the strongest columns, and one for the others."""
    shown, others = evidence.columns[:MAX_COLUMNS_OF_ROW], evidence.columns[MAX_COLUMNS_OF_ROW:]
    bars = [(f"{one.name} = {text_of(one.value)}", one.contribution) for one in shown]
    if others:
        rest = "1 other column" if len(others) == 1 else f"{len(others)} other columns"
        bars.append((rest, sum(one.contribution for one in others)))
    return contribution_chart(f"{name}: {evidence.title}", bars, f"log-odds {evidence.sum_text}")


def _shown(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
