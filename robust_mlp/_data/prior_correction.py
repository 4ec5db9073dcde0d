"""The total weight of each class in the loss, after sampling and class weights.

`_core/class_shares.py` computes the correction back to the class shares of the data."""

import numpy as np


def trained_mass(weights_per_class, codes, weights, n_classes, *, is_balanced=False):
    """Total weight of each class in the loss.

    Parameters
    ----------
    weights_per_class : ndarray of shape (n_classes,), dtype float64
        Class weights.
    codes : ndarray of shape (n_rows,), dtype int
        Class codes of the training rows, after sampling.
    weights : ndarray of shape (n_rows,), dtype float64
        Weights of these rows, without class weights.
    n_classes : int
    is_balanced : bool, default=False
        Whether batches hold each class equally often. `weights` then only show which classes occur.

    Returns
    -------
    mass : ndarray of shape (n_classes,), dtype float64
        >= 0. A common factor has no meaning.
    """
    mass = np.bincount(codes, weights=weights, minlength=n_classes)
    if is_balanced:
        mass = (mass > 0).astype(np.float64)
    return mass * weights_per_class
