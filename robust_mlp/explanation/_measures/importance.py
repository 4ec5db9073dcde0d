"""Importance: how much the log loss rises when a column is permuted, with an interval, or when it is missing.

Works on a predictor of `_swaps`; knows no table."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from robust_mlp._core.losses import SMALLEST_PROBABILITY, row_losses
from robust_mlp._system.threads import for_each

# All intervals together hold with this probability (Bonferroni). Twenty intervals of 95 % each would find a column of
# noise important in two tables of five.
CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Labels:
    """What predictions are compared with.

    Attributes
    ----------
    codes : ndarray of shape (n_rows,), dtype int, or None
        None: the predictions of the unchanged rows. The rise is then the one that is expected if these probabilities
        are right: their relative entropy (Kullback and Leibler 1951, eq. 2.4).
    weights : ndarray of shape (n_rows,), dtype float64
    """

    codes: np.ndarray | None
    weights: np.ndarray

    def rises(self, before, after, rows):
        """The rise of the log loss of each row: ndarray of shape (n_rows,), in nats."""
        if self.codes is not None:
            codes = self.codes[rows]
            return row_losses(after, codes) - row_losses(before, codes)
        first, second = (np.log(np.maximum(P, SMALLEST_PROBABILITY)) for P in (before, after))
        return (before * (first - second)).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Rises:
    """How the loss rises when columns are permuted. One entry for each set of columns.

    Attributes
    ----------
    mean : ndarray of shape (n_sets,)
        In nats per row.
    error : ndarray of shape (n_sets,)
        Standard error of `mean`.
    per_class : ndarray of shape (n_sets, n_classes)
        The mean over the rows of each class; NaN for a class without rows, or where labels are unknown.
    """

    mean: np.ndarray
    error: np.ndarray
    per_class: np.ndarray


def permutation_rises(predictor, rows, labels, sets, *, n_repeats=5, seed=0):
    """The rise of the log loss when columns are permuted (Breiman 2001; Fisher, Rudin and Dominici 2019, eq. 3.5).

    Values are permuted within a block of rows. The columns of a set are permuted together.

    Parameters
    ----------
    predictor : NetworkPredictor or TablePredictor
    rows : ndarray of int
        In random order.
    labels : Labels
    sets : list of list of int
    n_repeats : int, default=5
    seed : int, default=0

    Returns
    -------
    rises : Rises

    References
    ----------
    L. Breiman (2001). Random forests. Machine Learning 45, section 10.
    A. Fisher, C. Rudin, F. Dominici (2019). All models are wrong, but many are useful. JMLR 20(177), eq. 3.5.
    """
    moments = [_Moments() for _ in sets]
    for number, block in enumerate(predictor.blocks(rows)):
        n_rows, weights = len(block.rows), labels.weights[block.rows]

        def measure(i, block=block, number=number, n_rows=n_rows, weights=weights):
            # The same for any number of threads, and independent of whatever the caller drew with the same seed.
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number, i)))
            orders = [rng.permutation(n_rows) for _ in range(n_repeats)]
            after = block.changed([sets[i]], None, [(order,) for order in orders])
            rises = np.array([labels.rises(block.probabilities, P, block.rows) for P in after])
            codes = None if labels.codes is None else labels.codes[block.rows]
            moments[i].add(rises, orders, weights, codes)

        for_each(measure, range(len(sets)), predictor.n_threads)
    n_classes = block.probabilities.shape[1]
    found = [moment.summary(n_classes) for moment in moments]
    return Rises(*(np.array(values) for values in zip(*found, strict=True)))


class _Moments:
    """Collects the rises of one set of columns, block after block."""

    def __init__(self):
        self._parts = []

    def add(self, rises, orders, weights, codes):
        """Add a block: `rises` (n_repeats, n_rows), and who gave each row its values."""
        given = np.zeros(rises.shape[1])
        for order, rise in zip(orders, rises, strict=True):
            given[order] += rise * weights
        self._parts.append((rises.mean(axis=0), given / len(orders), np.square(rises).mean(axis=0), weights, codes))
        self._n_repeats = len(orders)

    def summary(self, n_classes):
        """(mean, standard error, mean of each class)."""
        means, given, squares, weights = (np.concatenate([part[i] for part in self._parts]) for i in range(4))
        total = weights.sum()
        mean = np.average(means, weights=weights)
        per_class = np.full(n_classes, np.nan)
        if self._parts[0][-1] is not None:
            codes = np.concatenate([part[-1] for part in self._parts])
            mass = np.bincount(codes, weights=weights, minlength=n_classes)
            sums = np.bincount(codes, weights=weights * means, minlength=n_classes)
            per_class = np.divide(sums, mass, out=np.full(n_classes, np.nan), where=mass > 0)
        # A rise depends on the row, on the row that gives the values, and on both together. The means over repeats of
        # each row and of each giver hold the first two variances whole, and the third twice as often as the mean does
        # (Hoeffding 1948, "A class of statistics with asymptotically normal distribution", section 5).
        of_rows = np.sum(np.square(weights * (means - mean)))
        of_givers = np.sum(np.square(given - given.mean()))
        of_both = np.sum(np.square(weights) * (squares - 2 * mean * means + mean**2)) / self._n_repeats
        variance = max(of_rows + of_givers - of_both, of_rows, of_givers) if self._n_repeats > 1 else of_rows
        return mean, np.sqrt(variance) / total, per_class


def missing_rises(predictor, rows, labels, columns):
    """The rise of the log loss when a column is missing in all rows.

    Parameters
    ----------
    predictor : NetworkPredictor or TablePredictor
    rows : ndarray of int
    labels : Labels
    columns : list of int

    Returns
    -------
    loss : float
        The mean loss of the unchanged rows, in nats; the mean entropy of the predictions if there are no labels.
    rises : ndarray of shape (n_columns,)
    """
    total, loss, rises = 0.0, 0.0, np.zeros(len(columns))
    for block in predictor.blocks(rows):
        weights = labels.weights[block.rows]
        total += weights.sum()
        loss += weights @ _losses(block.probabilities, labels, block.rows)

        def measure(i, block=block, weights=weights):
            rises[i] += weights @ labels.rises(block.probabilities, block.without(columns[i]), block.rows)

        for_each(measure, range(len(columns)), predictor.n_threads)
    return float(loss / total), rises / total


def _losses(probabilities, labels, rows):
    if labels.codes is not None:
        return row_losses(probabilities, labels.codes[rows])
    return -(probabilities * np.log(np.maximum(probabilities, SMALLEST_PROBABILITY))).sum(axis=1)


def interval(mean, error, n_intervals):
    """Bounds of an interval. All `n_intervals` intervals hold together with probability `CONFIDENCE`.

    Parameters
    ----------
    mean, error : float
    n_intervals : int

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> [round(bound, 2) for bound in interval(1.0, 0.1, 1)]
    [0.8, 1.2]
    """
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * n_intervals))
    return float(mean - z * error), float(mean + z * error)
