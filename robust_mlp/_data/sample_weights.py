"""Sample weights as the user gives them: checked, one number a row. Class weights: see balancing.py."""

import numpy as np
from sklearn.utils import check_array


def check_weights(sample_weight, n_rows, *, name="sample_weight"):
    """Read sample weights.

    Parameters
    ----------
    sample_weight : None, or array-like of shape (n_rows,)
        How often each row counts. None counts each row once.
    n_rows : int
    name : str, default="sample_weight"
        How messages call them.

    Returns
    -------
    weights : ndarray of shape (n_rows,), dtype float64
        Each >= 0 and finite, at least one above 0. Read-only for None: see `one_each`.

    Raises
    ------
    ValueError
        Another shape, NaN, infinity, a negative weight, or nothing but zeros.
    """
    if sample_weight is None:
        return one_each(n_rows)
    try:
        sample_weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} cannot be read as numbers: {error}. Pass one number for each row.") from error
    weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name=name)
    if weights.ndim != 1:
        raise ValueError(
            f"{name} has shape {weights.shape}. Sample weights must be 1D array or scalar-like: "
            "pass one number per row."
        )
    if len(weights) != n_rows:
        raise ValueError(f"{name} holds {len(weights)} weights, but X has {n_rows} rows. Pass one weight for each row.")
    if (weights < 0).any():
        where = int(np.flatnonzero(weights < 0)[0])
        raise ValueError(
            f"{name} holds negative weights: {weights[where]:g} at row {where}. "
            "Weights say how often a row counts; drop a row with weight 0."
        )
    if not weights.any():
        raise ValueError(f"All weights in {name} are zero, which leaves no row. Give some row a weight above 0.")
    return weights


def one_each(n_rows):
    """A weight of 1 for each row, float64, read-only: a single number in memory, however many rows share it."""
    return np.broadcast_to(np.float64(1.0), (n_rows,))


def weights_of(weights, rows):
    """``weights[rows]``, which stays a single number in memory where `weights` is one."""
    is_shared = weights.strides == (0,) and weights.size > 0
    return np.broadcast_to(weights[0], rows.shape) if is_shared else weights[rows]
