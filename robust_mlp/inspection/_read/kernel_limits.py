"""What keeps a user's layer small: a penalty in the loss, or a bound on the norm of the columns of its kernel."""

import numpy as np


def penalty_of(layer):
    """Largest rate of an L1 or L2 penalty on the kernel or on the activities of a layer; 0 without one.

    Parameters
    ----------
    layer : keras.Layer

    Returns
    -------
    rate : float
    """
    regularizers = [getattr(layer, name, None) for name in ("kernel_regularizer", "activity_regularizer")]
    rates = [np.asarray(getattr(r, name, None) or 0.0) for r in regularizers for name in ("l1", "l2")]
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
