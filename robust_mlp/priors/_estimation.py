"""Estimates class shares of an unlabelled sample from predicted probabilities: maximum likelihood and moment matching.

Pure functions of probabilities. Never tests whether there is a shift (`testing` does)."""

from statistics import NormalDist

import numpy as np
from scipy.optimize import nnls

from robust_mlp._core.log_odds import log_probabilities

# Iteration ends if no class share changes by more than this. It is four digits more precise than any interval needs.
PRECISION = 1e-9

# Largest number of iterations. They are accelerated (below), so even overlapping classes need only some dozens.
MAX_ITERATIONS = 1000

# Longest extrapolation, in steps. If the likelihood is flat, the extrapolation would have no limit.
LONGEST_LEAP = 1e4

# A direction with less than this share of the information of the best direction counts as unknown: its interval covers
# all values.
LEAST_INFORMATION = 1e-10


def likelihood_prior(probabilities, source_prior):
    """Class shares under which the sample is most likely, if only class shares changed.

    Maximizes ``sum_i log(sum_c prior[c] * probabilities[i, c] / source_prior[c])``, which is concave. It uses the EM
    iteration of Saerens et al. (2002, eq. 2.9), accelerated by squared extrapolation (Varadhan and Roland 2008).

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes), dtype float64
        Calibrated for the class shares before the shift.
    source_prior : ndarray of shape (n_classes,), dtype float64
        Class shares for which the probabilities are calibrated. A class with share 0 stays at 0.

    Returns
    -------
    prior : ndarray of shape (n_classes,), dtype float64
        In [0, 1], summing to 1.
    covariance : ndarray of shape (n_classes, n_classes), dtype float64
        Inverse observed Fisher information on the simplex. Large in directions without information.

    References
    ----------
    Saerens, Latinne, Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori probabilities",
    Neural Computation 14(1). Varadhan, Roland (2008), "Simple and globally convergent methods for accelerating the
    convergence of any EM algorithm", Scandinavian Journal of Statistics 35(2).

    Examples
    --------
    >>> import numpy as np
    >>> certain = np.array([[1.0, 0.0]] * 30 + [[0.0, 1.0]] * 10)
    >>> likelihood_prior(certain, np.array([0.5, 0.5]))[0].round(4)
    array([0.75, 0.25])
    """
    occurs = source_prior > 0
    ratios = probabilities[:, occurs] / source_prior[occurs]
    ratios /= ratios.max(axis=1, keepdims=True)

    def step(prior):
        """One EM step: the mean posterior under `prior`."""
        return prior * (ratios / (ratios @ prior)[:, None]).mean(axis=0)

    def log_likelihood(prior):
        """Mean log-likelihood per row, up to a constant."""
        return np.log(ratios @ prior).mean()

    found = source_prior[occurs] / source_prior[occurs].sum()
    for _ in range(MAX_ITERATIONS):
        once = step(found)
        twice = step(once)
        first, second = once - found, twice - 2 * once + found
        if np.abs(first).max() < PRECISION:
            break
        length = -np.linalg.norm(first) / max(np.linalg.norm(second), np.linalg.norm(first) / LONGEST_LEAP)
        leap = found - 2 * length * first + length**2 * second
        is_inside = length < -1.0 and np.all(leap > 0)
        found = step(leap / leap.sum()) if is_inside and log_likelihood(leap) >= log_likelihood(twice) else twice
    prior, covariance = np.zeros(len(source_prior)), np.zeros((len(source_prior),) * 2)
    prior[occurs] = found / found.sum()
    scores = ratios / (ratios @ prior[occurs])[:, None]
    covariance[np.ix_(occurs, occurs)] = _inverse_on_simplex(scores.T @ scores)
    return prior, covariance


def matched_prior(mean_by_class, covariance_within, n_by_class, mean, covariance, n_rows):
    """Class shares for which the mean predictions of the classes add up to the mean prediction of the sample.

    This is black-box shift estimation (Lipton et al. 2018) with mean probabilities in place of the confusion matrix. It
    needs no calibration. It is solved by non-negative least squares.

    Parameters
    ----------
    mean_by_class : ndarray of shape (n_classes, n_classes), dtype float64
        Row c: mean predicted probabilities of the labelled rows of class c.
    covariance_within : ndarray of shape (n_classes, n_classes), dtype float64
        Covariance of the predicted probabilities within a class, pooled over classes.
    n_by_class : ndarray of shape (n_classes,), dtype float64
        Labelled rows of each class. A class with 0 rows gets share 0.
    mean : ndarray of shape (n_classes,), dtype float64
        Mean predicted probabilities of the sample.
    covariance : ndarray of shape (n_classes, n_classes), dtype float64
        Their covariance over the rows of the sample.
    n_rows : int

    Returns
    -------
    prior : ndarray of shape (n_classes,), dtype float64
        In [0, 1], summing to 1.
    spread : ndarray of shape (n_classes, n_classes), dtype float64
        Covariance by the delta method, with the noise of the sample and of the labelled rows.

    References
    ----------
    Lipton, Wang, Smola (2018), "Detecting and correcting for label shift with black box predictors", ICML,
    https://arxiv.org/abs/1802.03916
    """
    occurs = n_by_class > 0
    means = mean_by_class[occurs]
    # A last row with a large weight makes the shares sum to 1.
    weight = 1e3
    system = np.vstack([means.T, np.full((1, len(means)), weight)])
    found, _ = nnls(system, np.append(mean, weight))
    prior, spread = np.zeros(len(mean)), np.zeros((len(mean),) * 2)
    prior[occurs] = found / found.sum()
    noise = covariance / n_rows + covariance_within * np.sum(prior[occurs] ** 2 / n_by_class[occurs])
    tangent = _tangent(int(occurs.sum()))
    solve = tangent @ np.linalg.pinv(means.T @ tangent, rcond=LEAST_INFORMATION)
    spread[np.ix_(occurs, occurs)] = solve @ noise @ solve.T
    return prior, spread


def log_likelihood_gain(probabilities, source_prior, prior):
    """Log-likelihood of the sample under `prior` minus that under `source_prior`, in nats, summed over the rows."""
    occurs = source_prior > 0
    ratios = probabilities[:, occurs] @ (prior[occurs] / source_prior[occurs])
    return float(log_probabilities(ratios).sum())


def interval(prior, covariance, confidence):
    """Normal confidence interval of each class share within [0, 1], (n_classes, 2)."""
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return np.clip(np.column_stack([prior - reach, prior + reach]), 0.0, 1.0)


def _inverse_on_simplex(information):
    """Inverse of an information matrix (k, k) along changes that sum to 0."""
    if len(information) == 1:
        return np.zeros((1, 1))
    tangent = _tangent(len(information))
    values, vectors = np.linalg.eigh(tangent.T @ information @ tangent)
    values = np.maximum(values, LEAST_INFORMATION * max(values.max(), 1.0))
    along = tangent @ vectors
    return (along / values) @ along.T


def _tangent(n_classes):
    """Orthonormal basis (n_classes, n_classes - 1) of the vectors that sum to 0."""
    full, _ = np.linalg.qr(np.column_stack([np.ones(n_classes), np.eye(n_classes)[:, : n_classes - 1]]))
    return full[:, 1:]


def log_ratios(prior, source_prior, n_rows):
    """Log-ratio of the new to the old class shares, (n_classes,)."""
    occurs = source_prior > 0
    # If a class does not show in n rows, its share is below about 1 / n. Half of that is used as the estimate.
    shares = np.maximum(prior[occurs], np.minimum(0.5 / n_rows, source_prior[occurs]))
    offsets = np.zeros(len(prior))
    offsets[occurs] = np.log(shares / shares.sum()) - np.log(source_prior[occurs])
    return offsets
