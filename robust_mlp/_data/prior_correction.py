"""What each class weighs in the loss, after sampling and class weights. What leads back is `_core/class_shares.py`."""

import numpy as np


def trained_mass(weights_per_class, codes, weights, n_classes, *, is_balanced=False):
    """Total weight with which each class entered the loss.

    Parameters
    ----------
    weights_per_class : ndarray of shape (n_classes,), dtype float64
        Class weights.
    codes : ndarray of shape (n_rows,), dtype int
        Classes of the rows that were trained on, after sampling.
    weights : ndarray of shape (n_rows,), dtype float64
        Their weights, without class weights.
    n_classes : int
    is_balanced : bool, default=False
        Whether batches were drawn with each class equally often; `weights` then only tell which classes occur.

    Returns
    -------
    mass : ndarray of shape (n_classes,), dtype float64
        >= 0, up to a common factor.
    """
    mass = np.bincount(codes, weights=weights, minlength=n_classes)
    if is_balanced:
        mass = (mass > 0).astype(np.float64)
    return mass * weights_per_class
