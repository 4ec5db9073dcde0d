"""compare_imbalance: compares the standard answers to class imbalance on the same folds, and names the best ones.

Sets parameters of clones and scores the clones. Never changes the given estimator."""

import warnings
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_consistent_length

from robust_mlp._data.targets import read_labels
from robust_mlp.compare._advice import sentences
from robust_mlp.compare._folds import folds_of
from robust_mlp.compare._metrics import METRICS, best_place, measure, shares_text
from robust_mlp.compare._options import PARAMETERS, chosen_options


@dataclass(frozen=True, eq=False)
class ImbalanceComparison:
    """Scores of several answers to class imbalance on the same folds.

    ``print`` shows a table with advice below; a notebook and `to_html` show the same as a page.

    Attributes
    ----------
    names : tuple of str
        The answers, simplest first.
    parameters : tuple of dict
        The constructor parameters of each.
    fold_scores : dict of str to ndarray of shape (n_answers, n_folds)
        By metric: ``log_loss`` (nats), ``brier`` (summed over classes), ``ece``, ``average_precision`` (of the rarer of
        two classes, or the mean over classes), ``balanced_accuracy``, ``g_mean`` (geometric mean of recalls).
    advice : tuple of str
        The best answer for each goal, and the reason.
    class_shares : ndarray of shape (n_classes,), dtype float64
        Share of rows of each class.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from robust_mlp import RobustMLPClassifier, compare_imbalance
    >>> X, y = make_classification(400, weights=[0.9], class_sep=0.7, random_state=0)
    >>> clf = RobustMLPClassifier((16,), n_members=2, max_iter=20, random_state=0)
    >>> comparison = compare_imbalance(clf, X, y, cv=2, options=["none", "class_weight='balanced'"])
    >>> comparison.names
    ('none', "class_weight='balanced'")
    >>> comparison.mean("log_loss").shape
    (2,)
    """

    names: tuple
    parameters: tuple
    fold_scores: dict
    advice: tuple
    class_shares: np.ndarray

    def mean(self, metric):
        """Mean over the folds of one metric, ndarray of shape (n_answers,)."""
        return np.nanmean(self.fold_scores[metric], axis=1)

    def best(self, metric):
        """Parameters of the answer that scores best.

        Parameters
        ----------
        metric : str
            A key of `fold_scores`.

        Returns
        -------
        parameters : dict
            For ``estimator.set_params``.

        Raises
        ------
        ValueError
            If the metric is unknown.
        """
        if metric not in METRICS:
            raise ValueError(f"metric={metric!r} is not known. Pass one of {', '.join(map(repr, METRICS))}.")
        gains = self.mean(metric) if METRICS[metric].is_gain else -self.mean(metric)
        return dict(self.parameters[int(gains.argmax())])

    def to_frame(self):
        """Mean scores as a table.

        Returns
        -------
        frame : pandas.DataFrame
            One row per answer, one column per metric.
        """
        import pandas as pd

        return pd.DataFrame({metric: self.mean(metric) for metric in METRICS}, index=list(self.names))

    def plot(self, *, axes=None):
        """Draw the mean and the spread over the folds of every metric.

        Parameters
        ----------
        axes : sequence of matplotlib.axes.Axes, default=None
            One for each metric. None draws a new figure.

        Returns
        -------
        axes : ndarray of matplotlib.axes.Axes, of shape (n_metrics,)
        """
        from matplotlib import pyplot as plt

        if axes is None:
            size = (2.4 * len(METRICS) + 2.6, 0.34 * len(self.names) + 1.4)
            _, axes = plt.subplots(1, len(METRICS), figsize=size, sharey=True, layout="constrained")
        axes = np.asarray(axes).ravel()
        places = np.arange(len(self.names))[::-1]
        for ax, (metric, about) in zip(axes, METRICS.items(), strict=True):
            scores, means = self.fold_scores[metric], self.mean(metric)
            for place, folds in zip(places, scores, strict=True):
                ax.plot(folds, np.full(len(folds), place), ".", color="0.75", zorder=1)
            ax.plot(means, places, "o", color="C0", zorder=2)
            ax.set_title(f"{about.title}, {'more' if about.is_gain else 'less'} is better", fontsize="medium")
            ax.set_yticks(places, self.names)
            ax.grid(axis="x", alpha=0.3)
        return axes

    def _repr_html_(self):
        from robust_mlp.compare._html import as_fragment  # only needed if a page is shown

        return as_fragment(self)

    def to_html(self, path):
        """Write the comparison as one HTML page with its figures; it needs no other file.

        Parameters
        ----------
        path : str or path-like
        """
        from robust_mlp.compare._html import write_page

        write_page(self, path)

    def __str__(self):
        width = max(map(len, self.names))
        titles = [metric.title for metric in METRICS.values()]
        best = {metric: best_place(self.mean(metric), metric) for metric in METRICS}
        lines = [" " * width + "".join(f"{title:>16}" for title in titles)]
        for place, name in enumerate(self.names):
            cells = [f"{self.mean(m)[place]:.4f}{'*' if place == best[m] else ' '}" for m in METRICS]
            lines.append(f"{name:<{width}}" + "".join(f"{cell:>16}" for cell in cells))
        n_folds = next(iter(self.fold_scores.values())).shape[1]
        shares = shares_text(self.class_shares)
        lines.append(f"Means over {n_folds} folds; * best. Class shares from the rarest: {shares}.")
        return "\n".join([*lines, "", *(f"- {sentence}" for sentence in self.advice)])

    __repr__ = __str__


def compare_imbalance(estimator, X, y, *, cv=5, options=None, n_jobs=None):
    """Compare the standard answers to class imbalance on the same folds.

    The answers are: no weights, class weights, each sampler, and tuned decisions. Weights and samplers are tried alone,
    and also with ``prior_correction=True`` and ``decision='balanced'``.

    Parameters
    ----------
    estimator : RobustMLPClassifier, or a Pipeline that ends in one
        Its other parameters are kept. A `random_state` makes the comparison repeatable.
    X : array-like or DataFrame of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    cv : int, cross-validation splitter or iterable, default=5
        An int is a number of stratified, shuffled folds, at most as many as the second largest class has rows. A class
        with two rows or more has a training row in every fold.
    options : sequence of str or dict of str to dict, default=None
        Names of some of the default answers. Or your own answers as {name: parameters}; the parameters can be
        `class_weight`, `sampler`, `prior_correction` and `decision`. Put the simplest first: in a tie, the advice names
        the first.
    n_jobs : int, default=None
        Number of fits that run at the same time, each in its own process. None means 1.

    Returns
    -------
    comparison : ImbalanceComparison

    Raises
    ------
    TypeError
        If the estimator has no parameters ``class_weight``, ``sampler``, ``prior_correction`` and ``decision``.
    ValueError
        If an option is unknown, or `y` has one class.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from robust_mlp import RobustMLPClassifier, compare_imbalance
    >>> X, y = make_classification(400, weights=[0.9], class_sep=0.7, random_state=0)
    >>> clf = RobustMLPClassifier((16,), n_members=2, max_iter=20, random_state=0)
    >>> comparison = compare_imbalance(clf, X, y, cv=2, options=["none", "class_weight='balanced'"])
    >>> comparison.best("log_loss")["class_weight"] is None
    True
    """
    prefix = _prefix(estimator)
    answers = chosen_options(options)
    y = read_labels(y)
    check_consistent_length(X, y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"y has one class, {classes.tolist()[0]!r}. Pass at least two classes to compare.")
    folds = folds_of(cv, X, codes)
    parameters = tuple({prefix + name: value for name, value in answer.parameters.items()} for answer in answers)
    found = Parallel(n_jobs=n_jobs)(
        delayed(_scored)(estimator, values, X, y, fold, classes) for values in parameters for fold in folds
    )
    shape = (len(answers), len(folds))
    scores = {metric: np.array([line[metric] for line in found]).reshape(shape) for metric in METRICS}
    return ImbalanceComparison(
        names=tuple(answer.name for answer in answers),
        parameters=parameters,
        fold_scores=scores,
        advice=sentences(answers, scores),
        class_shares=np.bincount(codes) / len(codes),
    )


def _prefix(estimator):
    """The prefix of ``class_weight`` and the other parameters in a Pipeline, such as ``"step__"``; else ''."""
    names = estimator.get_params(deep=True)
    for name in names:
        if name.endswith(PARAMETERS[0]):
            prefix = name[: -len(PARAMETERS[0])]
            if all(prefix + parameter in names for parameter in PARAMETERS):
                return prefix
    raise TypeError(
        f"{type(estimator).__name__} has no parameters {', '.join(PARAMETERS)}. Pass a RobustMLPClassifier, or a "
        "Pipeline that ends in one."
    )


def _scored(estimator, parameters, X, y, fold, classes):
    """Fit a clone with these parameters on one fold and score it: {metric: float}."""
    train, test = fold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # problems show in the scores
        fitted = clone(estimator).set_params(**parameters).fit(_safe_indexing(X, train), y[train])
        shown = _safe_indexing(X, test)
        probabilities = np.zeros((len(test), len(classes)))  # a class without training rows in the fold gets 0
        probabilities[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(shown)
        predicted = np.searchsorted(classes, fitted.predict(shown))
    return measure(np.searchsorted(classes, y[test]), probabilities, predicted)
