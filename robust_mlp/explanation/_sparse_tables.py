"""What `explain` does otherwise with a sparse table: columns are looked at when they are needed, and of thousands of
columns those that matter most are explained.

Predicts only through networks. Never makes the whole table dense."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from robust_mlp._data.sparse_rows import keeps_zeros
from robust_mlp._prediction.network import decide_together
from robust_mlp.explanation._measures.columns import NUMBER, ColumnView
from robust_mlp.explanation._swaps.sparse_rows import columns_of_outputs, sparse_rises

# Columns of a sparse table that are explained unless the user names others: more than a page shows.
MOST_COLUMNS = 50
# Rows by which they are chosen. There are two predictions for each stored cell, so that a thousand rows of a hundred
# cells are done in a second.
ROWS_TO_CHOOSE_BY = 1_000


class SparseViews(Sequence):
    """The columns of a sparse table as `ColumnView`, each made when it is asked for.

    Parameters
    ----------
    matrix : csr_array of shape (n_rows, n_columns)
        As read.
    names : list of str
    """

    def __init__(self, matrix, names):
        self._columns, self._names = matrix.tocsc(), names

    def __len__(self):
        return self._columns.shape[1]

    def __getitem__(self, place):
        axis = self._columns[:, [place]].toarray().ravel().astype(np.float64)
        return ColumnView(place, self._names[place], NUMBER, axis)


def has_too_many_columns(predictors):
    """Whether these are columns of a sparse table that are too many to explain each.

    Parameters
    ----------
    predictors : Predictors

    Returns
    -------
    has_too_many : bool

    Raises
    ------
    ValueError
        If they are too many, and nothing can choose among them.
    """
    n_columns = len(predictors.names)
    if n_columns <= MOST_COLUMNS or not isinstance(predictors.views, SparseViews):
        return False
    if predictors.network is None:
        raise ValueError(
            f"X is a sparse table of {n_columns:,} columns, too many to explain each by a classifier of which only "
            "predict_proba is known. Name some in columns=[...], for example those with the largest coefficients."
        )
    # Else it was fitted on a dense table, of fewer columns.
    return keeps_zeros(predictors.network.encoding)


def strongest_columns(predictor, rows, labels, seed):
    """The columns whose permutation raises the log loss most.

    Parameters
    ----------
    predictor : NetworkPredictor
        Of a sparse table.
    rows : ndarray of int
        In random order. The first thousand are looked at.
    labels : Labels
        Without codes, the most probable classes stand for the labels.
    seed : int

    Returns
    -------
    places : list of int
        Ascending; at most `MOST_COLUMNS`.
    """
    encoding, rng = predictor.encoding, np.random.default_rng(seed)
    columns = columns_of_outputs(encoding)
    total = np.zeros(predictor.n_columns)
    rows = rows[:ROWS_TO_CHOOSE_BY]
    for part in predictor.parts:
        own = rows[np.isin(rows, part.rows)]
        if not len(own):
            continue
        encoded = sparse.csr_array(encoding.transform(predictor.matrix, own))
        codes = _most_probable(part.networks, encoded) if labels.codes is None else labels.codes[own]
        rises, _ = sparse_rises(encoded, part.networks, codes, labels.weights[own], rng)
        total += np.bincount(columns, rises, minlength=len(total))
    stored = np.bincount(predictor.matrix[rows].indices, minlength=len(total))
    # Of columns with the same rise, such as none, those with more stored cells.
    return np.sort(np.lexsort((-stored, -total))[:MOST_COLUMNS]).tolist()


def _most_probable(networks, encoded):
    """The class that the networks together find most probable for each row."""
    return decide_together(networks, encoded).argmax(axis=1)
