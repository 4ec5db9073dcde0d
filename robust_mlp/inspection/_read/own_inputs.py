"""What a network does to its inputs before its first weights: whether it handles them itself, which it takes as codes.

A code is a whole number that stands for a level: `Embedding`, `one_hot` and `take` look it up. Scaled, it names another
level or none. Reads layers, and the answers to a few made-up rows. Never changes a model."""

import numpy as np

from robust_mlp.inspection._read.keras_model import (
    DROPOUT_LAYERS,
    PASSING_LAYERS,
    SCALING_LAYERS,
    data_flow,
    is_scaled_inside,
)

# Layers of Keras that may come first and take rows of any scale, except that they learn badly from large numbers.
# `Cast` is not among them: to whole numbers, it cuts off what scaling makes.
PLAIN_LAYERS = (
    *(name for name in PASSING_LAYERS if name != "Cast"),
    *(*DROPOUT_LAYERS, "Concatenate", "Permute", "RepeatVector", "ZeroPadding1D", "ZeroPadding2D", "GetItem"),
)
# Rows that are looked at for whole numbers; more rows hardly change which columns hold some.
MAX_ROWS_READ = 2000
# A column of codes has at least two levels; a code above this is told from its neighbour by no float32 sum.
FEWEST_LEVELS, LARGEST_CODE = 2, 100_000
# Two points off the whole numbers. What rounds, cuts off or compares for equality treats both alike.
FIRST_POINT, SECOND_POINT = 0.2, 0.4
# Whole numbers tried in a column, rows that they are put into, and columns that are tried one by one.
MAX_LEVELS_TRIED, MAX_ROWS_TRIED, MAX_COLUMNS_TRIED = 24, 4, 64
# Answers that differ by less, relative to the largest, are rounding of float32.
SAME_ANSWER = 1e-6


def handles_inputs_itself(model):
    """Whether a network may do something to its inputs that another scale would spoil.

    Parameters
    ----------
    model : keras.Model
        Built.

    Returns
    -------
    handles : bool
        False if nothing but plain layers of Keras comes up to the first layer with weights, and that is one of Keras'.
        True for a subclassed model, whose `call` nobody can read.
    """
    operations = data_flow(model)
    if operations is None:
        return True
    for op in operations:
        if getattr(op, "weights", ()):
            return not _is_kerass(op)
        if type(op).__name__ not in PLAIN_LAYERS or not _is_kerass(op):
            return True
    return False


def inputs_left_raw(model):
    """For each input of a functional model: whether it takes whole numbers, or is scaled or embedded inside.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    is_raw : tuple of bool or None
        None if the model does not know its inputs.
    """
    inputs = getattr(model, "inputs", None)
    if not inputs:
        return None
    if len(inputs) == 1:
        return (not str(inputs[0].dtype).startswith("float") or is_scaled_inside(model),)
    return tuple(not str(tensor.dtype).startswith("float") or _meets_scaling(tensor) for tensor in inputs)


def input_names(model):
    """The names by which a model takes a dict, in the order of its inputs; () for a subclassed model.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    names : tuple of str
    """
    struct = getattr(model, "_inputs_struct", None)
    if isinstance(struct, dict):
        return tuple(struct)
    return tuple(tensor._keras_history.operation.name for tensor in getattr(model, "inputs", None) or ())


def _meets_scaling(tensor):
    """Whether the way from an input leads to a layer that scales or embeds before it leads to other weights."""
    import keras

    waiting, seen = [tensor._keras_history.operation], set()
    while waiting:
        for node in waiting.pop()._outbound_nodes:
            op = node.operation
            if id(op) in seen:
                continue
            seen.add(id(op))
            if type(op).__name__ in SCALING_LAYERS or (isinstance(op, keras.Model) and is_scaled_inside(op)):
                return True
            if not getattr(op, "weights", ()):
                waiting.append(op)
    return False


def code_columns(answer, X):
    """Columns of whole numbers that a network takes as codes.

    Its answer then changes from one whole number to another, and not between points off the whole numbers.

    Parameters
    ----------
    answer : callable
        From rows, ndarray of shape (n, n_columns), to outputs of shape (n, n_units).
    X : ndarray of shape (n_rows, n_columns), numeric
        As the user passed them. NaN is a missing value.

    Returns
    -------
    columns : tuple of int
        Ascending. () if the network refuses numbers between the whole ones.
    """
    if X.ndim != 2 or X.dtype.kind not in "iuf":
        return ()
    sample = X[:: max(1, len(X) // MAX_ROWS_READ)].astype(np.float64)
    levels = {j: found for j in range(X.shape[1]) if (found := _levels_of(sample[:, j])) is not None}
    base = _base_rows(sample, levels)
    names = list(levels)
    tried = names[:: max(1, -(-len(names) // MAX_COLUMNS_TRIED))]
    try:
        codes = tuple(j for j in tried if _is_code(answer, base, j, levels[j]))
    except Exception:  # a lookup that takes whole numbers only, or a network that cannot take such rows
        return ()
    return tuple(names) if len(codes) == len(tried) else codes  # a wide table of codes only: a sequence of words


def _levels_of(column):
    """The whole numbers of a column, ascending; None if it holds others, too few, or too large ones."""
    known = column[~np.isnan(column)]
    if not len(known) or not np.isfinite(known).all() or not np.array_equal(known, np.rint(known)):
        return None
    found = np.unique(known)
    return found if len(found) >= FEWEST_LEVELS and np.abs(found[[0, -1]]).max() <= LARGEST_CODE else None


def _base_rows(sample, levels):
    """A few rows to put whole numbers into. Other columns are standardized, so that no giant cell hides a step."""
    rows = sample.copy()
    for j in range(rows.shape[1]):
        if j not in levels:
            column = rows[:, j]
            known = column[np.isfinite(column)]
            spread = known.std() if len(known) else 0.0
            rows[:, j] = (column - known.mean()) / spread if spread > 0 else 0.0
    rows = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)
    return rows[np.unique(np.linspace(0, len(rows) - 1, MAX_ROWS_TRIED).astype(int))]


def _is_code(answer, base, j, levels):
    """Whether the answers step at whole numbers of column j only."""
    tried = _levels_to_try(levels)
    rows = np.repeat(base[:, None, :], 3 * len(tried), axis=1)
    rows[:, :, j] = np.concatenate([tried, tried + FIRST_POINT, tried + SECOND_POINT])
    outputs = np.asarray(answer(rows.reshape(-1, base.shape[1])), dtype=np.float64)
    outputs = outputs.reshape(len(base), 3, len(tried), -1)
    if not np.isfinite(outputs).all():
        return False
    whole, first, second = outputs[:, 0], outputs[:, 1], outputs[:, 2]
    tolerance = SAME_ANSWER * max(1.0, float(np.abs(outputs).max()))
    is_flat = np.abs(first - second).max() <= tolerance
    return bool(is_flat and np.ptp(whole, axis=1).max() > tolerance)


def _levels_to_try(levels):
    """Some whole numbers of a column: its own, evenly, and those near 0, where a smooth unit bends."""
    own = levels[np.unique(np.linspace(0, len(levels) - 1, MAX_LEVELS_TRIED).astype(int))]
    near = np.array([0, *(sign * 2.0**power for power in range(8) for sign in (-1, 1))])
    near = near[(near >= levels[0]) & (near <= levels[-1])]
    return np.union1d(own, near)


def _is_kerass(op):
    """Whether Keras wrote the layer or operation."""
    return type(op).__module__.startswith("keras.") and type(op).__name__ != "Lambda"
