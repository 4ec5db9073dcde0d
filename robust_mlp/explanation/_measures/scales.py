"""From probabilities to log-odds: the scale on which effects of columns add up."""

from robust_mlp._core.log_odds import log_probabilities


def mean_log_odds(probabilities):
    """The mean log-odds of each class against each other class.

    For class c of K classes: log p_c - mean over b != c of log p_b. With two classes these are the usual log-odds. They
    are K / (K - 1) times the centred log-ratio (Aitchison 1986, "The statistical analysis of compositional data",
    section 4.6), so sums and means of them are meaningful.

    Parameters
    ----------
    probabilities : ndarray of shape (..., n_classes)

    Returns
    -------
    log_odds : ndarray of the same shape, dtype float64
        They sum to 0 over the classes.

    Examples
    --------
    >>> import numpy as np
    >>> mean_log_odds(np.array([[0.2, 0.8]])).round(2).tolist()
    [[-1.39, 1.39]]
    """
    return mean_log_odds_of_logits(log_probabilities(probabilities))


def mean_log_odds_of_logits(logits):
    """As `mean_log_odds`, from the logarithms of probabilities, each row up to a constant."""
    n_classes = logits.shape[-1]
    return (logits - logits.mean(axis=-1, keepdims=True)) * (n_classes / (n_classes - 1))


def log_odds_against(log_odds, code, other):
    """The log-odds of one class against another: log p_c - log p_b.

    Parameters
    ----------
    log_odds : ndarray of shape (..., n_classes)
        As from `mean_log_odds`.
    code, other : int

    Returns
    -------
    log_odds : ndarray of shape (...)

    Examples
    --------
    >>> import numpy as np
    >>> log_odds_against(mean_log_odds(np.array([0.2, 0.8])), 1, 0).round(2).tolist()
    1.39
    """
    n_classes = log_odds.shape[-1]
    return (log_odds[..., code] - log_odds[..., other]) * ((n_classes - 1) / n_classes)
