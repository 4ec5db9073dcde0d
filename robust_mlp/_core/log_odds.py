"""Log-odds arithmetic on arrays of probabilities, shared by prior correction, decisions and prior shift.

Pure NumPy on probabilities. Never learns anything."""

import numpy as np

from robust_mlp._core.losses import SMALLEST_POSITIVE, softmax_in_place


def log_probabilities(probabilities):
    """Logarithm of probabilities (n_rows, n_classes) as float64, finite where they are 0 too."""
    return np.log(np.maximum(probabilities, SMALLEST_POSITIVE, dtype=np.float64))


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
    shifted = softmax_in_place(log_probabilities(probabilities) + offsets)
    return shifted.astype(probabilities.dtype, copy=False)
