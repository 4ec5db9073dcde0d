"""`Rehearsal`: the last rows of each class that a stream was trained on, for calls in which the class does not come.

A network that sees one class in a call forgets the others within a few steps. A few rows of them keep it from that."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._fit.labelled_table import LabelledTable

# Rows kept of each class, and of all classes together: as many as in a small batch.
MOST_ROWS_OF_CLASS, FEWEST_ROWS_OF_CLASS, MOST_ROWS = 32, 2, 1000


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """Rows that were trained on, the oldest first.

    Attributes
    ----------
    table : LabelledTable or None
        None before the first call.
    """

    table: LabelledTable | None = None

    def joined_to(self, table, class_mass):
        """A call's rows, with rows of the classes that it lacks.

        Parameters
        ----------
        table : LabelledTable
            With at least one row.
        class_mass : ndarray of shape (n_classes,), dtype float64
            Total weight of each class in the stream.

        Returns
        -------
        joined : LabelledTable
            Each class that was lacking weighs what its share in the stream says, beside the classes of the call, and at
            most as much as one of these.
        """
        if self.table is None:
            return table
        here = np.bincount(table.codes, weights=table.weights, minlength=len(class_mass))
        is_here = here > 0
        rows = np.flatnonzero(~is_here[self.table.codes])
        if not len(rows):
            return table
        codes = self.table.codes[rows]
        total = here.sum()
        wanted = np.minimum(total * class_mass / class_mass[is_here].sum(), total / np.count_nonzero(is_here))
        counts = np.bincount(codes, minlength=len(class_mass))
        return LabelledTable(
            np.concatenate([table.X, self.table.X[rows]]),
            np.concatenate([table.codes, codes.astype(table.codes.dtype)]),  # a file keeps whole numbers of 64 bits
            np.concatenate([table.weights, (wanted / np.maximum(counts, 1))[codes]]),
        )

    def after(self, table, n_classes):
        """The Rehearsal after a call's rows were trained on."""
        most = int(np.clip(MOST_ROWS // n_classes, FEWEST_ROWS_OF_CLASS, MOST_ROWS_OF_CLASS))
        X, codes = table.X, table.codes
        if self.table is not None:
            X, codes = np.concatenate([self.table.X, X]), np.concatenate([self.table.codes, codes])
        kept = np.sort(np.concatenate([np.flatnonzero(codes == code)[-most:] for code in range(n_classes)]))
        return Rehearsal(LabelledTable(X[kept], codes[kept], np.ones(len(kept))))
