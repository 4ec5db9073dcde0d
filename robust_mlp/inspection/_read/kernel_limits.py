"""What keeps the kernel of a user's layer small: a penalty in the loss, or a bound on the norm of its columns."""

import numpy as np


def penalty_of(layer):
    """Largest rate of an L1 or L2 penalty on the kernel of a layer; 0 without one.

    Parameters
    ----------
    layer : keras.Layer

    Returns
    -------
    rate : float
    """
    regularizer = getattr(layer, "kernel_regularizer", None)
    rates = [np.asarray(getattr(regularizer, name, None) or 0.0) for name in ("l1", "l2")]
    return max(float(rate) for rate in rates)


def norm_bound_of(layer):
    """Largest norm that a constraint leaves to the incoming weights of a unit; None without such a constraint.

    Parameters
    ----------
    layer : keras.Layer

    Returns
    -------
    bound : float or None
    """
    constraint = getattr(layer, "kernel_constraint", None)
    if constraint is None or type(constraint).__name__ not in ("MaxNorm", "MinMaxNorm"):
        return None
    return float(constraint.max_value)
