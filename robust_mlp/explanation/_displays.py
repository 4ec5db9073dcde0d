"""Displays of explanations in scikit-learn's style. They import matplotlib only when they draw."""

from robust_mlp._report.axes import N_ACROSS, axes_for_each, axes_or_new
from robust_mlp.explanation._drawing import draw_effect, draw_importances
from robust_mlp.explanation._explain import explain
from robust_mlp.explanation._names import chosen_columns, unknown_name
from robust_mlp.explanation._record import Explanation
from robust_mlp.explanation.contributions._arguments import check_at_least_one

SCALES = ("log_odds", "probability")
# Size of the figure of one effect in inches.
WIDTH, HEIGHT = 4.2, 3.2
# Of a figure of bars in inches: its width, the height of a bar, and that above and below the bars. With fewer bars than
# the least it is as high as with them: the labels of the axes need the room.
BARS_WIDTH, BAR, MARGINS, LEAST_BARS = 6.4, 0.28, 1.2, 4
# Effects that are drawn where nobody chose: two lines of figures.
MOST_EFFECTS = 2 * N_ACROSS


class FeatureImportanceDisplay:
    """Bars of the importance of columns, with intervals. Bars are grey where the interval holds 0.

    `from_estimator` and `from_explanation` make and draw it; `plot` draws it again.

    Parameters
    ----------
    importances : sequence of ColumnImportance
        The most important first.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    bars_ : matplotlib.container.BarContainer

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> from robust_mlp.displays import FeatureImportanceDisplay
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(max_iter=5, n_members=2, random_state=0).fit(X, y)
    >>> display = FeatureImportanceDisplay.from_estimator(clf, X, y, max_columns=5, random_state=0)
    >>> len(display.bars_)
    5
    """

    def __init__(self, importances):
        self.importances = importances

    @classmethod
    def from_estimator(cls, estimator, X, y=None, *, kind="column", max_columns=20, random_state=None, ax=None):
        """Explain a fitted classifier and draw the importance of its columns.

        Parameters
        ----------
        estimator : fitted classifier
            As `explain` takes it.
        X : table of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), default=None
        kind : {'column', 'group'}, default='column'
            As in `Explanation.importances`.
        max_columns : int, default=20
            Most bars, >= 1.
        random_state : int, RandomState instance or None, default=None
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        display : FeatureImportanceDisplay
        """
        check_at_least_one("max_columns", max_columns)
        explanation = explain(estimator, X, y, random_state=random_state)
        return cls.from_explanation(explanation, kind=kind, max_columns=max_columns, ax=ax)

    @classmethod
    def from_explanation(cls, explanation, *, kind="column", max_columns=20, ax=None):
        """Draw the importance of the columns of an explanation.

        Parameters
        ----------
        explanation : Explanation
        kind : {'column', 'group'}, default='column'
            As in `Explanation.importances`.
        max_columns : int, default=20
            Most bars, >= 1.
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        display : FeatureImportanceDisplay
        """
        check_at_least_one("max_columns", max_columns)
        _check_explanation(explanation)
        return cls(explanation.importances(kind)[:max_columns]).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        self : FeatureImportanceDisplay
        """
        if not len(self.importances):
            raise ValueError("There is no importance to draw. Pass at least one, such as explanation.importance.")
        height = MARGINS + BAR * max(len(self.importances), LEAST_BARS)
        self.ax_ = ax = axes_or_new(ax, (BARS_WIDTH, height))
        self.figure_ = ax.figure
        self.bars_ = draw_importances(ax, self.importances)
        return self


class FeatureEffectDisplay:
    """Curves of the effect of columns on the log-odds or on the probability, with the density of the rows.

    `from_estimator` and `from_explanation` make and draw it; `plot` draws it again.

    Parameters
    ----------
    effects : sequence of ColumnEffect
    class_names : sequence of str
    scale : {'log_odds', 'probability'}, default='log_odds'
        'log_odds': accumulated local effects. 'probability': partial dependence.
    classes : str, sequence of str, or None, default=None
        Classes to draw. None: the second of two, else the eight that move most.

    Attributes
    ----------
    axes_ : list of matplotlib.axes.Axes
        One for each effect.
    figure_ : matplotlib.figure.Figure
    lines_ : list of list of matplotlib.lines.Line2D
        For each effect the lines of the classes; where one class is drawn, also that of the additive members.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> from robust_mlp.displays import FeatureEffectDisplay
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(max_iter=5, n_members=2, random_state=0).fit(X, y)
    >>> display = FeatureEffectDisplay.from_estimator(clf, X, columns=["alcohol", "hue"], random_state=0)
    >>> [ax.get_xlabel() for ax in display.axes_]
    ['alcohol', 'hue']
    """

    def __init__(self, effects, class_names, *, scale="log_odds", classes=None):
        self.effects = effects
        self.class_names = class_names
        self.scale = scale
        self.classes = classes

    @classmethod
    def from_estimator(cls, estimator, X, columns=None, *, scale="log_odds", classes=None, random_state=None, ax=None):
        """Explain a fitted classifier and draw the effects of its columns.

        Parameters
        ----------
        estimator : fitted classifier
            As `explain` takes it.
        X : table of shape (n_samples, n_features)
        columns : str, int, sequence of these, or None, default=None
            Columns to draw. None: the six whose effects are largest.
        scale : {'log_odds', 'probability'}, default='log_odds'
        classes : sequence of str or None, default=None
        random_state : int, RandomState instance or None, default=None
        ax : matplotlib.axes.Axes, sequence of these, or None, default=None
            One for each column. None draws a new figure.

        Returns
        -------
        display : FeatureEffectDisplay
        """
        explanation = explain(estimator, X, columns=columns, n_repeats=1, random_state=random_state)
        names = None if columns is None else explanation.columns
        return cls.from_explanation(explanation, names, scale=scale, classes=classes, ax=ax)

    @classmethod
    def from_explanation(cls, explanation, columns=None, *, scale="log_odds", classes=None, ax=None):
        """Draw the effects of the columns of an explanation.

        Parameters
        ----------
        explanation : Explanation
        columns : str, int, sequence of these, or None, default=None
            Columns to draw, by name or by their number in `explanation.columns`. None: the six whose effects are
            largest.
        scale : {'log_odds', 'probability'}, default='log_odds'
        classes : sequence of str or None, default=None
        ax : matplotlib.axes.Axes, sequence of these, or None, default=None
            One for each column. None draws a new figure.

        Returns
        -------
        display : FeatureEffectDisplay
        """
        _check_explanation(explanation)
        if columns is None:
            effects = sorted(explanation.effects, key=lambda effect: -effect.spread)[:MOST_EFFECTS]
        else:
            effects = [explanation.effects[i] for i in chosen_columns(columns, list(explanation.columns))]
        return cls(effects, explanation.class_names, scale=scale, classes=classes).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, sequence of these, or None, default=None
            One for each effect. None draws a new figure.

        Returns
        -------
        self : FeatureEffectDisplay
        """
        if self.scale not in SCALES:
            raise ValueError(f"scale={self.scale!r} is unknown. Pass 'log_odds' or 'probability'.")
        if not len(self.effects):
            raise ValueError("There is no effect to draw. Pass at least one, such as explanation.effects.")
        classes = [self.classes] if isinstance(self.classes, str) else self.classes
        if classes is not None and not len(classes):
            raise ValueError("classes is empty. Pass at least one class, or None.")
        codes = None if classes is None else [self._code(name) for name in classes]
        self.axes_ = axes_for_each(ax, len(self.effects), (WIDTH, HEIGHT), "effects")
        self.figure_ = self.axes_[0].figure
        self.lines_ = [
            draw_effect(one, effect, self.class_names, scale=self.scale, codes=codes)
            for one, effect in zip(self.axes_, self.effects, strict=True)
        ]
        return self

    def _code(self, name):
        if str(name) not in self.class_names:
            raise unknown_name("class", name, self.class_names)
        return list(self.class_names).index(str(name))


def _check_explanation(explanation):
    if not isinstance(explanation, Explanation):
        raise TypeError(
            f"{type(explanation).__name__} is no explanation. Pass what robust_mlp.explain returns, or call "
            "from_estimator with a classifier and rows."
        )
