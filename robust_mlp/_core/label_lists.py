"""A list of labels as an array, with each label as it is."""

import numpy as np


def without_casts(labels):
    """Labels as an array. NumPy would write numbers, bools and NaN as text where one label of a list is text.

    Parameters
    ----------
    labels : array-like
        Anything but a list or a tuple is returned as it is.

    Returns
    -------
    labels : array-like
        Of a list of several types, an ndarray of shape (n_rows,), dtype object.

    Examples
    --------
    >>> without_casts(["a", "b"])
    array(['a', 'b'], dtype='<U1')
    >>> without_casts(["a", float("nan"), 1])
    array(['a', nan, 1], dtype=object)
    """
    if not isinstance(labels, (list, tuple)):
        return labels
    array = np.asarray(labels)
    if array.ndim != 1 or array.dtype.kind not in "US":
        return array
    is_text = all(issubclass(kind, (str, bytes)) for kind in set(map(type, labels)))
    return array if is_text else np.asarray(labels, dtype=object)
