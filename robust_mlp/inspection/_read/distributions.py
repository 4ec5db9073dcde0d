"""Checks whether rows of numbers sum to 1: probabilities, one-hot labels, soft labels."""

import numpy as np

# Tolerance of a row's sum. float32 shares, and shares rounded to three digits or more, stay within it.
ROW_SUM_TOLERANCE = 1e-3


def sum_to_one(rows):
    """Whether every row of an ndarray of shape (n_rows, n_values) sums to 1, except for rounding."""
    return bool(np.all(np.abs(rows.sum(axis=1) - 1) < ROW_SUM_TOLERANCE))


def are_shares(rows):
    """Whether every row of a finite ndarray of shape (n_rows, n_values) has values >= 0 that sum to 1."""
    return bool(rows.min() >= 0) and sum_to_one(rows)
