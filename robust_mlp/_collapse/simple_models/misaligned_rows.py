"""Are rows and labels out of step? Tried where nothing is found in the table as it stands: labels moved by a few rows.

A header read as a row, a lagged join or a generator that was off by one leaves such a table. Labels in random order
leave one in which there is nothing to find at all; that cannot be told from features that say nothing."""

import warnings

import numpy as np
from threadpoolctl import threadpool_limits

from robust_mlp._collapse.simple_models.probe import PROBES, ProbeTable, run_probe, to_ranks

SHIFTS = (1, -1, 2, -2, 3, -3)
MAX_ROWS, MAX_CELLS = 4000, 1_000_000
FEWEST_ROWS = 100
# One-sided p = 1e-5, for six shifts and two models: who is told that rows and labels are out of step starts digging.
CLEAR_ASSOCIATION = 4.3


def find_shift(source, *, seed=0):
    """By how many rows the labels have to be moved to fit the features.

    Parameters
    ----------
    source : ProbeSource
    seed : int, default=0

    Returns
    -------
    shift : int or None
        The label of row i belongs to row i - shift; None where no such shift is found.
    auc : float
        Mean area under the ROC curve with the labels moved; NaN where none is found.
    """
    order = np.argsort(source.index)
    n = min(len(order), MAX_ROWS, max(MAX_CELLS // source.matrix.shape[1], FEWEST_ROWS))
    # Rows that were merged because they are equal leave gaps, over which neighbours are no longer neighbours.
    if n < FEWEST_ROWS or len(order) < 0.95 * len(source.matrix):
        return None, float("nan")
    start = (len(order) - n) // 2
    block = order[start : start + n]
    X, codes = to_ranks(source.encode(source.index[block])), source.codes[block]
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        for name, make in PROBES[:2]:
            for shift in SHIFTS:
                result, _ = run_probe(name, make, _moved(X, codes, shift, source.n_classes), seed)
                if result.association > CLEAR_ASSOCIATION:
                    return shift, result.auc
    return None, float("nan")


def _moved(X, codes, shift, n_classes):
    """Rows with the labels of the rows `shift` further down; two folds, the upper and the lower half."""
    rows, labels = (X[:-shift], codes[shift:]) if shift > 0 else (X[-shift:], codes[:shift])
    n = len(labels)
    return ProbeTable(
        X=rows,
        codes=labels,
        weights=np.ones(n),
        folds=(2 * np.arange(n) // n).astype(int),
        rows=np.arange(n),
        n_classes=n_classes,
    )
