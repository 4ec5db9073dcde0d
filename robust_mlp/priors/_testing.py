"""Whether class shares changed at all: a likelihood ratio, and a comparison of mean predictions.

Says how surprising the sample would be without a change. Never estimates the new shares (`estimation` does)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

# Variance of predictions below this share of the largest, or below this of 1, is rounding, and no evidence.
LEAST_VARIATION = 1e-10
LEAST_VARIANCE = 1e-20


@dataclass(frozen=True, slots=True)
class ShiftTest:
    """Result of the test that class shares are what they were.

    Attributes
    ----------
    statistic : float
        Chi-squared with `degrees` degrees of freedom if nothing changed.
    degrees : int
    p_value : float
        In [0, 1].
    is_shifted : bool
        Whether the change counts.
    reason : str
        A sentence that says why.
    """

    statistic: float
    degrees: int
    p_value: float
    is_shifted: bool
    reason: str


def likelihood_test(gain, n_classes, n_rows, n_source):
    """Likelihood-ratio test (Wilks 1938) that the class shares are the source's.

    Parameters
    ----------
    gain : float
        Log-likelihood of the sample at its best shares above that at the source's, in nats.
    n_classes : int
        Classes that occur in the source, >= 1.
    n_rows, n_source : float
        Rows of the sample, and rows from which the source's shares are known; infinite if they are given.

    Returns
    -------
    statistic : float
        >= 0. Known less well, the source's shares add their own noise, in proportion to ``n_rows / n_source``.
    degrees : int
    p_value : float
    """
    statistic = 2 * max(gain, 0.0) / (1 + n_rows / n_source)
    return statistic, n_classes - 1, float(chi2.sf(statistic, n_classes - 1)) if n_classes > 1 else 1.0


def mean_test(mean, covariance, n_rows, source_mean, source_covariance, n_source):
    """Test whether two samples of predictions have the same mean; valid for predictions that are not calibrated.

    Parameters
    ----------
    mean, source_mean : ndarray of shape (n_classes,), dtype float64
        Mean predictions of the sample and of the source.
    covariance, source_covariance : ndarray of shape (n_classes, n_classes), dtype float64
        Of single rows.
    n_rows, n_source : float
        Rows that each mean is of.

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
    pooled = (n_rows * covariance + n_source * source_covariance) / (n_rows + n_source)  # one if nothing changed
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
