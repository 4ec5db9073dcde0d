"""DataFacts of the rows of a user's own training, for the guard's causes and for the simple models.

Reads tables of numbers and categories; other data have no facts. Judges nothing."""

import numpy as np
from sklearn.base import BaseEstimator

from robust_mlp._data.distinct_rows import merge_rows, rows_to_split
from robust_mlp._data.sample_weights import one_each
from robust_mlp._data.table_facts import SplitRows, learn_facts
from robust_mlp._data.tables import read_table
from robust_mlp.inspection._read.input_parts import is_parted, learn_parts


def facts_of_table(X, codes, n_classes, *, validation=None, groups=None, seed=0):
    """Facts of a table; None if X is not a table.

    Parameters
    ----------
    X : table of n_rows rows
        ndarrays of more than two axes are flattened.
    codes : ndarray of shape (n_rows,), int
    n_classes : int
    validation : tuple of (X, codes), default=None
        Held-out rows, in the order of their predictions. None: the rows of X are judged.
    groups : ndarray of shape (n_rows,), dtype int, default=None
        Rows with the same number are on one side wherever simple models are judged.
    seed : int, default=0

    Returns
    -------
    facts : DataFacts or None
    """
    estimator = BaseEstimator()
    try:
        matrix, reader = read_table(estimator, _flat(X), categorical_features="from_dtype", reset=True)
        held_out = None if validation is None else reader.read(estimator, _flat(validation[0]))
    except (TypeError, ValueError, AttributeError):
        return None
    weights = one_each(len(codes))
    pairs = merge_rows(matrix, codes, weights)
    rows = rows_to_split(matrix, pairs, weights)
    return learn_facts(
        matrix,
        reader,
        rows,
        SplitRows(
            train=[np.arange(len(rows.index))],
            held_out=[] if held_out is None else [np.arange(len(held_out))],
            validation=None if held_out is None else (held_out, validation[1], np.ones(len(held_out))),
            groups=None if groups is None else groups[rows.index],
        ),
        seed=seed,
        n_classes=n_classes,
        pairs=pairs,
    )


def _flat(X):
    """A table with one flat row for each image or sequence, and for the rows of several inputs."""
    if is_parted(X):
        return learn_parts(X).pack(X)
    return X.reshape(len(X), -1) if isinstance(X, np.ndarray) and X.ndim != 2 else X
