"""The score that a decision maximizes: computed from predicted class codes on held-out rows, higher is better.

Uses scikit-learn's scorers and the scores of `confusion`. Never searches."""

import difflib
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils import _safe_indexing

from robust_mlp._decision.confusion import COUNT_SCORES, counts_of

# A count score is used only if it differs by at most this from scikit-learn's scorer of the same name, on the
# predictions of the most probable class.
SAME_SCORE = 1e-9


class _Answers(ClassifierMixin, BaseEstimator):
    """A classifier with fixed predictions, to pass to a scorer."""

    def __init__(self, classes, labels):
        self.classes_ = classes
        self.labels = labels

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        """The fixed labels (n_rows,), for any `X`."""
        del X
        return self.labels


class CountScore:
    """A score that depends only on class counts, on given rows.

    `codes` (n_rows,) int, `weights` (n_rows,) positive, `n_classes` int.
    """

    def __init__(self, of_counts, codes, weights, n_classes):
        self.of_counts, self.codes, self.weights, self.n_classes = of_counts, codes, weights, n_classes

    def __call__(self, predicted):
        """Score of predicted codes (n_rows,)."""
        return float(self.of_counts(*counts_of(self.codes, predicted, self.weights, self.n_classes)))

    def at(self, index):
        """The same score on the rows in `index` (n,), which may repeat."""
        return CountScore(self.of_counts, self.codes[index], self.weights[index], self.n_classes)


class ScorerScore:
    """A scorer ``scorer(estimator, X, y)``, on given rows."""

    def __init__(self, scorer, name, rows, codes, weights, classes):
        self.scorer, self.name, self.rows, self.codes = scorer, name, rows, codes
        self.weights, self.classes = weights, classes

    def __call__(self, predicted):
        """Score of predicted codes (n_rows,)."""
        answers = _Answers(self.classes, self.classes[predicted])
        y = self.classes[self.codes]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # candidates may never predict a class; the user need not know
                score = self._called(answers, y)
        except AttributeError as error:
            if "predict_proba" in str(error) or "decision_function" in str(error):
                raise ValueError(
                    f"decision={self.name} scores probabilities or a ranking. No decision changes these. Pass a scorer "
                    "of predicted classes: 'balanced_accuracy', 'f1_macro' or 'matthews_corrcoef', for example."
                ) from error
            raise
        try:
            return float(score)
        except (TypeError, ValueError):
            raise TypeError(
                f"decision={self.name} returned {score!r}, which is no number. Pass a scorer that returns one, or "
                "'balanced_accuracy', for example."
            ) from None

    def _called(self, answers, y):
        """The result of the scorer. Passes sample weights if they differ and if it takes them."""
        if np.any(self.weights != self.weights[0]):
            try:
                return self.scorer(answers, self.rows, y, sample_weight=self.weights)
            except TypeError:
                pass  # it takes no sample weights
        return self.scorer(answers, self.rows, y)

    def at(self, index):
        """The same score on the rows in `index` (n,), which may repeat."""
        rows = _safe_indexing(self.rows, index)
        return ScorerScore(self.scorer, self.name, rows, self.codes[index], self.weights[index], self.classes)


def measure_for(decision, rows, codes, weights, classes, predicted):
    """The score that `decision` names, on held-out rows.

    Parameters
    ----------
    decision : str or callable
        A scikit-learn scorer name, ``"geometric_mean"``, or ``scorer(estimator, X, y)``.
    rows : array-like of n_rows rows, or None
        X of the held-out rows, for a scorer that reads it.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
    classes : ndarray of shape (n_classes,)
    predicted : ndarray of shape (n_rows,), dtype int
        Any predictions; the scorer is tried on them.

    Returns
    -------
    measure : CountScore or ScorerScore

    Raises
    ------
    ValueError, TypeError
        If the name is unknown, the score does not depend on predicted classes, or a scorer returns no finite number.
    """
    counted = COUNT_SCORES.get(decision) if isinstance(decision, str) else None
    if decision == "geometric_mean":
        return CountScore(counted, codes, weights, len(classes))
    scorer, name = decision, getattr(decision, "__name__", repr(decision))
    if isinstance(decision, str):
        name = repr(decision)
        if decision not in get_scorer_names():
            known = ["argmax", "balanced", "geometric_mean", *get_scorer_names()]
            close = difflib.get_close_matches(decision, known, n=1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise ValueError(
                f"decision={decision!r} is not known. {hint}Pass 'argmax', 'balanced', 'geometric_mean', a "
                "scikit-learn scorer name such as 'balanced_accuracy', a scorer, or a cost matrix."
            )
        scorer = get_scorer(decision)
    rows = np.zeros((len(codes), 1)) if rows is None else rows
    called = ScorerScore(scorer, name, rows, codes, weights, classes)
    tried = called(predicted)
    if not np.isfinite(tried) and not isinstance(decision, str):
        raise ValueError(
            f"decision={name} returned {tried} for {len(codes)} rows. Decisions cannot be compared by that. Pass a "
            "scorer that returns a finite number for any predictions."
        )
    if counted is not None:
        fast = CountScore(counted, codes, weights, len(classes))
        if abs(fast(predicted) - tried) <= SAME_SCORE:
            return fast  # may differ: for classes 1 and 2, 'f1' takes the first as positive
    return called
