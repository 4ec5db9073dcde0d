"""`ContributionDisplay`: the contributions of one row as bars, or of many rows as a swarm of points.

Imports matplotlib only when it draws. Computes no contribution itself."""

import numpy as np

from robust_mlp._report.axes import axes_or_new
from robust_mlp._report.figure_texts import shown_text
from robust_mlp.explanation.contributions._arguments import check_at_least_one, check_row
from robust_mlp.explanation.contributions._contributions import contributions
from robust_mlp.explanation.contributions._mixed_tables import numbers_for_colours, text_of
from robust_mlp.explanation.contributions._record import Contributions

# Of a new figure in inches: its width, the height of a line, and that above and below the lines.
WIDTH, LINE, MARGINS = 7.0, 0.4, 1.5
# Bins along the axis of a swarm: points of one bin stand side by side.
N_BINS = 60
# Half of the height that a column's points take, where 1 is the distance between columns.
HALF_HEIGHT = 0.38
# Colours of bars: matplotlib's first two. They differ in brightness, too.
FOR, AGAINST = "tab:blue", "tab:orange"
# Colour of points whose column is missing.
MISSING = "0.65"


class ContributionDisplay:
    """What the columns add to the log-odds: bars for one row, or a point for each of many rows.

    `from_estimator` computes and draws, `from_explanation` draws what is there, and `plot` draws again.

    Parameters
    ----------
    contributions : Contributions
        With values of shape (n_rows, n_columns).
    row : int, default=None
        The row to draw as bars. None draws all rows as points.
    max_columns : int, default=10
        The columns with the largest values are drawn, at least 1; the rest is summed up.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    bars_ : matplotlib.container.BarContainer, or None if points were drawn
    points_ : list of matplotlib.collections.PathCollection, or None if bars were drawn
        One for each column drawn.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from robust_mlp import RobustMLPClassifier
    >>> from robust_mlp.displays import ContributionDisplay
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> X = X.iloc[:, :5]
    >>> clf = RobustMLPClassifier(max_iter=5, n_members=1, random_state=0).fit(X, y)
    >>> display = ContributionDisplay.from_estimator(clf, X[:20], X[::60], row=0)
    >>> display.ax_.get_xlabel()
    'Contribution to the log-odds of 1 against 0 (nats)'
    """

    def __init__(self, contributions, *, row=None, max_columns=10):
        self.contributions = contributions
        self.row = row
        self.max_columns = max_columns

    @classmethod
    def from_estimator(
        cls, estimator, X, background=None, *, row=None, label=None, against=None, max_columns=10, ax=None
    ):
        """Compute contributions and draw them.

        Parameters
        ----------
        estimator : classifier
            Fitted, with ``predict_proba``.
        X : array-like of shape (n_rows, n_columns)
            The rows to explain.
        background : table like X, int or None, default=None
            As in `contributions`.
        row : int, default=None
            The row of `X` to draw as bars. None draws all rows as points.
        label : label, default=None
            The class that the values speak for. None: of two classes the second; of more classes, with a `row`, the one
            that is predicted for it, against the next one. It must be given for points of more classes.
        against : label, default=None
            The class that the values speak against. None: all others.
        max_columns : int, default=10
            The columns with the largest values are drawn, at least 1.
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        display : ContributionDisplay
        """
        found = contributions(estimator, X, background)
        return cls.from_explanation(found, row=row, label=label, against=against, max_columns=max_columns, ax=ax)

    @classmethod
    def from_explanation(cls, explanation, *, row=None, label=None, against=None, max_columns=10, ax=None):
        """Draw contributions that were computed before.

        Parameters
        ----------
        explanation : Contributions, or an Explanation that holds contributions
        row : int, default=None
            The row to draw as bars. None draws all rows as points.
        label : label, default=None
            The class that the values speak for. None: of two classes the second; of more classes, with a `row`, the one
            that is predicted for it, against the next one. It must be given for points of more classes.
        against : label, default=None
            The class that the values speak against. None: all others.
        max_columns : int, default=10
            The columns with the largest values are drawn, at least 1.
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        display : ContributionDisplay

        Raises
        ------
        TypeError
            If there are no contributions in `explanation`.
        ValueError
            If there are several classes, no `row` and no `label`, or if there is no such row or class.
        """
        found = explanation if isinstance(explanation, Contributions) else getattr(explanation, "contributions", None)
        if not isinstance(found, Contributions):
            raise TypeError(
                f"{type(explanation).__name__} holds no contributions. Pass what robust_mlp.contributions returns, or "
                "an explanation that was made with explain(..., contributions_of=rows)."
            )
        if row is not None and label is None and against is None and found.values.ndim == 3:
            evidence = found.evidence(row)
            label, against = evidence.for_class, evidence.against
        return cls(_chosen(found, label, against), row=row, max_columns=max_columns).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        self : ContributionDisplay
        """
        check_at_least_one("max_columns", self.max_columns)
        shown = _chosen(self.contributions, None, None)
        if self.row is not None:
            shown = shown[check_row(self.row, len(shown), ", or None")]
        order = np.argsort(-shown.mean_sizes(), kind="stable")[: self.max_columns]
        self.ax_ = axes_or_new(ax, (WIDTH, MARGINS + LINE * (len(order) + 1)))
        self.figure_ = self.ax_.figure
        self.bars_ = self.points_ = None
        if self.row is None:
            self.points_ = _draw_points(self.ax_, shown, order)
        else:
            self.bars_ = _draw_bars(self.ax_, shown, order)
        self.ax_.axvline(0, color="0.5", lw=1, zorder=0)
        self.ax_.set_xlabel(f"Contribution to the log-odds of {shown.target_text} (nats)")
        return self


def _chosen(found, label, against):
    """The contributions to one log-odds."""
    if label is None and against is not None:
        raise ValueError(f"against={against!r} needs a label. Pass label, the class that the values speak for.")
    if label is not None:
        return found.for_class(label) if against is None else found.against(label, against)
    if found.values.ndim == 3:
        listed = ", ".join(map(repr, found.classes[:10]))
        raise ValueError(f"There are {len(found.classes)} classes. Pass label, one of {listed}, and against if needed.")
    return found


def _draw_bars(ax, shown, order):
    """A bar for each column of one row, the largest at the top, and one for the other columns."""
    values = shown.values[0, order]
    names = [f"{shown_text(shown.feature_names[j])} = {shown_text(text_of(shown.data[0, j]))}" for j in order]
    n_others = shown.values.shape[1] - len(order)
    if n_others:
        values = np.append(values, shown.values[0].sum() - values.sum())
        names.append(f"{n_others} other {'column' if n_others == 1 else 'columns'}")
    places = np.arange(len(values))[::-1]
    bars = ax.barh(places, values, color=[FOR if value >= 0 else AGAINST for value in values])
    ax.bar_label(bars, [f"{value:+.2f}" for value in values], padding=3)
    ax.margins(x=0.15)  # room for the numbers beside the bars
    ax.set_yticks(places, names)
    base, total = shown.base_values[0], shown.base_values[0] + shown.values[0].sum()
    ax.set_title(f"Log-odds: {base:+.2f} (background) {total - base:+.2f} (columns) = {total:+.2f}", fontsize="medium")
    return bars


def _draw_points(ax, shown, order):
    """A point for each row in the line of each column, coloured by the column's value."""
    import matplotlib

    numbers = numbers_for_colours(shown.data)
    colours = matplotlib.colormaps["viridis"].with_extremes(bad=MISSING)
    drawn = []
    edges = np.linspace(shown.values[:, order].min(), shown.values[:, order].max(), N_BINS)
    most = 1
    bins = np.digitize(shown.values[:, order], edges)
    for column in bins.T:
        most = max(most, np.bincount(column).max())
    for line, j in enumerate(order):
        heights = _side_by_side(bins[:, line], numbers[:, j]) * (2 * HALF_HEIGHT / most)
        points = ax.scatter(
            shown.values[:, j], len(order) - 1 - line + heights, c=_ranks(numbers[:, j]), s=12, cmap=colours,
            vmin=0, vmax=1,
            plotnonfinite=True,
        )  # fmt: skip
        points.set_rasterized(len(shown) > 2000)
        drawn.append(points)
    ax.set_yticks(np.arange(len(order))[::-1], [shown_text(shown.feature_names[j]) for j in order])
    ax.set_ylim(-0.6, len(order) - 0.4)
    bar = ax.figure.colorbar(drawn[0], ax=ax, ticks=[0, 1], aspect=40)
    bar.ax.set_yticklabels(["low", "high"])
    bar.set_label("Value of the column", labelpad=-15)
    return drawn


def _side_by_side(bins, numbers):
    """Places ..., -1, 0, 1, ... of the rows within their bin, ordered by the column's number: ndarray (n_rows,)."""
    order = np.lexsort((numbers, bins))
    sizes = np.bincount(bins)
    starts = np.cumsum(sizes) - sizes
    places = np.empty(len(bins))
    places[order] = np.arange(len(bins)) - starts[bins[order]]
    return places - (sizes[bins] - 1) / 2


def _ranks(numbers):
    """Numbers as their rank from 0 to 1, equal ones alike; NaN stays NaN."""
    known = numbers[~np.isnan(numbers)]
    levels = np.unique(known)
    ranks = np.full(len(numbers), np.nan)
    if len(levels) < 2:
        ranks[~np.isnan(numbers)] = 0.5
        return ranks
    below = np.searchsorted(np.sort(known), known, side="left") + np.searchsorted(np.sort(known), known, side="right")
    ranks[~np.isnan(numbers)] = (below - below.min()) / (below.max() - below.min())
    return ranks
