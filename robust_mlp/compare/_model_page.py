"""A comparison of models as HTML: a fragment for notebooks, or a complete page. No script, no link, no other file."""

from html import escape
from pathlib import Path

from robust_mlp._report.style import FRAGMENT_STYLE, page_around

WIDEST_BAR = 10  # em; of the largest log loss


def as_fragment(comparison):
    """The comparison as a piece of HTML.

    Parameters
    ----------
    comparison : ModelComparison

    Returns
    -------
    html : str
    """
    said = [*comparison.sentences, *comparison.verdict_sentences()]
    return "".join(
        [
            FRAGMENT_STYLE,
            '<div class="robust-mlp"><h1>Models on the same folds</h1>',
            f'<p class="lead">{escape(said[0])}</p>',
            f'<p class="quiet">{escape(comparison.caption())}</p>',
            f"<section><h2>Leaderboard</h2>{_leaderboard(comparison)}</section>",
            "<section><h2>What this says</h2><ul>",
            *(f"<li>{escape(sentence)}</li>" for sentence in said),
            "</ul></section>",
            f"<section><h2>Log loss of each fold</h2>{_folds(comparison)}</section>",
            "</div>",
        ]
    )


def write_page(comparison, path):
    """Write the comparison as one HTML page.

    Parameters
    ----------
    comparison : ModelComparison
    path : str or path-like
    """
    Path(path).write_text(page_around("Models on the same folds", as_fragment(comparison)), encoding="utf-8")


def _leaderboard(comparison):
    """A line for each model, with a bar as long as its log loss."""
    head, body = comparison.cells()
    losses = comparison.mean("log_loss")
    bars = [f'<span class="bar" style="width:{WIDEST_BAR * loss / max(losses):.2f}em"></span>' for loss in losses]
    lines = [[escape(name), bar, *rest] for (name, *rest), bar in zip(body, bars, strict=True)]
    return _table(["model", "log loss, shorter is better", *head[1:]], lines, text=1)


def _folds(comparison):
    losses = comparison.fold_scores["log_loss"]
    lines = [
        [escape(name), *(f"{loss:.4f}" for loss in line)] for name, line in zip(comparison.names, losses, strict=True)
    ]
    return _table(["model", *(f"fold {i + 1}" for i in range(losses.shape[1]))], lines)


def _table(head, lines, text=None):
    """A table: the first cell of each line names the line; column `text` is aligned to the left."""

    def kind(j):
        return ' class="text"' if j == text else ""

    names = "".join(f'<th scope="col"{kind(j)}>{escape(name)}</th>' for j, name in enumerate(head))
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td{kind(j)}>{cell}</td>" for j, cell in enumerate(rest, 1))}</tr>'
        for first, *rest in lines
    )
    return f'<div class="wide"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'
