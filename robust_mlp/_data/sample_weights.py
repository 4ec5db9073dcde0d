"""Sample weights as the user gives them: checked, one number a row. Class weights: see balancing.py."""

import numpy as np
from sklearn.utils import check_array

from robust_mlp._system.sklearn_compat import looking_at_values

# A unit is looked for among the smallest weight and its parts up to a thousandth: counts are rarely without a smaller
# common divisor, and each further part makes it likelier that fractions look whole by chance.
MOST_PARTS = 1000
# Weights that are tried first, so that a long table of fractions is given up at once.
FEW_WEIGHTS = 64
# A quotient and a product of float64 are right to 2^-52 each; a few times that, so that no whole number is missed.
ROUNDING = 8 * np.finfo(np.float64).eps


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
    if np.ma.isMaskedArray(sample_weight) and (n_masked := int(np.ma.getmaskarray(sample_weight).sum())):
        raise ValueError(
            f"{name} contains NaN: {n_masked} of its values are masked. Pass {name}.filled(0) to leave these rows out, "
            f"or {name}.filled(1) to count them once."
        )
    if getattr(getattr(sample_weight, "dtype", None), "kind", "") == "c":
        raise ValueError(f"{name} holds complex numbers. Pass one real number for each row.")
    try:
        sample_weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} cannot be read as numbers: {error}. Pass one number for each row.") from error
    with looking_at_values():
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


def in_canonical_unit(weights):
    """Weights in a unit that depends on their ratios alone: a positive factor on all of them changes nothing.

    Weights 1e-38 and 3e38 would else underflow or overflow in float32. Weights that are whole multiples of one unit
    become the smallest whole numbers, since these say how often a row was met.

    Parameters
    ----------
    weights : ndarray of shape (n_rows,), dtype float64
        As `check_weights` returns them.

    Returns
    -------
    weights : ndarray of shape (n_rows,), dtype float64
        Whole numbers, or in [0, 1] with the precision of float32.

    Examples
    --------
    >>> import numpy as np
    >>> in_canonical_unit(1e-300 * np.array([1.0, 2.0, 0.0, 1.5]))
    array([2., 4., 0., 3.])
    """
    if weights.strides == (0,):
        return weights  # one each
    largest, smallest = weights.max(), weights[weights > 0].min()
    if largest == smallest:
        return np.where(weights > 0, 1.0, 0.0)
    if smallest > largest * np.finfo(np.float32).eps:
        ratios = weights / smallest
        few = ratios[:: max(1, len(ratios) // FEW_WEIGHTS)]
        steps = np.arange(1, MOST_PARTS + 1)[:, np.newaxis]
        for n_parts in np.flatnonzero(_are_whole(few * steps).all(axis=1)) + 1:
            if _are_whole(ratios * n_parts).all():
                return np.rint(ratios * n_parts)
    # A factor moves the last of 53 bits; of the 24 that are left here it moves none.
    return (weights / largest).astype(np.float32).astype(np.float64)


def _are_whole(values):
    """Which values are whole numbers but for the rounding of a product and a quotient."""
    whole = np.rint(values)
    return np.abs(values - whole) <= ROUNDING * whole


def one_each(n_rows):
    """A weight of 1 for each row, float64, read-only: a single number in memory, however many rows share it."""
    return np.broadcast_to(np.float64(1.0), (n_rows,))


def weights_of(weights, rows):
    """``weights[rows]``, which stays a single number in memory where `weights` is one."""
    is_shared = weights.strides == (0,) and weights.size > 0
    return np.broadcast_to(weights[0], rows.shape) if is_shared else weights[rows]
