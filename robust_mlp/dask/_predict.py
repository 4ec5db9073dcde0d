"""Lazy prediction: a call per partition, in NumPy. The workers load no TensorFlow."""

import dask
import numpy as np

from robust_mlp.dask._parts import delayed_parts
from robust_mlp.dask._reading import n_rows_of, rows_that_count


def predict_lazily(estimator, method, X, n_columns, dtype):
    """A Dask Array of predictions, in the partitions of `X`.

    Parameters
    ----------
    estimator : RobustMLPClassifier
        Fitted; each worker receives it once.
    method : {'predict', 'predict_proba', 'predict_log_proba', 'decision_function'}
    X : Dask DataFrame, Dask Array, or list of delayed tables
    n_columns : int or None
        Columns of the result. None: it has one dimension.
    dtype : dtype

    Returns
    -------
    predictions : dask.array.Array of shape (n_rows,) or (n_rows, n_columns)
        Nothing is computed yet. The number of rows is unknown (NaN) unless `X` is an array of known chunks.
    """
    import dask.array as da

    sizes = _rows_of_chunks(X)
    parts = delayed_parts(X, "X")
    shared = dask.delayed(estimator, pure=True)
    call = dask.delayed(_predict_part, pure=True)
    arrays = []
    for i, part in enumerate(parts):
        n_rows = np.nan if sizes is None else sizes[i]
        shape = (n_rows,) if n_columns is None else (n_rows, n_columns)
        arrays.append(da.from_delayed(call(shared, part, method, n_columns, dtype), shape=shape, dtype=dtype))
    return da.concatenate(arrays, axis=0, allow_unknown_chunksizes=True)


def mean_accuracy(runner, estimator, parts):
    """Share of the rows of all parts whose class is predicted, by their weight.

    Parameters
    ----------
    runner : ClusterRunner or LocalRunner
    estimator : RobustMLPClassifier
        Fitted.
    parts : list of PartSource

    Raises
    ------
    ValueError
        If no row has a positive weight.
    """
    found = runner.results(runner.read(list(enumerate(parts)), right_of_part, estimator))
    right, mass = np.sum(found, axis=0)
    if mass <= 0:
        raise ValueError("X has no rows of positive weight. Pass at least one to score.")
    return float(right / mass)


def right_of_part(X, y, weights, number, estimator):
    """(weight of the rows of partition `number` whose class is predicted, weight of all)."""
    X, y, weights, _ = rows_that_count(X, y, weights, number)
    if not len(weights):
        return 0.0, 0.0
    return float(weights[np.asarray(estimator.predict(X)) == np.asarray(y)].sum()), float(weights.sum())


def _rows_of_chunks(X):
    """The rows of each chunk of a Dask Array, or None."""
    chunks = getattr(X, "chunks", None)
    return None if chunks is None or not hasattr(X, "ndim") else chunks[0]


def _predict_part(estimator, part, method, n_columns, dtype):
    if not n_rows_of(part):
        return np.empty((0,) if n_columns is None else (0, n_columns), dtype=dtype)
    return np.asarray(getattr(estimator, method)(part), dtype=dtype)
