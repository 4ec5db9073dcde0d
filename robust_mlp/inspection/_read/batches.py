"""Rows that come in batches: a `tf.data.Dataset`, a `keras.utils.PyDataset` or a generator, read into arrays.

Never advances an iterator that somebody else goes on with: a generator is refused. Imports Keras inside functions."""

import math
from collections.abc import Iterator

import numpy as np

# Rows that an inspection or a diagnosis reads; more rows change no verdict.
ENOUGH_ROWS = 20_000


def comes_in_batches(X):
    """Whether X hands out batches of rows and labels: a data set of TensorFlow or Keras, or an iterator."""
    if hasattr(X, "shape") or isinstance(X, (list, tuple, dict, str)):
        return False
    return is_dataset(X) or _is_pydataset(X) or isinstance(X, Iterator)


def is_dataset(X):
    """Whether X is a `tf.data.Dataset`, told without an import of TensorFlow."""
    return hasattr(X, "element_spec") and hasattr(X, "take") and hasattr(X, "cardinality")


def _is_pydataset(X):
    """Whether X is a `keras.utils.PyDataset`, told without an import of Keras."""
    return hasattr(X, "num_batches") and hasattr(X, "__getitem__") and hasattr(X, "on_epoch_end")


def arrays_of_batches(X, most_rows=None):
    """All rows, labels and weights of a data set.

    Parameters
    ----------
    X : tf.data.Dataset or keras.utils.PyDataset
        Of batches (x, y) or (x, y, sample_weight); x is an array, or a list or dict of arrays.
    most_rows : int or None, default=None
        Reading ends after so many rows. None reads all, and refuses a data set without an end.

    Returns
    -------
    X : ndarray, or list or dict of ndarray
    y : ndarray
    sample_weight : ndarray or None

    Raises
    ------
    ValueError
        X is a generator, has no end, holds no batch, or its batches hold no labels.
    """
    from keras import tree

    parts, n_rows = [], 0
    for batch in _batches(X, has_limit=most_rows is not None):
        if not isinstance(batch, (tuple, list)) or len(batch) < 2:
            raise ValueError(
                f"A batch of X holds {_described(batch)}; rows with labels are needed. Let {type(X).__name__} give "
                "pairs (x, y), as for model.fit."
            )
        x, y, *rest = batch
        if not hasattr(y, "shape"):
            raise ValueError(
                f"The labels of a batch are {_described(y)}; one array is needed. A network with several outputs is "
                "looked at one output at a time."
            )
        if not np.ndim(y):
            raise ValueError(f"X is a {type(X).__name__} of single rows; batches are needed. Pass X.batch(32).")
        x = list(x) if isinstance(x, tuple) else x
        parts.append(tree.map_structure(np.asarray, (x, y, *(part for part in rest[:1] if part is not None))))
        n_rows += len(parts[-1][1])
        if most_rows is not None and n_rows >= most_rows:
            break
    if not parts:
        raise ValueError(f"X is a {type(X).__name__} without a batch. Pass one that holds rows.")
    X, y, *weights = tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)
    return X, y, weights[0] if weights else None


def labelled_arrays(X, y):
    """Up to `ENOUGH_ROWS` rows of a data set, and their labels; ValueError if labels came beside it.

    Parameters
    ----------
    X : tf.data.Dataset or keras.utils.PyDataset
    y : None

    Returns
    -------
    X : ndarray, or list or dict of ndarray
    y : ndarray
    """
    if y is not None:
        raise ValueError(f"X is a {type(X).__name__}, which holds its own labels, and y came too. Pass X alone.")
    return arrays_of_batches(X, ENOUGH_ROWS)[:2]


def _batches(X, *, has_limit):
    """An iterator over the batches."""
    if is_dataset(X):
        if not has_limit and int(X.cardinality()) == -1:  # tf.data.INFINITE_CARDINALITY
            raise ValueError("X is a data set without an end. Pass X.take(n_batches).")
        return iter(X)
    if _is_pydataset(X):
        n_batches = X.num_batches
        if n_batches is None or not math.isfinite(n_batches):
            raise ValueError("X is a PyDataset without an end. Let its __len__ give the number of batches.")
        return (X[i] for i in range(n_batches))
    raise ValueError(
        f"X is a {type(X).__name__}, which can be read only once and may have no end. Pass arrays: "
        "x, y = map(np.concatenate, zip(*itertools.islice(X, n_batches)))."
    )


def _described(thing):
    """What came, in a few words."""
    return f"{len(thing)} parts" if isinstance(thing, (tuple, list, dict)) else f"a {type(thing).__name__}"
