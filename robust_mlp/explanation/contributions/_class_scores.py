"""From class probabilities to the numbers that contributions add up to: log-odds, in nats.

Arrays in, arrays out. Knows neither networks nor tables."""

import numpy as np

from robust_mlp._core.losses import SMALLEST_POSITIVE


def n_scores(n_classes):
    """How many scores a row has: 1 for two classes; else log-odds and log-probability of each class."""
    return 1 if n_classes == 2 else 2 * n_classes


def class_scores(probabilities, least=SMALLEST_POSITIVE):
    """Scores of each row, by which contributions are computed.

    Parameters
    ----------
    probabilities : ndarray of shape (..., n_classes), dtype float64
        In [0, 1]; any positive multiple of them gives the same log-odds.
    least : float
        A probability below it counts as this much, so that the scores are finite.

    Returns
    -------
    scores : ndarray of shape (..., n_scores), dtype float64
        In nats. Two classes: the log-odds of the second class, log(p1 / p0). More: first the log-odds of each class
        against all others, log(p / (1 - p)), then the log-probability of each class. The difference of the
        log-probabilities of two classes is the log-odds between them.

    Examples
    --------
    >>> import numpy as np
    >>> class_scores(np.array([[0.25, 0.75]])).round(3)
    array([[1.099]])
    >>> class_scores(np.array([[0.5, 0.25, 0.25]])).round(2)
    array([[ 0.  , -1.1 , -1.1 , -0.69, -1.39, -1.39]])
    """
    kept = np.maximum(probabilities, least)
    logs = np.log(kept)
    n_classes = probabilities.shape[-1]
    if n_classes == 2:
        return logs[..., 1:] - logs[..., :1]
    # A sum of the others and not 1 - p, which has no digits left where p is near 1.
    others = kept @ (1.0 - np.eye(n_classes))
    return np.concatenate([logs - np.log(others), logs], axis=-1)


def probability_slopes(probabilities):
    """Derivatives of the scores by the probabilities, where these sum to 1.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes), dtype float64

    Returns
    -------
    slopes : ndarray of shape (n_directions, n_rows, n_classes)
        Of the one score of two classes; of more classes, of each log-probability.
    factors : ndarray of shape (n_directions, n_rows) or None
        The slope of the log-odds against all others is that of the log-probability times this: as probabilities sum to
        1, d log(p / (1 - p)) = d log(p) / (1 - p). None for two classes.
    """
    kept = np.maximum(probabilities, SMALLEST_POSITIVE)
    n_rows, n_classes = kept.shape
    if n_classes == 2:
        return np.array([-1.0, 1.0]) / kept[np.newaxis], None
    slopes = np.zeros((n_classes, n_rows, n_classes))
    for k in range(n_classes):
        slopes[k, :, k] = 1.0 / kept[:, k]
    return slopes, 1.0 / (kept @ (1.0 - np.eye(n_classes))).T
