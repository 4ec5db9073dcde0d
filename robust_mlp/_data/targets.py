"""Labels and their codes: the user's labels of any type in, whole numbers out.

Refuses what is not a classification target. Never balances or splits."""

from collections.abc import Iterator, Mapping, Set

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

from robust_mlp._core.label_lists import without_casts
from robust_mlp._data.columns import is_missing
from robust_mlp._system.aligned_arrays import aligned

CODE_DTYPE = np.int32


def learn_labels(y, used=None):
    """Learn the classes of a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, 1)
        Strings, whole numbers, bools, or floats without a fraction.
    used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows whose labels count; a label that only other rows hold is no class. None counts all rows.

    Returns
    -------
    classes : ndarray of shape (n_classes,), dtype of `y`
        Sorted; at least two.
    codes : ndarray of shape (n_rows,), dtype int32
        ``classes[codes]`` is `y`; -1 where the label is no class.

    Raises
    ------
    ValueError
        `y` is None, not one column, holds NaN or None, is continuous, mixes types, or holds a single class.

    Examples
    --------
    >>> learn_labels(["b", "a", "b"])
    (array(['a', 'b'], dtype='<U1'), array([1, 0, 1], dtype=int32))
    """
    labels = read_labels(y)
    if used is None or used.all():
        classes, codes = np.unique(labels, return_inverse=True)
        codes = aligned(codes, CODE_DTYPE)
    else:
        classes = np.unique(labels[used])
        codes = _codes_among(labels, classes)
    if classes.size < 2:
        held = f"only one class: {classes.tolist()[0]!r}" if classes.size else "no class"
        where = "" if used is None or used.all() else " in the rows of positive sample_weight"
        raise ValueError(
            f"y holds {held}{where}. A classifier needs rows of at least 2 classes; check how y was made, or how the "
            "data was split."
        )
    return classes, codes


def encode_labels(y, classes, *, name="y"):
    """Code labels by classes learnt before.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, 1)
    classes : ndarray of shape (n_classes,)
        Sorted and different.
    name : str, default="y"
        How messages call them.

    Returns
    -------
    codes : ndarray of shape (n_rows,), dtype int32

    Raises
    ------
    ValueError
        As `learn_labels`, except that one class is enough; or a label that is not among `classes`.

    Examples
    --------
    >>> import numpy as np
    >>> encode_labels([3, 3, 5], np.array([3, 4, 5]))
    array([0, 0, 2], dtype=int32)
    """
    labels = read_labels(y)
    codes = _codes_among(labels, classes)
    if (codes < 0).any():
        unknown = list(dict.fromkeys(labels[codes < 0].tolist()))
        shown = ", ".join(map(repr, unknown[:5])) + (", ..." if len(unknown) > 5 else "")
        if {str(label) for label in unknown} <= {str(label) for label in classes.tolist()}:
            raise ValueError(
                f"{name} holds labels of type {type(unknown[0]).__name__}: {shown}. The classes are "
                f"{_listed(classes)}, of type {type(classes.tolist()[0]).__name__}. Pass labels of the same type, such "
                f"as numpy.asarray({name.split()[0]}).astype(clf.classes_.dtype)."
            )
        fix = "Name every class before training, with partial_fit(..., classes=...), or l" if name == "y" else "L"
        raise ValueError(
            f"{name} holds labels that are not among the classes: {shown}. The classes are {_listed(classes)}. "
            f"{fix}eave these rows out."
        )
    return codes


def read_labels(y):
    """The user's labels as one column.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, 1)

    Returns
    -------
    labels : ndarray of shape (n_rows,), of a dtype that can be sorted

    Raises
    ------
    ValueError
        As `learn_labels`, except that one class is enough.
    """
    if y is None:
        raise ValueError("This classifier requires y to be passed, but the target y is None.")
    check_is_column(y)
    labels = _without_missing(y)
    labels = column_or_1d(labels, warn=True)
    if labels.dtype.kind in "biu":
        return labels
    if labels.dtype.kind == "f":
        _check_whole(labels)
        return labels
    if labels.dtype.kind == "O":
        _check_objects(labels)
    elif labels.dtype.kind != "U":
        raise ValueError(
            f"Unknown label type: y has dtype {labels.dtype}. Pass labels as strings or whole numbers, "
            "for example y.astype(str)."
        )
    type_of_target(labels, input_name="y", raise_unknown=True)
    return labels


def check_is_column(y, name="y"):
    """Raise for what has no order or can be read only once, and so cannot hold one label for each row.

    Parameters
    ----------
    y : object
    name : str, default="y"
        How messages call it.

    Raises
    ------
    TypeError
    """
    is_readable = hasattr(y, "__len__") or hasattr(y, "__array__")
    if isinstance(y, (Set, Mapping, Iterator, str, bytes)) or not is_readable:
        raise TypeError(
            f"{name} is a {type(y).__name__}; one label for each row is needed, in the order of the rows. Pass a list, "
            "an array or a Series."
        )


def _without_missing(y):
    """`y` as an array or a Series, once it is known to hold a value in every row."""
    if isinstance(y, (list, tuple)):
        y = without_casts(y)
    elif not hasattr(y, "dtype"):
        y = np.asarray(y)  # an array of Arrow, say
    elif isinstance(y, np.ma.MaskedArray):
        if n_masked := int(np.ma.getmaskarray(y).sum()):
            raise ValueError(_missing_message(n_masked))
        y = y.data
    shape = getattr(y, "shape", None)
    if shape is not None and len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"y should be a 1d array, got an array of shape {tuple(shape)} instead. "
            "If it is one-hot, pass y.argmax(axis=1); several targets at once are not supported."
        )
    n_missing = 0
    if hasattr(y, "isna"):  # a pandas Series or DataFrame
        n_missing = int(np.asarray(y.isna()).sum())
    elif hasattr(y, "null_count") and callable(y.null_count):  # a polars Series
        n_missing = y.null_count()
        y = y.to_numpy() if n_missing == 0 else y
    elif getattr(getattr(y, "dtype", None), "kind", "") == "O":
        n_missing = sum(map(is_missing, np.asarray(y).ravel().tolist()))
    if n_missing:
        raise ValueError(_missing_message(n_missing))
    extension = getattr(getattr(y, "dtype", None), "kind", None)
    if hasattr(y, "to_numpy") and not isinstance(getattr(y, "dtype", None), np.dtype) and extension in tuple("biuf"):
        return y.to_numpy(dtype=np.dtype(extension + {"b": "1"}.get(extension, "8")))
    return y


def _missing_message(n_missing):
    """What to say of labels that are missing."""
    return (
        f"Input y contains NaN: rows without a label: {n_missing}. Leave them out, for example with "
        "keep = ~pandas.isna(y), or give them a label of their own."
    )


def _check_whole(labels):
    """Raises for ndarray labels (n_rows,) of a float dtype that hold NaN, infinity or a fraction."""
    n_missing = int(np.isnan(labels).sum())
    if n_missing:
        raise ValueError(_missing_message(n_missing))
    if not np.isfinite(labels).all():
        raise ValueError(
            f"Input y contains infinity or a value too large for {labels.dtype!r}. Pass labels as strings or whole "
            "numbers."
        )
    fraction = labels[labels != np.trunc(labels)]
    if fraction.size:
        raise ValueError(
            f"Unknown label type: continuous. y holds numbers such as {fraction[0].item()!r}, which look like a "
            "regression target. Pass classes; np.digitize(y, bins) makes classes of numbers."
        )


def _check_objects(labels):
    """Raises for ndarray labels (n_rows,) of dtype object that are not all strings."""
    types = {type(label) for label in labels}
    if types and not all(issubclass(t, str) for t in types):
        names = ", ".join(sorted(t.__name__ for t in types))
        raise ValueError(
            f"Unknown label type: y has dtype object and holds {names}. Pass labels of one type, for example "
            "y.astype(str) or y.astype(int)."
        )


def _codes_among(labels, classes):
    """Positions of ndarray labels (n_rows,) in sorted classes, int32; -1 where a label is not among them."""
    is_text = labels.dtype.kind in "OU"
    if classes.size == 0 or is_text != (classes.dtype.kind in "OU"):
        return np.full(labels.shape[0], -1, dtype=CODE_DTYPE)
    places = np.searchsorted(classes, labels).clip(0, classes.size - 1)
    return np.where(classes[places] == labels, places, -1).astype(CODE_DTYPE)


def _listed(classes, limit=10):
    """The classes for a message, at most `limit` of them."""
    shown = ", ".join(map(repr, classes[:limit].tolist()))
    return shown if classes.size <= limit else f"{shown}, ... ({classes.size} in all)"
