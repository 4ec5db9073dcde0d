"""Labels of a DataFrame's columns that are no strings: numbers, dates, or the tuples of several header rows.

scikit-learn checks the order of columns by `feature_names_in_`, which holds strings only. Reads no cell."""

from robust_mlp._data.columns import is_pandas

MAX_SHOWN = 5


def learn_labels(estimator, X):
    """Remember the labels of a training table. Sets or deletes `_column_labels`.

    Parameters
    ----------
    estimator : estimator
    X : table of shape (n_rows, n_features)
        Labels that are strings, or 0, 1, 2 and so on, are not remembered.
    """
    vars(estimator).pop("_column_labels", None)
    labels = _labels_of(X)
    if labels is not None and labels != tuple(range(len(labels))):
        estimator._column_labels = labels


def check_labels(estimator, X):
    """Raise if a table holds the columns of the training in another order.

    Parameters
    ----------
    estimator : estimator
    X : table of shape (n_rows, n_features)

    Raises
    ------
    ValueError
        The columns would be taken for each other.
    """
    expected = getattr(estimator, "_column_labels", None)
    if expected is None:
        return
    labels = _labels_of(X)
    if labels is None or labels == expected or len(labels) != len(expected) or set(labels) != set(expected):
        return
    wrong = next(i for i, (label, known) in enumerate(zip(labels, expected, strict=True)) if label != known)
    shown = ", ".join(map(repr, expected[:MAX_SHOWN]))
    more = ", ..." if len(expected) > MAX_SHOWN else ""
    raise ValueError(
        f"The columns of X are in another order than in fit: column {wrong} is {labels[wrong]!r}, and was "
        f"{expected[wrong]!r}. Pass X with its columns in this order: {shown}{more}."
    )


def _labels_of(X):
    """The labels as a tuple; None where there are none, or where any is a string."""
    if not is_pandas(X):
        return None
    labels = tuple(X.columns.tolist())
    return None if any(isinstance(label, str) for label in labels) else labels
