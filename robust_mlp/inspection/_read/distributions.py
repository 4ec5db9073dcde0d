"""When rows of numbers are shares of a whole: probabilities, one-hot labels, soft labels."""

import numpy as np

# Shares stored as float32 sum to 1 well within this, and so do those that a user rounded to three digits or more.
ROW_SUM_TOLERANCE = 1e-3


def sum_to_one(rows):
    """Whether every row of an ndarray of shape (n_rows, n_values) sums to 1, but for rounding."""
    return bool(np.all(np.abs(rows.sum(axis=1) - 1) < ROW_SUM_TOLERANCE))


def are_shares(rows):
    """Whether every row of a finite ndarray of shape (n_rows, n_values) is of numbers >= 0 that sum to 1."""
    return bool(rows.min() >= 0) and sum_to_one(rows)
