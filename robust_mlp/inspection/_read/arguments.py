"""Conversion of X and y into arrays, with clear errors.

Pure NumPy. Knows only the input shapes of a network."""

import numpy as np

MIN_ROWS = 2


def inputs_as_arrays(X, shapes):
    """X as one ndarray, or as a list or dict of ndarrays if the model has several inputs.

    Parameters
    ----------
    X : array-like, DataFrame, or list or dict of array-likes
    shapes : tuple of tuple or None
        Input shapes of the model, batch axis first, None for a free size. None if the model does not know them.

    Returns
    -------
    arrays : ndarray, list of ndarray or dict of ndarray
    names : tuple of str
        Column names of a DataFrame, else ().
    """
    if X is None:
        raise ValueError("X is None: inspect_model needs the rows. Pass X of shape (n_rows, n_features).")
    is_many = shapes is not None and len(shapes) > 1
    if isinstance(X, dict) and not hasattr(X, "to_numpy"):
        return {name: as_array(part, f"X[{name!r}]") for name, part in X.items()}, ()
    if is_many:
        if not isinstance(X, (list, tuple)) or len(X) != len(shapes):
            got = f"{len(X)} arrays" if isinstance(X, (list, tuple)) else f"a {type(X).__name__}"
            raise ValueError(f"The model has {len(shapes)} inputs, X is {got}. Pass a list of {len(shapes)} arrays.")
        parts = [as_array(part, f"X[{i}]") for i, part in enumerate(X)]
        for i, (part, shape) in enumerate(zip(parts, shapes, strict=True)):
            _check_shape(part, shape, f"X[{i}]")
        return parts, ()
    array = as_array(X, "X")
    if shapes:
        array = _check_shape(array, shapes[0], "X")
    elif array.ndim < 2:
        raise ValueError(
            f"X has shape {array.shape}; rows are needed: (n_rows, n_features). Pass X.reshape(-1, 1) for one feature."
        )
    names = tuple(getattr(X, "columns", ())) if array.ndim == 2 else ()
    return array, names


def check_names(X, names):
    """ValueError if X is a dict of other arrays than the inputs of a model.

    Parameters
    ----------
    X : object
    names : tuple of str
        Of the inputs; () if they are not known.
    """
    if not isinstance(X, dict) or not names:
        return
    missing, more = [name for name in names if name not in X], [name for name in X if name not in names]
    if missing:
        held = f" and holds {more}, which it does not take" if more else ""
        raise ValueError(
            f"The model takes the inputs {list(names)}; X lacks {missing}{held}. Pass a dict with one array for each."
        )


def as_array(X, name):
    """A numeric ndarray; ValueError for text."""
    if hasattr(X, "toarray"):  # scipy.sparse
        return X.toarray()
    if isinstance(X, np.ma.MaskedArray):
        X = np.ma.filled(X.astype(np.float64), np.nan)  # below a mask lies any number
    array = X.to_numpy() if hasattr(X, "to_numpy") else np.asarray(X)
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "O":
        try:
            return array.astype(float)
        except (TypeError, ValueError):
            pass
    raise ValueError(
        f"{name} holds {_first_text(X, array)}; a network needs numbers. Encode it first, for example with "
        "sklearn.preprocessing.OneHotEncoder(handle_unknown='ignore')."
    )


def _first_text(X, array):
    """The first value that is not a number, with its column if there are columns."""
    names = list(getattr(X, "columns", ()))
    for place, value in np.ndenumerate(array):
        try:
            float(value)
        except (TypeError, ValueError):
            if len(place) < 2:
                return repr(_plain(value))
            column = repr(names[place[1]]) if names else place[1]
            return f"{_plain(value)!r} in column {column}"
    return f"values of type {array.dtype}"


def _plain(value):
    """A NumPy scalar as a Python value."""
    return value.item() if hasattr(value, "item") else value


def _check_shape(array, shape, name):
    """The array, with a last axis of 1 if only this axis is missing; ValueError if the shape does not fit."""
    fits = len(array.shape) == len(shape) and all(
        wanted is None or got == wanted for got, wanted in zip(array.shape[1:], shape[1:], strict=True)
    )
    if fits:
        return array
    if (*array.shape, 1) == (len(array), *shape[1:]):
        return array[..., np.newaxis]
    sizes = ["n_rows", *(str(size or "any") for size in shape[1:])]
    wanted = f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
    raise ValueError(
        f"{name} has shape {array.shape}, but the model takes {wanted}. "
        f"Pass such an {name}, or build the model with keras.Input({array.shape[1:]!r})."
    )


def check_lengths(X, y):
    """The number of rows; ValueError if X and y differ or there are too few rows."""
    parts = list(X.values()) if isinstance(X, dict) else X if isinstance(X, list) else [X]
    lengths = {len(part) for part in parts}
    if len(lengths) > 1:
        raise ValueError(f"The inputs have different numbers of rows: {', '.join(str(len(part)) for part in parts)}.")
    n_rows = lengths.pop()
    if n_rows != len(y):
        raise ValueError(f"X has {n_rows} rows and y has {len(y)}. Pass one label for each row.")
    if n_rows < MIN_ROWS:
        raise ValueError(
            f"X has {n_rows} row{'s' if n_rows != 1 else ''}; nothing can be compared. Pass at least {MIN_ROWS}."
        )
    return n_rows


def row_codes(y, kind):
    """A class number for each row, for the choice of rows; all 0 if y holds no classes.

    Parameters
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, width)
    kind : str
        `LabelFacts.kind`.
    """
    if kind == "continuous":
        return np.zeros(len(y), dtype=int)
    if y.ndim == 2 and y.shape[1] > 1:
        if kind == "strings":
            return np.zeros(len(y), dtype=int)
        if kind == "multilabel":  # rows with the same set of labels belong together
            return np.unique(y, axis=0, return_inverse=True)[1].ravel()
        return np.argmax(y, axis=1)
    flat = y.ravel()
    return np.unique(flat.astype(str) if flat.dtype.kind in "OUST" else flat, return_inverse=True)[1]
