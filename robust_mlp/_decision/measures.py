"""What a decision is tuned to: a score of predicted class codes on held-out rows, higher is better.

Knows scikit-learn's scorers and the scores of `counts`. Never searches."""

import difflib
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils import _safe_indexing

from robust_mlp._decision.confusion import COUNT_SCORES, counts_of

# A count score must agree with scikit-learn's scorer of the same name to this, on the largest probability.
SAME_SCORE = 1e-9


class _Answers(ClassifierMixin, BaseEstimator):
    """A classifier whose answers are already known: what a scorer is shown."""

    def __init__(self, classes, labels):
        self.classes_ = classes
        self.labels = labels

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        """The labels (n_rows,), whatever `X` is."""
        del X
        return self.labels


class CountScore:
    """A score that class counts decide, on given rows.

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
                warnings.simplefilter("ignore")  # a candidate that never predicts a class is no news to the user
                return self._called(answers, y)
        except AttributeError as error:
            if "predict_proba" in str(error) or "decision_function" in str(error):
                raise ValueError(
                    f"decision={self.name} scores probabilities or a ranking, which no decision changes. Pass a scorer "
                    "of predicted classes: 'balanced_accuracy', 'f1_macro' or 'matthews_corrcoef', for example."
                ) from error
            raise

    def _called(self, answers, y):
        """The scorer's answer, with sample weights where they differ and it takes them."""
        if np.any(self.weights != self.weights[0]):
            try:
                return float(self.scorer(answers, self.rows, y, sample_weight=self.weights))
            except TypeError:
                pass  # it takes none
        return float(self.scorer(answers, self.rows, y))

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
        X of the held-out rows, for a scorer that looks at it.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
    classes : ndarray of shape (n_classes,)
    predicted : ndarray of shape (n_rows,), dtype int
        Any predictions, on which the scorer is tried.

    Returns
    -------
    measure : CountScore or ScorerScore

    Raises
    ------
    ValueError
        If the name is unknown, or the score does not depend on predicted classes.
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
    if counted is not None:
        fast = CountScore(counted, codes, weights, len(classes))
        if abs(fast(predicted) - tried) <= SAME_SCORE:
            return fast  # else: 'f1' with classes 1 and 2, whose positive class is the first
    return called
