"""What the guard looks at in a sparse table: its commonest columns, as if they were a dense table.

A fact about a column needs cells, and a column that is stored in a few rows of thousands has none to tell of. Never
makes more than a sample of rows dense."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

# Columns that the guard looks at. With 2,000 rows of them, 4 MB, its simple models take as long as on a dense table.
MOST_COLUMNS = 256


@dataclass(frozen=True, eq=False)
class CommonColumns:
    """The columns that are stored in most rows.

    Attributes
    ----------
    columns : ndarray of shape (n_common,), dtype int
        Ascending.
    """

    columns: np.ndarray

    @classmethod
    def of(cls, matrix):
        """Choose columns of a csr array. No label is looked at, so that a test of signal is not misled."""
        counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
        return cls(np.sort(np.argsort(-counts, kind="stable")[:MOST_COLUMNS]))

    def reader(self, reader):
        """The TableReader of these columns alone."""
        names = tuple(reader.name_of(j) for j in self.columns)
        kinds, levels = (tuple(values[j] for j in self.columns) for values in (reader.kinds, reader.levels))
        source = reader.source
        if source is not None:
            labels, storages = (tuple(values[j] for j in self.columns) for values in (source.labels, source.storages))
            source = replace(source, labels=labels, storages=storages)
        return replace(reader, kinds=kinds, levels=levels, names=names, source=source)

    def view(self, matrix):
        """These columns of a matrix: a `DenseView` of a sparse one, an ndarray of a dense one."""
        return DenseView(matrix[:, self.columns]) if sparse.issparse(matrix) else matrix[:, self.columns]


class DenseView:
    """A sparse table that gives dense cells: indexed like an ndarray, it makes the chosen rows dense, and only these.

    Parameters
    ----------
    rows : csr_array of shape (n_rows, n_columns)
    """

    def __init__(self, rows):
        self._rows = rows
        self.shape, self.dtype = rows.shape, rows.dtype

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, where):
        if not isinstance(where, tuple):
            return self._rows[where].toarray()
        rows, columns = where
        if isinstance(columns, np.ndarray):  # `rows` and `columns` as from `np.ix_`
            return self._rows[np.asarray(rows).ravel()][:, columns.ravel()].toarray()
        cells = self._rows[:, [columns]].toarray()[:, 0]
        return cells if isinstance(rows, slice) else cells[rows]
