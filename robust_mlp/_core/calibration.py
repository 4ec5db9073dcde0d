"""Bias-corrected temperature scaling: calibration with one temperature and one offset per class.

It is fitted to labelled held-out rows. It never sees the rows on which class shares are estimated."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from robust_mlp._core.log_odds import log_probabilities
from robust_mlp._core.losses import softmax_in_place

# Strength of the penalty on offsets and log-temperature, in rows: few rows change little, hundreds of rows outweigh the
# penalty.
PRIOR_ROWS = 5.0


@dataclass(frozen=True, eq=False)
class Calibration:
    """A fitted calibration of probabilities.

    `slope` is the inverse temperature. `offsets` (n_classes,) are added to the scaled log-probabilities. Probabilities
    below `floor` are first raised to it.
    """

    slope: float
    offsets: np.ndarray
    floor: float

    def __call__(self, probabilities):
        """Calibrated probabilities (n_rows, n_classes), float64."""
        return softmax_in_place(self.slope * log_probabilities(np.maximum(probabilities, self.floor)) + self.offsets)


def fit_calibration(probabilities, codes, weights):
    """Fit a temperature and offsets by penalized maximum likelihood.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes)
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64

    Returns
    -------
    calibration : Calibration
        A class without rows has offset 0.

    References
    ----------
    Alexandari, Kundaje, Shrikumar (2020), "Maximum likelihood with bias-corrected calibration is hard-to-beat at label
    shift adaptation", ICML, https://arxiv.org/abs/1901.06852
    """
    # A random forest predicts 0 for "in none of the trees". The logarithm of 0 would dominate all others.
    floor = probabilities[probabilities > 0].min() / 2
    logits = log_probabilities(np.maximum(probabilities, floor))
    n_classes = logits.shape[1]
    target = np.bincount(codes, weights=weights, minlength=n_classes)
    occurs = target > 0
    right = logits[np.arange(len(codes)), codes]

    def penalized(values):
        """Mean penalized log loss at (log slope, offsets), and its gradient."""
        slope, offsets = np.exp(values[0]), values[1:] * occurs
        scaled = slope * logits + offsets
        largest = scaled.max(axis=1)
        normalizer = largest + np.log(np.exp(scaled - largest[:, None]).sum(axis=1))
        loss = weights @ (normalizer - slope * right - offsets[codes])
        share = softmax_in_place(scaled) * weights[:, None]
        by_slope = slope * ((share * logits).sum() - weights @ right)
        by_offset = (share.sum(axis=0) - target) * occurs
        gradient = np.append(by_slope, by_offset) + PRIOR_ROWS * values
        return (loss + PRIOR_ROWS / 2 * values @ values) / weights.sum(), gradient / weights.sum()

    found = minimize(penalized, np.zeros(1 + n_classes), jac=True, method="L-BFGS-B").x
    return Calibration(float(np.exp(found[0])), found[1:] * occurs, float(floor))
