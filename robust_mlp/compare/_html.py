"""A comparison of answers to class imbalance as HTML: a fragment for notebooks, or a page. Computes no score."""

import math
from html import escape
from pathlib import Path

import numpy as np

from robust_mlp._report.style import FRAGMENT_STYLE, page_around
from robust_mlp.compare._metrics import METRICS, best_place, shares_text

# Pixels. A chart fits a telephone (390 across, less the margins of a page) without being scaled down.
WIDTH, ROW, TOP, SIDE = 350, 36, 8, 8
BLUE = "#1f83c4"  # of the means, as of the network in the report
# What an axis spans at least, so that scores which differ in the fourth digit do not look far apart.
LEAST_SPAN = 0.01

_GOALS = {"honesty": "honest probabilities", "ranking": "ranking", "decisions": "decisions"}


def as_fragment(comparison):
    """The comparison as a piece of HTML.

    Parameters
    ----------
    comparison : ImbalanceComparison

    Returns
    -------
    html : str
    """
    n_folds = next(iter(comparison.fold_scores.values())).shape[1]
    advice = "".join(f"<li>{escape(sentence)}</li>" for sentence in comparison.advice)
    charts = "".join(_chart(comparison, metric) for metric in METRICS)
    return (
        f'{FRAGMENT_STYLE}<div class="robust-mlp"><h1>Answers to class imbalance</h1>'
        f'<p class="lead">{len(comparison.names)} answers on the same {n_folds} folds.</p>'
        f'<p class="quiet">Class shares from the rarest: {shares_text(comparison.class_shares)}</p>'
        f"<section><h2>What to use</h2><ul>{advice}</ul></section>"
        f"<section><h2>Means over the folds</h2>{_table(comparison)}</section>"
        f'<section><h2>Spread over the folds</h2><div class="figures">{charts}</div></section></div>'
    )


def write_page(comparison, path):
    """Write the comparison as one HTML page.

    Parameters
    ----------
    comparison : ImbalanceComparison
    path : str or path-like
    """
    Path(path).write_text(page_around("Answers to class imbalance", as_fragment(comparison)), encoding="utf-8")


def _table(comparison):
    heads = "".join(
        f'<th scope="col">{escape(about.title)}<br>{"more" if about.is_gain else "less"} is better</th>'
        for about in METRICS.values()
    )
    means = {metric: comparison.mean(metric) for metric in METRICS}
    best = {metric: best_place(means[metric], metric) for metric in METRICS}
    lines = []
    for place, name in enumerate(comparison.names):
        shown = [f"{means[m][place]:.4f}" for m in METRICS]
        marked = [
            f"<strong>{x}&nbsp;*</strong>" if place == best[m] else x for m, x in zip(METRICS, shown, strict=True)
        ]
        cells = "".join(f"<td>{x}</td>" for x in marked)
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (
        '<div class="wide" tabindex="0"><table><caption>* best</caption>'
        f'<thead><tr><th scope="col">answer</th>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def _chart(comparison, metric):
    """One metric: for each answer a line with a small circle for each fold and a large one for the mean."""
    scores, means, about = comparison.fold_scores[metric], comparison.mean(metric), METRICS[metric]
    finite = scores[np.isfinite(scores)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    margin = max(high - low, LEAST_SPAN) * 0.05 + max(LEAST_SPAN - (high - low), 0) / 2
    low, high = low - margin, high + margin
    height = TOP + 22 + ROW * len(means) + 18

    def across(value):
        return SIDE + (WIDTH - 2 * SIDE) * (value - low) / (high - low)

    title = f"{about.title}, {'more' if about.is_gain else 'less'} is better"
    parts = [f'<text x="{SIDE}" y="{TOP + 10}" font-weight="600">{escape(title)}</text>']
    for place, (name, folds, mean) in enumerate(zip(comparison.names, scores, means, strict=True)):
        y = TOP + 22 + ROW * place
        parts.append(f'<text x="{SIDE}" y="{y + 10}" font-size="11">{escape(name)}</text>')
        parts.append(
            f'<line x1="{SIDE}" x2="{WIDTH - SIDE}" y1="{y + 22}" y2="{y + 22}" stroke="currentColor" opacity=".25"/>'
        )
        known = [across(value) for value in folds if math.isfinite(value)]
        parts += [f'<circle cx="{x:.1f}" cy="{y + 22}" r="3" opacity=".45"/>' for x in known]
        parts += [f'<circle cx="{across(mean):.1f}" cy="{y + 22}" r="5" fill="{BLUE}"/>'] if math.isfinite(mean) else []
    parts.append(f'<text x="{SIDE}" y="{height - 4}" font-size="11">{low:.3f}</text>')
    parts.append(f'<text x="{WIDTH - SIDE}" y="{height - 4}" font-size="11" text-anchor="end">{high:.3f}</text>')
    spoken = f"{title}, for {_GOALS[about.goal]}. " + ", ".join(
        f"{name}: {mean:.4f}" for name, mean in zip(comparison.names, means, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'font-family="sans-serif" font-size="12" fill="currentColor" role="img" '
        f'aria-label="{escape(spoken, quote=True)}">{"".join(parts)}</svg>'
    )
