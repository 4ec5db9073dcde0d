"""Finds labels that are shifted by a few rows. Tried if simple models find nothing in the table as it is.

Such a table comes from a header that was read as a row, a join with a lag, or a generator that is off by one. Labels in
random order cannot be found: such a table looks the same as one whose features say nothing about the labels."""

import warnings

import numpy as np
from threadpoolctl import threadpool_limits

from robust_mlp._collapse.simple_models.probe import PROBES, ProbeTable, run_probe, to_ranks

SHIFTS = (1, -1, 2, -2, 3, -3)
MAX_ROWS, MAX_CELLS = 4000, 1_000_000
FEWEST_ROWS = 100
# One-sided p = 1e-5, for six shifts and two models. The bound is strict because a user who reads that labels are
# shifted will search for the error.
CLEAR_ASSOCIATION = 4.3


def find_shift(source, *, seed=0):
    """Find by how many rows the labels must be shifted to fit the features.

    Parameters
    ----------
    source : ProbeSource
    seed : int, default=0

    Returns
    -------
    shift : int or None
        The label of row i belongs to row i - shift. None if no shift is found.
    auc : float
        Mean area under the ROC curve with the shifted labels. NaN if no shift is found.
    """
    order = np.unique(source.index, return_index=True)[1]
    n = min(len(order), MAX_ROWS, max(MAX_CELLS // source.matrix.shape[1], FEWEST_ROWS))
    # Merged equal rows leave gaps in the order of the rows. With many gaps, a shift cannot be found.
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
    """Rows, each with the label of the row `shift` further down. The upper and the lower half are the two folds."""
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
