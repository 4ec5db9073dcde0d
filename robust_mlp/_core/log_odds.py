"""Log-odds arithmetic on arrays of probabilities, for prior correction, decisions and prior shift.

Pure NumPy. Learns nothing."""

import numpy as np

# Replaces a probability of 0, which has no logarithm: the smallest positive float64 with full precision.
SMALLEST_PROBABILITY = np.finfo(np.float64).tiny


def log_probabilities(probabilities):
    """Logarithm of probabilities (n_rows, n_classes) as float64; finite also for probabilities of 0."""
    return np.log(np.maximum(probabilities, SMALLEST_PROBABILITY, dtype=np.float64))


def softmax(logits):
    """Probabilities (n_rows, n_classes) of `logits` of the same shape, float64; overwrites `logits`."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def shift_log_odds(probabilities, offsets):
    """Add offsets to log-probabilities and normalize.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes), dtype float32 or float64
        In [0, 1], rows summing to 1.
    offsets : ndarray of shape (n_classes,), dtype float64
        Finite; a constant added to all of them changes nothing.

    Returns
    -------
    shifted : ndarray of shape (n_rows, n_classes), the dtype of `probabilities`
        Rows sum to 1.
    """
    return softmax(log_probabilities(probabilities) + offsets).astype(probabilities.dtype, copy=False)
