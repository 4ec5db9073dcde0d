"""Losses of probabilities and logits in NumPy, and the constants they need: every loss outside TensorFlow's graphs.

All are in nats. Works on arrays; knows no network, table or report."""

import numpy as np

# Losses that are compared, judged or reported raise probabilities to this. Keras does the same in its cross-entropy
# (keras.backend.epsilon): one sure and wrong answer costs 16 nats and not infinity, and cannot decide a mean by itself.
SMALLEST_PROBABILITY = 1e-7

# Logarithms and quotients that are only to be finite raise their argument to this, the smallest positive float64 of
# full precision: a probability of 0 stays as good as impossible, and no other number changes.
SMALLEST_POSITIVE = np.finfo(np.float64).tiny
# The same for graphs that compute in float32.
SMALLEST_POSITIVE_OF_FLOAT32 = np.finfo(np.float32).tiny

# "There is nothing to learn" is only said where simple models would have found any signal above this area under the
# ROC curve. There are two limits, for two kinds of evidence. After a training a network looked for a signal, too, and
# found none: .85 will do. `diagnose` trains nothing: the simple models alone speak for the table, so they must be able
# to find weaker signals.
LARGEST_UNSEEN_AUC_AFTER_TRAINING = 0.85
LARGEST_UNSEEN_AUC_WITHOUT_TRAINING = 0.75

# NumPy reduces the last axis row by row, which is slow where rows are this short; column by column is quicker.
FEW_COLUMNS = 8


# ---- of probabilities


def log_losses(probabilities, smallest=SMALLEST_PROBABILITY):
    """Log loss of rows whose true class was given these probabilities: -log p.

    Parameters
    ----------
    probabilities : ndarray of any shape
        In [0, 1], of the true class. NaN stays NaN.
    smallest : float, default=1e-7
        Smaller probabilities are raised to it. SMALLEST_POSITIVE only keeps the loss finite.

    Returns
    -------
    losses : ndarray of the same shape
        In nats.

    References
    ----------
    Good (1952), "Rational decisions", Journal of the Royal Statistical Society B 14(1), section 7.

    Examples
    --------
    >>> import numpy as np
    >>> log_losses(np.array([1.0, 0.5, 0.0])).round(2).tolist()
    [-0.0, 0.69, 16.12]
    """
    return -np.log(np.maximum(probabilities, smallest))


def row_losses(P, codes, smallest=SMALLEST_PROBABILITY):
    """Log loss of each row.

    Parameters
    ----------
    P : ndarray of shape (n_rows, n_classes)
        Probabilities.
    codes : ndarray of shape (n_rows,), dtype int
        The true columns, in [0, n_classes).
    smallest : float, default=1e-7
        As for `log_losses`.

    Returns
    -------
    losses : ndarray of shape (n_rows,)

    Examples
    --------
    >>> import numpy as np
    >>> row_losses(np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([0, 1])).round(2).tolist()
    [0.11, 0.69]
    """
    return log_losses(P[np.arange(len(codes)), codes], smallest)


def mean_loss(P, codes, weights=None, smallest=SMALLEST_PROBABILITY):
    """Mean log loss, or cross-entropy, of predictions.

    Parameters
    ----------
    P, codes, smallest
        As for `row_losses`.
    weights : ndarray of shape (n_rows,), default=None
        Not negative, with a positive sum. None counts all rows alike.

    Returns
    -------
    loss : float

    Examples
    --------
    >>> import numpy as np
    >>> round(mean_loss(np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([0, 1])), 2)
    0.4
    """
    return float(np.average(row_losses(P, codes, smallest), weights=weights))


def yes_no_loss(P, truth):
    """Mean binary cross-entropy over rows and labels, of rows that may have several labels each.

    Parameters
    ----------
    P : ndarray of shape (n_rows, n_labels), dtype float64
        The probability of each label. What lies outside [SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY] is clipped.
    truth : ndarray of shape (n_rows, n_labels)
        1 where the row has the label, else 0.

    Returns
    -------
    loss : float

    References
    ----------
    Bishop (2006), "Pattern recognition and machine learning", eq. 4.90, for each label by itself.

    Examples
    --------
    >>> import numpy as np
    >>> round(yes_no_loss(np.array([[0.5, 0.5]]), np.array([[1, 0]])), 2)
    0.69
    """
    P = np.clip(P, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return float(-np.mean(truth * np.log(P) + (1 - truth) * np.log(1 - P)))


# ---- of class shares


def entropy(shares):
    """Entropy of class shares: the log loss of answering them, the least without any feature.

    Parameters
    ----------
    shares : array-like of shape (n_classes,)
        They sum to 1; a share of 0 adds nothing.

    Returns
    -------
    entropy : float
        In [0, log(n_classes)].

    References
    ----------
    Shannon (1948), "A mathematical theory of communication", Bell System Technical Journal 27, section 6.

    Examples
    --------
    >>> round(entropy([0.5, 0.5]), 2), round(entropy([0.9, 0.1]), 2)
    (0.69, 0.33)
    """
    shares = np.asarray(shares, dtype=np.float64)
    return -float(np.sum(shares * np.log(np.maximum(shares, SMALLEST_POSITIVE))))


def yes_no_entropy(shares):
    """Mean entropy of labels that a row has or has not: the binary cross-entropy of answering their frequencies.

    Parameters
    ----------
    shares : ndarray of shape (n_labels,), dtype float64
        In [0, 1]; how many of the rows have each label.

    Returns
    -------
    entropy : float
        In [0, log(2)].

    Examples
    --------
    >>> import numpy as np
    >>> round(yes_no_entropy(np.array([0.5, 1.0])), 2)
    0.35
    """
    others = 1 - shares
    yes, no = (part * np.log(np.maximum(part, SMALLEST_POSITIVE)) for part in (shares, others))
    return float(np.mean(-yes - no))


def relative_entropy(shares, others):
    """Kullback-Leibler divergence: what answering `others` costs more than answering `shares`, where these are true.

    Parameters
    ----------
    shares, others : ndarray of the same shape
        Each sums to 1. Where `shares` is 0 nothing is added; where only `others` is 0 it counts as SMALLEST_POSITIVE.

    Returns
    -------
    divergence : float
        0 where both are the same.

    References
    ----------
    Kullback, Leibler (1951), "On information and sufficiency", Annals of Mathematical Statistics 22(1), eq. 2.4.

    Examples
    --------
    >>> import numpy as np
    >>> round(relative_entropy(np.array([0.5, 0.5]), np.array([0.9, 0.1])), 2)
    0.51
    """
    ratios = np.maximum(shares, SMALLEST_POSITIVE) / np.maximum(others, SMALLEST_POSITIVE)
    return float(np.sum(shares * np.log(ratios)))


# ---- of logits


def softmax(logits):
    """Probabilities from logits along the last axis, without overflow (Bridle 1990, eq. 7).

    Parameters
    ----------
    logits : ndarray of shape (..., n_classes), dtype float
        Left as they are. An infinite one, as a diverged network gives, makes its row NaN.

    Returns
    -------
    probabilities : ndarray of the same shape, dtype float64
        Rows sum to 1.

    References
    ----------
    Bridle (1990), "Probabilistic interpretation of feedforward classification network outputs", Neurocomputing, NATO
    ASI F 68.

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    return _normalized_exponentials(logits.astype(np.float64), FEW_COLUMNS)


def softmax_in_place(logits):
    """As `softmax`, for float64 logits that nobody needs any more: overwrites and returns them.

    Rows of exactly `FEW_COLUMNS` numbers are summed in NumPy's order here and one after the other there, so that the
    last bit of both can differ. Each of the two keeps to its order, since stored results depend on it.
    """
    return _normalized_exponentials(logits, FEW_COLUMNS - 1)


def _normalized_exponentials(logits, few_columns):
    with np.errstate(invalid="ignore"):  # of a diverged network: infinity less infinity is no number, and shows
        logits -= _along_rows(np.maximum, logits, few_columns)
    np.exp(logits, out=logits)
    logits /= _along_rows(np.add, logits, few_columns)
    return logits


def _along_rows(function, values, few_columns):
    """`function.reduce` over the last axis, which is kept with length 1."""
    if values.shape[-1] > few_columns:
        return function.reduce(values, axis=-1, keepdims=True)
    reduced = values[..., :1].copy()
    for column in range(1, values.shape[-1]):
        function(reduced, values[..., column : column + 1], out=reduced)
    return reduced


def logit_losses(logits, codes):
    """Cross-entropy of each row of several members, from logits whose largest in each row is 0.

    Parameters
    ----------
    logits : ndarray of shape (n_members, n_classes, n_rows)
        Less the largest of their row.
    codes : ndarray of shape (n_members, n_rows), dtype int

    Returns
    -------
    losses : ndarray of shape (n_members, n_rows), dtype of `logits`
    """
    return np.log(np.exp(logits).sum(axis=1)) - np.take_along_axis(logits, codes[:, np.newaxis], axis=1)[:, 0]


def logit_losses_and_slopes(logits, codes):
    """Cross-entropy of each row of several members, and its derivative by the logits: softmax less truth.

    Parameters
    ----------
    logits : ndarray of shape (n_members, n_classes, n_rows)
        Overwritten.
    codes : ndarray of shape (n_members, n_rows), dtype int

    Returns
    -------
    losses : ndarray of shape (n_members, n_rows), dtype of `logits`
    slopes : ndarray of shape (n_members, n_classes, n_rows)
        In the memory of `logits`.

    References
    ----------
    Bishop (2006), "Pattern recognition and machine learning", eq. 4.108 and 4.109.

    Examples
    --------
    >>> import numpy as np
    >>> losses, slopes = logit_losses_and_slopes(np.zeros((1, 2, 1)), np.array([[1]]))
    >>> losses.round(2).tolist(), slopes[0, :, 0].tolist()
    ([[0.69]], [0.5, -0.5])
    """
    right = codes[:, np.newaxis] == np.arange(logits.shape[1], dtype=codes.dtype)[:, np.newaxis]
    logits -= logits.max(axis=1, keepdims=True)
    losses = -np.where(right, logits, 0).sum(axis=1)
    odds = np.exp(logits, out=logits)
    total = odds.sum(axis=1, keepdims=True)
    losses += np.log(total[:, 0])
    odds /= total
    odds -= right
    return losses, odds
