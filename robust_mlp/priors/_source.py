"""Summary of a classifier's predictions before any shift: a record with a few numbers per class.

Made from predictions for labelled rows that the classifier was not trained on. Never keeps a row."""

from dataclasses import dataclass

import numpy as np

from robust_mlp.priors._testing import moments


@dataclass(frozen=True, eq=False)
class Source:
    """Predictions before any shift.

    Attributes
    ----------
    prior : ndarray of shape (n_classes,), dtype float64
        Class shares in the probabilities.
    n_rows : float
        Number of rows from which `prior` was estimated; infinite if the user gave it.
    mean, covariance : ndarray of shape (n_classes,) and (n_classes, n_classes), or None
        Of the predicted probabilities over labelled rows. This and all following attributes are None without such rows.
    mean_by_class : ndarray of shape (n_classes, n_classes) or None
        Row c: mean predictions for the rows of class c.
    covariance_within : ndarray of shape (n_classes, n_classes) or None
        Covariance of predictions around the mean of their class.
    n_by_class : ndarray of shape (n_classes,) or None
        Rows of each class.
    """

    prior: np.ndarray
    n_rows: float = np.inf
    mean: np.ndarray | None = None
    covariance: np.ndarray | None = None
    mean_by_class: np.ndarray | None = None
    covariance_within: np.ndarray | None = None
    n_by_class: np.ndarray | None = None


def summarize(probabilities, codes, weights, prior=None):
    """Make a `Source` from predictions for labelled rows.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes)
        For rows that the predicting model was not trained on.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        >= 0, not all 0.
    prior : ndarray of shape (n_classes,), default=None
        Class shares in the probabilities. None: the mean of the probabilities.

    Returns
    -------
    source : Source
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    n_classes = probabilities.shape[1]
    mean, covariance = moments(probabilities, weights)
    by_class = np.zeros((n_classes, n_classes))
    counts = np.zeros(n_classes)
    for code in np.unique(codes[weights > 0]):
        rows = codes == code
        by_class[code] = weights[rows] @ probabilities[rows] / weights[rows].sum()
        counts[code] = effective_rows(weights[rows])
    within = probabilities - by_class[codes]
    return Source(
        prior=mean if prior is None else prior,
        n_rows=effective_rows(weights),
        mean=mean,
        covariance=covariance,
        mean_by_class=by_class,
        covariance_within=(within * weights[:, None]).T @ within / weights.sum(),
        n_by_class=counts,
    )


def effective_rows(weights):
    """Effective sample size: the number of equally weighted rows with the same precision (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
