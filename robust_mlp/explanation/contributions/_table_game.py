"""The game of any classifier with `predict_proba`: scores of mixed rows, made as tables and predicted.

Slower than `NetworkGame`, and of the same shape."""

import warnings

import numpy as np

from robust_mlp.explanation.contributions._class_scores import class_scores, n_scores
from robust_mlp.explanation.contributions._mixed_tables import MixedTable

# Cells of the mixed rows that are predicted at once: 8 MB of float64, and enough rows that a call's own cost is small.
MOST_CELLS = 2**20

# A probability below it counts as this much. Trees answer 0 and 1, whose log-odds are infinite. It is the least that
# the benchmarks' log loss allows, too.
LEAST_PROBABILITY = 1e-7


class TableGame:
    """Scores of mixed rows, from a classifier's `predict_proba`.

    Parameters
    ----------
    classifier : object
        Fitted, with ``predict_proba``.
    rows, background : table
        As from `as_rows`, of the same kind.
    n_classes : int
    """

    n_threads = 1

    def __init__(self, classifier, rows, background, n_classes):
        self._classifier, self._rows, self._background, self._n_classes = classifier, rows, background, n_classes
        self._table = MixedTable(rows, background)
        self.n_rows, self.n_columns = rows.shape
        self.n_background = background.shape[0]
        self.n_scores = n_scores(n_classes)

    def of_background(self):
        """The game of the background rows themselves as rows to be explained."""
        return TableGame(self._classifier, self._background, self._background, self._n_classes)

    @property
    def largest_tile(self):
        """The number of mixed rows to predict at once."""
        return max(1, MOST_CELLS // self.n_columns)

    def scores_of_rows(self):
        """Scores of the rows to be explained, ndarray of shape (n_rows, n_scores), float64."""
        return self._scores_of(self._rows)

    def scores_of_background(self):
        """Scores of the background rows, ndarray of shape (n_background, n_scores), float64."""
        return self._scores_of(self._background)

    def features_of_rows(self):
        """Nothing that values may depend on is known as numbers: ndarray of shape (n_rows, 0)."""
        return np.empty((self.n_rows, 0))

    def prepare(self, masks, background):
        """Make coalitions ready; as in `NetworkGame`."""
        return masks, background

    def scores(self, rows, coalitions):
        """Scores of mixed rows; as in `NetworkGame`."""
        masks, background = coalitions
        chosen = np.arange(self.n_rows)[rows]
        at_once = max(1, self.largest_tile // len(masks))
        parts = [chosen[start : start + at_once] for start in range(0, len(chosen), at_once)]
        sources = (np.where(masks, part[:, None, None], self.n_rows + background[:, None]) for part in parts)
        return np.concatenate([self._scores_of_sources(of_part) for of_part in sources])

    def scores_of_pairs(self, rounds):
        """Scores of rows that are mixed from two background rows each; as in `NetworkGame`."""
        scores = []
        for masks, first, second in rounds:
            at_once = max(1, self.largest_tile // len(masks))
            for_round = []
            for start in range(0, len(first), at_once):
                part = slice(start, start + at_once)
                sources = np.where(masks, first[part][:, None, None], second[part][:, None, None]) + self.n_rows
                for_round.append(self._scores_of_sources(sources))
            scores.append(np.concatenate(for_round))
        return scores

    def _scores_of_sources(self, sources):
        """Scores of mixed rows by where their cells come from, (n, n_coalitions, n_columns)."""
        table = self._table.mix(sources.reshape(-1, self.n_columns))
        with warnings.catch_warnings():
            # What is to be warned of was warned of when the whole rows were predicted. Mixed rows are unlike the
            # training by nature.
            warnings.simplefilter("ignore")
            return self._scores_of(table).reshape(*sources.shape[:2], self.n_scores)

    def _scores_of(self, table):
        return class_scores(predict_checked(self._classifier, table), LEAST_PROBABILITY)


def predict_checked(classifier, table):
    """Probabilities of the rows of a table by any classifier: ndarray of shape (n_rows, n_classes), float64.

    Raises
    ------
    ValueError
        For NaN or infinity, or another number of columns than of classes.
    """
    name, n_classes = type(classifier).__name__, len(classifier.classes_)
    probabilities = np.asarray(classifier.predict_proba(table), dtype=np.float64)
    if probabilities.shape != (table.shape[0], n_classes):
        raise ValueError(
            f"{name}.predict_proba gave an array of shape {probabilities.shape} for {table.shape[0]} rows and "
            f"{n_classes} classes. It must be ({table.shape[0]}, {n_classes}): one column for each of classes_."
        )
    if not np.isfinite(probabilities).all():
        raise ValueError(
            f"{name}.predict_proba gave NaN or infinity, which has no log-odds. Look for the rows with "
            "numpy.isnan(classifier.predict_proba(X)), and leave them out."
        )
    return probabilities
