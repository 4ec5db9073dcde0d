"""Tests whether class shares changed: a likelihood-ratio test, and a comparison of mean predictions.

The p-value says how unlikely the sample would be without a change. Never estimates the new shares (`estimation` does).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

# A variance of predictions below this number, or below this share of the largest variance, is only rounding.
LEAST_VARIATION = 1e-10
LEAST_VARIANCE = 1e-20


@dataclass(frozen=True, slots=True)
class ShiftTest:
    """Result of the test whether class shares changed.

    Attributes
    ----------
    statistic : float
        Chi-squared with `degrees` degrees of freedom if nothing changed.
    degrees : int
    p_value : float
        In [0, 1].
    is_shifted : bool
        Whether the test found a shift.
    reason : str
        One sentence that gives the reason.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from robust_mlp import PriorShiftClassifier
    >>> X, y = make_classification(1000, random_state=0)
    >>> clf = GaussianNB().fit(X[:500], y[:500])
    >>> rows = np.r_[500 + np.flatnonzero(y[500:] == 1), 500 + np.flatnonzero(y[500:] == 0)[:20]]
    >>> test = PriorShiftClassifier(clf).adapt(X[rows]).shift_test_
    >>> test.is_shifted, test.p_value < 0.01
    (True, True)
    """

    statistic: float
    degrees: int
    p_value: float
    is_shifted: bool
    reason: str


def likelihood_test(gain, n_classes, n_rows, n_source):
    """Likelihood-ratio test (Wilks 1938). Null hypothesis: the class shares equal those of the source.

    Parameters
    ----------
    gain : float
        Log-likelihood of the sample at its most likely shares minus that at the source's shares, in nats.
    n_classes : int
        Classes that occur in the source, >= 1.
    n_rows, n_source : float
        Rows of the sample, and rows from which the source's shares were estimated; infinite if the user gave them.

    Returns
    -------
    statistic : float
        >= 0. It accounts for the noise in the source's shares, which grows with ``n_rows / n_source``.
    degrees : int
    p_value : float
    """
    statistic = 2 * max(gain, 0.0) / (1 + n_rows / n_source)
    return statistic, n_classes - 1, float(chi2.sf(statistic, n_classes - 1)) if n_classes > 1 else 1.0


def mean_test(mean, covariance, n_rows, source_mean, source_covariance, n_source):
    """Test whether two samples of predictions have the same mean. Valid also for uncalibrated predictions.

    Parameters
    ----------
    mean, source_mean : ndarray of shape (n_classes,), dtype float64
        Mean predictions of the sample and of the source.
    covariance, source_covariance : ndarray of shape (n_classes, n_classes), dtype float64
        Covariance of the predictions over the rows.
    n_rows, n_source : float
        Number of rows of the sample and of the source.

    Returns
    -------
    statistic : float
        >= 0.
    degrees : int
    p_value : float

    References
    ----------
    Hotelling (1931), "The generalization of Student's ratio", Annals of Mathematical Statistics 2(3).
    """
    # One covariance for both samples: valid if nothing changed.
    pooled = (n_rows * covariance + n_source * source_covariance) / (n_rows + n_source)
    noise = pooled * (1 / n_rows + 1 / n_source)
    values, vectors = np.linalg.eigh(noise)
    kept = values > max(LEAST_VARIATION * values.max(), LEAST_VARIANCE * (1 / n_rows + 1 / n_source))
    if not kept.any():
        return 0.0, 0, 1.0
    along = vectors[:, kept].T @ (mean - source_mean)
    statistic = float(np.sum(along**2 / values[kept]))
    degrees = int(kept.sum())
    return statistic, degrees, float(chi2.sf(statistic, degrees))


def moments(probabilities, weights=None):
    """Mean (n_classes,) and covariance (n_classes, n_classes) of the rows of `probabilities`."""
    weights = np.ones(len(probabilities)) if weights is None else weights
    mean = weights @ probabilities / weights.sum()
    centred = probabilities - mean
    return mean, (centred * weights[:, None]).T @ centred / weights.sum()
