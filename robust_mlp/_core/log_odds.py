"""Log-odds arithmetic on arrays of probabilities, shared by prior correction, decisions and prior shift.

Pure NumPy on probabilities. Never learns anything."""

import numpy as np

# A probability of exactly 0 has no logarithm. This is the smallest positive float64 that still has full precision.
SMALLEST_PROBABILITY = np.finfo(np.float64).tiny


def log_probabilities(probabilities):
    """Logarithm of probabilities (n_rows, n_classes) as float64, finite where they are 0 too."""
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
