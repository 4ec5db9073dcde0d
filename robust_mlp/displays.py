"""Displays in scikit-learn's style: training curves, class shares, importance, effects and contributions of columns.

Imports matplotlib only when it draws. Never trains and never judges."""

import numpy as np
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from robust_mlp._report.axes import axes_or_new
from robust_mlp._report.figures import draw_loss, draw_shares
from robust_mlp.explanation._displays import FeatureEffectDisplay, FeatureImportanceDisplay
from robust_mlp.explanation.contributions import ContributionDisplay

__all__ = [
    "ClassShareDisplay",
    "ContributionDisplay",
    "FeatureEffectDisplay",
    "FeatureImportanceDisplay",
    "TrainingCurveDisplay",
]


class TrainingCurveDisplay:
    """Loss and class shares over the epochs of a fit.

    `from_estimator` makes and draws it; `plot` draws it again.

    Parameters
    ----------
    report : TrainingReport
        ``report_`` of a fitted `RobustMLPClassifier`.
    attempt : int, default=None
        Number of the training to draw, from 1. None draws the one that was kept.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    lines_ : list of matplotlib.lines.Line2D
        Training loss and, if rows were held out, held-out loss.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier
    >>> from robust_mlp.displays import TrainingCurveDisplay
    >>> clf = RobustMLPClassifier(max_iter=5, n_members=2, random_state=0).fit(*load_wine(return_X_y=True))
    >>> display = TrainingCurveDisplay.from_estimator(clf)
    >>> display.ax_.get_xlabel()
    'Epoch'
    """

    def __init__(self, report, *, attempt=None):
        self.report = report
        self.attempt = attempt

    @classmethod
    def from_estimator(cls, estimator, *, attempt=None, ax=None):
        """Draw the training curves of a fitted estimator.

        Parameters
        ----------
        estimator : RobustMLPClassifier
            Fitted.
        attempt : int, default=None
            Number of the training to draw, from 1. None draws the one that was kept.
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        display : TrainingCurveDisplay
        """
        check_is_fitted(estimator)
        return cls(estimator.report_, attempt=attempt).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        self : TrainingCurveDisplay
        """
        summary = _attempt_of(self.report, self.attempt)
        c = self.report.comparison
        self.ax_ = axes_or_new(ax)
        self.figure_ = self.ax_.figure
        self.lines_ = draw_loss(self.ax_, summary, float("nan") if c is None else c.prior_loss)
        return self


class ClassShareDisplay:
    """Predicted and true share of each class, side by side. They show at once if a classifier has collapsed.

    `from_estimator` makes and draws it, with shares over the epochs of a fit. `from_predictions` draws bars for the
    predictions of any classifier.

    Parameters
    ----------
    class_names : sequence of str
    true_share : ndarray of shape (n_classes,)
        Share of rows of each class; sums to 1.
    predicted_share : ndarray of shape (n_classes,)
        Share of rows predicted as each class; sums to 1.
    attempt : AttemptSummary, default=None
        Holds the shares of every epoch. None draws bars.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    lines_ : list of matplotlib.lines.Line2D, or None if bars were drawn
    bars_ : list of matplotlib.container.BarContainer, or None if lines were drawn
        True shares and predicted shares.

    Examples
    --------
    >>> from robust_mlp.displays import ClassShareDisplay
    >>> display = ClassShareDisplay.from_predictions(["a", "a", "b", "c"], ["a", "a", "a", "a"])
    >>> display.predicted_share.tolist()
    [1.0, 0.0, 0.0]
    """

    def __init__(self, class_names, true_share, predicted_share, *, attempt=None):
        self.class_names = class_names
        self.true_share = true_share
        self.predicted_share = predicted_share
        self.attempt = attempt

    @classmethod
    def from_estimator(cls, estimator, X=None, y=None, *, attempt=None, ax=None):
        """Draw the class shares over the epochs of a fit, or of the predictions for `X`.

        Parameters
        ----------
        estimator : classifier
            Fitted. It must be a `RobustMLPClassifier` if `X` is None.
        X : array-like of shape (n_samples, n_features), default=None
            Rows to predict. None draws the class shares of the held-out rows over the epochs of the fit.
        y : array-like of shape (n_samples,), default=None
            True labels of these rows. Required with `X`.
        attempt : int, default=None
            Number of the training to draw if `X` is None, from 1. None draws the one that was kept.
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        display : ClassShareDisplay

        Raises
        ------
        ValueError
            If only one of `X` and `y` is given, or if the fit kept no class shares.
        """
        check_is_fitted(estimator)
        if (X is None) != (y is None):
            raise ValueError("Only one of X and y was passed. Pass both, or neither to draw the epochs of the fit.")
        if X is not None:
            return cls.from_predictions(y, estimator.predict(X), ax=ax)
        report = estimator.report_
        summary = _attempt_of(report, attempt)
        if not summary.predicted_share:
            raise ValueError(
                "The fit kept no class shares per epoch: no rows were held out, or there are too many classes. Pass X "
                "and y to draw the shares of predictions."
            )
        true = np.array(report.comparison.true_share)
        return cls(report.class_names, true, np.array(summary.predicted_share[-1]), attempt=summary).plot(ax=ax)

    @classmethod
    def from_predictions(cls, y_true, y_pred, *, ax=None):
        """Draw the class shares of predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
        y_pred : array-like of shape (n_samples,)
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        display : ClassShareDisplay
        """
        y_true, y_pred = column_or_1d(y_true), column_or_1d(y_pred)
        check_consistent_length(y_true, y_pred)
        classes, codes = np.unique(np.concatenate([y_true, y_pred]), return_inverse=True)
        true, predicted = (
            np.bincount(part, minlength=len(classes)) / len(part)
            for part in (codes[: len(y_true)], codes[len(y_true) :])
        )
        return cls([str(label) for label in classes], true, predicted).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None draws a new figure.

        Returns
        -------
        self : ClassShareDisplay
        """
        self.ax_ = axes_or_new(ax)
        self.figure_ = self.ax_.figure
        self.lines_ = self.bars_ = None
        if self.attempt is not None:
            self.lines_ = draw_shares(self.ax_, self.attempt, self.class_names, self.true_share)
            return self
        places = np.arange(len(self.class_names))
        self.bars_ = [
            self.ax_.bar(places - 0.2, self.true_share, width=0.4, label="true"),
            self.ax_.bar(places + 0.2, self.predicted_share, width=0.4, label="predicted"),
        ]
        self.ax_.set(xlabel="Class", ylabel="Share of rows", ylim=(0, 1.02))
        self.ax_.set_xticks(places, self.class_names)
        self.ax_.legend()
        return self


def _attempt_of(report, number):
    """The summary of the attempt with this number. None means the kept attempt."""
    number = report.kept if number is None else number
    if not 1 <= number <= len(report.attempts):
        last = len(report.attempts)
        raise ValueError(
            f"attempt={number!r} is not among the {last} of this fit. Pass a number from 1 to {last}, or None."
        )
    return report.attempts[number - 1]
