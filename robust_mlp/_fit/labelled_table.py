"""`LabelledTable`: rows with their class codes and sample weights."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._data import balancing


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """Rows as read, with class codes and sample weights for each.

    Attributes
    ----------
    X : ndarray of shape (n_rows, ...), or csr_array
        A matrix of numbers and level codes, or a network's inputs of any shape; a sparse table of numbers.
    codes : ndarray of shape (n_rows,), dtype int, or (n_rows, n_classes) for several labels per row
    weights : ndarray of shape (n_rows,), dtype float64
        >= 0.
    places : ndarray of shape (n_rows,), dtype int, or None
        Row numbers in the table that the user passed. None if this is the whole table in its order.
    groups : ndarray of shape (n_rows,), dtype int, or None
        Rows with the same number belong together: no split parts them. None: the user passed no groups.
    """

    X: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    places: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return self.X.shape[0]

    def at(self, rows: np.ndarray) -> "LabelledTable":
        """Some of the rows, by number."""
        places = rows if self.places is None else self.places[rows]
        groups = None if self.groups is None else self.groups[rows]
        return LabelledTable(self.X[rows], self.codes[rows], self.weights[rows], places, groups)

    def drop_zero_weight(self) -> "LabelledTable":
        """The same table without the rows of weight 0; itself if there are none."""
        counts = self.weights > 0
        return self if counts.all() else self.at(np.flatnonzero(counts))

    def class_mass(self, n_classes: int, where: np.ndarray | None = None) -> np.ndarray:
        """Total weight of each class among the rows `where`, ndarray of shape (n_classes,), float64."""
        return balancing.class_mass(self.codes, self.weights, n_classes, where)
