"""Draws importances and effects on axes of matplotlib. Computes nothing; the callers import matplotlib."""

import numpy as np

from robust_mlp._report.figure_texts import shown_text

MAX_CLASSES_DRAWN = 8  # a reader cannot distinguish more lines
NOTHING = "0.65"  # grey: the interval holds 0
# Height of the density below a curve, as a share of the axes.
DENSITY_HEIGHT = 0.12
# Room above the curves for the names of the classes, as a share of the height: of each line, and around them.
LEGEND_LINE, LEGEND_ROOM, LEGEND_COLUMNS = 0.13, 0.06, 2
# A number of so few values is drawn by points. Between them there is no row, so no density either.
FEW_VALUES = 10
# Names below an axis: slanted if they have more letters together, upright and small if there are more names.
MOST_LETTERS, MOST_SLANTED = 36, 8


def draw_importances(ax, importances):
    """Horizontal bars with intervals, the most important column at the top; grey where the interval holds 0.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    importances : sequence of ColumnImportance

    Returns
    -------
    bars : matplotlib.container.BarContainer
    """
    shown = list(importances)[::-1]
    values = np.array([one.importance for one in shown])
    errors = np.array([[one.importance - one.low, one.high - one.importance] for one in shown]).T
    bars = ax.barh(
        np.arange(len(shown)),
        values,
        xerr=errors,
        color=["C0" if one.is_above_noise else NOTHING for one in shown],
        error_kw={"elinewidth": 1.2, "capsize": 2, "ecolor": "0.2"},
    )
    ax.set_yticks(np.arange(len(shown)), [shown_text(one.short_name) for one in shown])
    ax.axvline(0, color="0.3", linewidth=0.8)
    ax.set_xlabel("Rise of the log loss when permuted (nats)")
    ax.set_ylim(-0.7, len(shown) - 0.3)
    return bars


def draw_effect(ax, effect, class_names, *, scale="log_odds", codes=None):
    """One effect: lines over numbers and dates, points over levels and few values, with the density of rows below.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    effect : ColumnEffect
    class_names : sequence of str
    scale : {'log_odds', 'probability'}, default='log_odds'
    codes : sequence of int or None, default=None
        Classes to draw. None: the second of two, else the eight that move most.

    Returns
    -------
    lines : list of matplotlib.lines.Line2D
        One for each class; of a single class also that of the additive members.
    """
    values = getattr(effect, scale)
    codes = classes_to_draw(values) if codes is None else codes
    x = np.array(effect.positions)
    has_few_values = effect.kind == "number" and len(x) <= FEW_VALUES
    if effect.kind == "levels":
        style = {"marker": "o", "linestyle": ""}
    else:
        style = {"marker": "o", "linestyle": ":"} if has_few_values else {}
    lines = []
    for code in codes:
        lines += ax.plot(x, values[:, code], label=shown_text(class_names[code]), **style)
    # Of several classes the dashed lines would hide the others, as they are often steeper.
    if scale == "log_odds" and effect.additive is not None and effect.kind != "levels" and len(codes) == 1:
        label, colour = f"{shown_text(class_names[codes[0]])}, additive members", lines[0].get_color()
        lines += ax.plot(x, effect.additive[:, codes[0]], "--", color=colour, label=label, linewidth=1)
    if scale == "log_odds":
        ax.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    if not has_few_values:
        _draw_density(ax, effect, x)
    if effect.kind == "date":
        shown = np.unique(np.linspace(0, len(x) - 1, min(len(x), 6)).astype(int))
        _name_ticks(ax, x[shown], _dates([shown_text(str(effect.values[i])) for i in shown]))
    elif effect.kind == "levels":
        _name_ticks(ax, x, [shown_text(str(value)) for value in effect.values])
    elif has_few_values:
        _name_ticks(ax, x, [f"{value:.4g}" for value in x])
    ax.set_xlabel(shown_text(effect.name))
    of_class = f" of {shown_text(class_names[codes[0]])}" if len(codes) == 1 else ""
    ax.set_ylabel(("Effect on the log-odds" if scale == "log_odds" else "Mean probability") + of_class)
    if len(lines) > 1:
        low, high = ax.get_ylim()
        ax.set_ylim(low, high + (LEGEND_ROOM + LEGEND_LINE * -(-len(lines) // LEGEND_COLUMNS)) * (high - low))
        ax.legend(fontsize="small", ncols=LEGEND_COLUMNS, loc="upper center", framealpha=0.6)
    return lines


def classes_to_draw(values):
    """Codes of the classes whose curves are drawn: the second of two, else those that move most.

    Parameters
    ----------
    values : ndarray of shape (n_values, n_classes)

    Returns
    -------
    codes : list of int
    """
    if values.shape[1] == 2:
        return [1]
    spread = values.max(axis=0) - values.min(axis=0)
    return sorted(np.argsort(-spread, kind="stable")[:MAX_CLASSES_DRAWN].tolist())


def _draw_density(ax, effect, x):
    """The density of the rows as a grey area along the bottom of the axes."""
    low, high = ax.get_ylim()
    low -= (high - low) * DENSITY_HEIGHT * 1.2  # room for it below the curve
    ax.set_ylim(low, high)
    below = ax.get_xaxis_transform()  # x in data units, y as a share of the axes
    style = {"color": "0.85", "transform": below, "zorder": 0}
    if effect.kind == "levels" or len(x) < 2:
        ax.bar(x, effect.shares / max(effect.shares.max(), 1e-12) * DENSITY_HEIGHT, width=0.6, **style)
        return
    widths = np.diff(x)
    density = effect.shares[1:] / widths
    ax.bar(x[:-1], density / max(density.max(), 1e-12) * DENSITY_HEIGHT, width=widths, align="edge", **style)


def _name_ticks(ax, places, names):
    """Write the names below the axis so that they do not overlap."""
    if sum(map(len, names)) <= MOST_LETTERS:
        ax.set_xticks(places, names)
    elif len(names) <= MOST_SLANTED:
        ax.set_xticks(places, names, rotation=40, ha="right")
    else:
        ax.set_xticks(places, names, rotation=90, fontsize="x-small")


def _dates(texts):
    """Texts of dates without what all have alike: times without the day, or days without the time."""
    if len({text[:10] for text in texts}) == 1 and len(texts) > 1:
        return [text[11:] or text for text in texts]
    return [text[:10] for text in texts]
