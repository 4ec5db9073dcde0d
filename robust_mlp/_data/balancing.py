"""Class weights: the weight of each class, and so of each row, in the loss.

Reads only weighted class counts. Never moves, repeats or drops a row (`sampling` does) and never corrects predictions
for the weights (`_core/class_shares.py` does)."""

import difflib
from collections.abc import Mapping
from numbers import Real

import numpy as np

from robust_mlp._data.column_statistics import row_chunks

# An error lists this many class labels, then the number of the others. This is enough to show how labels are spelt, and
# the list fits on one screen even with 200 classes.
MAX_LABELS_LISTED = 10


def class_weights(class_weight, classes, codes, weights):
    """Turn the parameter ``class_weight`` into one weight per class.

    Parameters
    ----------
    class_weight : None, "balanced", dict or array-like of shape (n_classes,)
        ``None``: every class has weight 1. ``"balanced"``: the inverse of the class's share of `weights`, so that every
        class that occurs has the same total weight [1]_. A dict maps labels to weights. Classes that are not in the
        dict have weight 1. Unknown labels in the dict are allowed only if the dict has every class, because a fold may
        lack a rare class. An array holds the weights in the order of `classes`.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    codes : ndarray of shape (n_rows,), dtype int
        Class codes in ``[0, n_classes)``.
    weights : ndarray of shape (n_rows,), dtype float64
        Sample weights, >= 0. A row with weight 2 counts as a row that occurs twice.

    Returns
    -------
    weights_per_class : ndarray of shape (n_classes,), dtype float64
        Each >= 0 and finite. At least one class that occurs in `codes` has a positive weight.

    Raises
    ------
    ValueError
        If a string is not ``"balanced"``, a dict names unknown labels, an array has the wrong shape, or a weight is
        negative, not finite, or zero for every class that occurs.
    TypeError
        If a weight is not a number, or `class_weight` is none of the four.

    References
    ----------
    .. [1] King, Zeng (2001), "Logistic regression in rare events data", Political Analysis 9(2).

    Examples
    --------
    >>> import numpy as np
    >>> classes, codes, once = np.array(["no", "yes"]), np.array([0, 0, 0, 1]), np.ones(4)
    >>> class_weights("balanced", classes, codes, once)
    array([0.66666667, 2.        ])
    >>> class_weights({"yes": 5}, classes, codes, once)
    array([1., 5.])
    """
    mass = class_mass(codes, weights, len(classes))
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(
                f"class_weight={class_weight!r} is not known. Pass class_weight='balanced', None, a dict such as "
                f"{_example_dict(classes)}, or one weight per class in the order of classes_."
            )
        return _balanced(mass)
    if isinstance(class_weight, Mapping):
        per_class = _from_dict(class_weight, classes)
    else:
        per_class = _from_array(class_weight, classes)
    if not np.any(per_class[mass > 0] > 0) and np.any(mass > 0):
        raise ValueError(
            f"class_weight={class_weight!r} gives weight 0 to every class that occurs in y, so there is nothing to "
            "learn. Give at least one of them a weight above 0."
        )
    return per_class


def row_weights(weights_per_class, codes, weights):
    """Multiply sample weights by class weights, scaled so that their mean over the rows is 1.

    With mean 1 the length of gradient steps does not change, so the same learning rates are suitable.

    Parameters
    ----------
    weights_per_class : ndarray of shape (n_classes,), dtype float64
        As `class_weights` returns them.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        Sample weights, >= 0.

    Returns
    -------
    per_row : ndarray of shape (n_rows,), dtype float64
        Each >= 0. Their mean is 1; or all are 0 if every row has weight 0, for example held-out rows of classes with
        weight 0.
    """
    per_row = np.asarray(weights, dtype=np.float64) * (weights_per_class / weights_per_class.max())[codes]
    largest = per_row.max(initial=0.0)
    if largest == 0.0:
        return per_row
    per_row /= largest  # weights of 1e300 would overflow the sum
    per_row /= per_row.mean()
    return per_row


def class_mass(codes, weights, n_classes, where=None):
    """Total weight of each class among the rows `where`, or all: ndarray of shape (n_classes,), float64."""
    mass = np.zeros(n_classes)
    for part in row_chunks(len(codes) if where is None else len(where), 1):  # `bincount` copies its arguments
        rows = part if where is None else where[part]
        mass += np.bincount(codes[rows], weights=weights[rows], minlength=n_classes)
    return mass


def _balanced(mass):
    """Weights that give all classes with `mass` (n_classes,) > 0 the same total. The other classes get weight 1."""
    occurs = mass > 0
    per_class = np.ones(len(mass))
    per_class[occurs] = mass[occurs].mean() / mass[occurs]
    return per_class


def _from_dict(class_weight, classes):
    """Weights in the order of `classes` (n_classes,) from a dict by label."""
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    missing = [label for label in labels if label not in class_weight]
    if unknown and missing:
        hints = [_did_you_mean(label, missing) for label in unknown]
        raise ValueError(
            f"class_weight has weights for {listed(unknown)}, which y does not contain.{''.join(hints)} "
            f"The classes are {listed(labels)}."
        )
    return np.array([_number(class_weight.get(label, 1.0), f"of class {label!r}") for label in labels])


def _from_array(class_weight, classes):
    """Weights (n_classes,) from an array-like in the order of `classes`."""
    try:
        values = list(class_weight)
    except TypeError:
        raise TypeError(
            f"class_weight={class_weight!r} is of type {type(class_weight).__name__}. Pass None, 'balanced', a dict "
            f"such as {_example_dict(classes)}, or one weight per class in the order of classes_."
        ) from None
    if len(values) != len(classes):
        raise ValueError(
            f"class_weight has length {len(values)}, but y has {len(classes)} classes: {listed(classes.tolist())}. "
            f"Pass one weight for each, in this order, or a dict such as {_example_dict(classes)}."
        )
    named = zip(values, classes.tolist(), strict=True)
    return np.array([_number(value, f"of class {label!r}") for value, label in named])


def _number(value, where):
    """`value` as a float if it is a weight: a number, finite, >= 0."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"The class_weight {where} is {value!r}. Pass a number >= 0.")
    weight = float(value)
    if not (np.isfinite(weight) and weight >= 0):
        raise ValueError(f"The class_weight {where} is {value!r}. Pass a finite number >= 0.")
    return weight


def _did_you_mean(label, labels):
    """A question naming the label that was probably meant, with a leading space, or ''."""
    by_text = {str(known): known for known in labels}
    lowered = {text.lower(): text for text in by_text}
    close = difflib.get_close_matches(str(label).lower(), lowered, n=1)
    return f" Did you mean {by_text[lowered[close[0]]]!r} for {label!r}?" if close else ""


def listed(labels):
    """Labels as text, the first `MAX_LABELS_LISTED` of them."""
    shown = ", ".join(repr(label) for label in labels[:MAX_LABELS_LISTED])
    rest = len(labels) - MAX_LABELS_LISTED
    return f"{shown} and {rest} more" if rest > 0 else shown


def _example_dict(classes):
    """A dict that would be accepted, for error messages."""
    return repr({classes.tolist()[-1]: 5.0})
