"""Scores that depend only on class counts: accuracy, balanced accuracy, F1, Matthews correlation, geometric mean.

Vectorized over many candidate decisions. For other scores, the scorer itself is called."""

import numpy as np

from robust_mlp._core.losses import SMALLEST_POSITIVE


def counts_of(codes, predicted, weights, n_classes):
    """(right, given, held): weight of the rows of each class that are correctly predicted, predicted, and true.

    Three arrays of shape (n_classes,)."""
    right = np.bincount(codes, weights=weights * (codes == predicted), minlength=n_classes)
    given = np.bincount(predicted, weights=weights, minlength=n_classes)
    return right, given, np.bincount(codes, weights=weights, minlength=n_classes)


def accuracy(right, given, held):
    """Share of correct predictions. `right` and `given` are (..., n_classes), `held` is (n_classes,)."""
    del given
    return right.sum(axis=-1) / held.sum()


def balanced_accuracy(right, given, held):
    """Mean recall over the classes that occur."""
    del given
    occurs = held > 0
    return (right[..., occurs] / held[occurs]).mean(axis=-1)


def geometric_mean(right, given, held):
    """Geometric mean of the recalls of the classes that occur. It is 0 if any recall is 0."""
    del given
    occurs = held > 0
    recalls = np.maximum(right[..., occurs] / held[occurs], 0.0)
    with np.errstate(divide="ignore"):
        return np.exp(np.log(recalls).mean(axis=-1))


def f1_of_each(right, given, held):
    """F1 of each class, (..., n_classes); 0 for a class that neither occurs nor is predicted."""
    return 2.0 * right / np.maximum(given + held, SMALLEST_POSITIVE)


def f1_macro(right, given, held):
    """Mean F1 over the classes that occur or are predicted."""
    counted = (given + held) > 0
    return f1_of_each(right, given, held).sum(axis=-1) / counted.sum(axis=-1)


def f1_weighted(right, given, held):
    """Mean F1, weighted by the weight of the rows of each class."""
    return f1_of_each(right, given, held) @ held / held.sum()


def f1_of_second(right, given, held):
    """F1 of the second of two classes."""
    return f1_of_each(right, given, held)[..., 1]


def matthews(right, given, held):
    """Matthews correlation for several classes (Gorodkin 2004); 0 if labels or predictions are constant."""
    total = held.sum()
    covariance = right.sum(axis=-1) * total - given @ held
    spread = (total**2 - (given**2).sum(axis=-1)) * (total**2 - (held**2).sum())
    return covariance / np.sqrt(np.maximum(spread, SMALLEST_POSITIVE)) * (spread > 0)


# Scorer names of scikit-learn, and "geometric_mean", for which scikit-learn has no scorer.
COUNT_SCORES = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": f1_of_second,
    "f1_macro": f1_macro,
    "f1_micro": accuracy,
    "f1_weighted": f1_weighted,
    "matthews_corrcoef": matthews,
    "geometric_mean": geometric_mean,
}
