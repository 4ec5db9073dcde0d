"""`NetworkPredictor`: a fitted network that predicts again after a few columns of the rows changed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from robust_mlp._system.threads import n_threads
from robust_mlp.explanation._swaps.encoded_columns import matrix_columns, outputs_of_columns
from robust_mlp.explanation._swaps.members import Members

# Bytes of the rows of a sparse table that are made dense at once: 1,677 rows of 20,000 columns.
MOST_BYTES_OF_BLOCK = 2**27
# Rows that are predicted at once. What one member needs for them, 128 units in float32, is half a MB and stays in a
# core's cache. Rows are shuffled before they are cut into blocks, so that the values of a block are those of the table.
BLOCK_ROWS = 1024


@dataclass(frozen=True, eq=False)
class Part:
    """Rows, by number, and the list of Network that answers for them."""

    rows: np.ndarray
    networks: list


class NetworkPredictor:
    """Predicts rows of one table by a fitted network, with some columns changed.

    Parameters
    ----------
    matrix : ndarray or csr_array of shape (n_rows, n_matrix_columns)
        As from the reader. Sparse rows are made dense block by block.
    encoding : Encoding
    parts : list of Part
        Each row is in one part at most. Rows that are in none are never predicted.
    """

    def __init__(self, matrix, encoding, parts):
        self.matrix, self.encoding, self.parts = matrix, encoding, parts

    @property
    def n_columns(self):
        """Number of columns of the user's table."""
        return self.encoding.reader.n_features

    @property
    def rows(self):
        """Numbers of the rows that can be predicted: ndarray of int, ascending."""
        return np.sort(np.concatenate([part.rows for part in self.parts]))

    @cached_property
    def n_threads(self):
        """Threads that may change columns at the same time."""
        networks = [network for part in self.parts for network in part.networks]
        return n_threads() if all(network.units or network.for_one_thread() for network in networks) else 1

    @cached_property
    def outputs(self):
        """The encoded outputs of each column of the user's table: list of ndarray of int."""
        return outputs_of_columns(self.encoding)

    @property
    def _rows_at_once(self):
        """Rows of a block."""
        if not sparse.issparse(self.matrix):
            return BLOCK_ROWS
        n_fitting = MOST_BYTES_OF_BLOCK // (np.dtype(np.float32).itemsize * self.encoding.n_outputs)
        return max(1, min(BLOCK_ROWS, n_fitting))

    def encoded(self, rows):
        """Rows as the networks take them: ndarray of shape (len(rows), n_outputs), dtype float32."""
        return dense(self.encoding.transform(self.matrix, rows))

    def blocks(self, rows):
        """Cut rows into blocks that one part answers for.

        Parameters
        ----------
        rows : ndarray of int
            In random order.

        Yields
        ------
        block : NetworkBlock
        """
        for part in self.parts:
            own = rows if len(self.parts) == 1 else rows[np.isin(rows, part.rows)]
            for piece in pieces(own, self._rows_at_once):
                yield NetworkBlock(self, piece, part.networks)

    def donors(self, rows_of_columns):
        """Values to put into columns.

        Parameters
        ----------
        rows_of_columns : list of ndarray of int
            For each column of the user's table, the rows whose values it may take; no row for columns that stay.

        Returns
        -------
        donors : ndarray of shape (n_donors, n_outputs), dtype float32
            Encoded. Row i holds the i-th value of each column, as far as the column has that many.
        """
        n_donors = max(map(len, rows_of_columns))
        cells = dense(self.matrix[np.zeros(n_donors, dtype=np.intp)])
        for where, rows in zip(matrix_columns(self.encoding.reader), rows_of_columns, strict=True):
            if len(rows):
                cells[: len(rows), where] = dense(self.matrix[rows][:, where])
        return self.encoding.transform(cells)

    @cached_property
    def missing(self):
        """One donor of which every column is missing."""
        return self.encoding.transform(np.full((1, self.matrix.shape[1]), np.nan))


class NetworkBlock:
    """Some rows of a NetworkPredictor.

    Attributes
    ----------
    rows : ndarray of int
    probabilities : ndarray of shape (n_rows, n_classes), dtype float64
        Of the rows as they are.
    """

    def __init__(self, predictor, rows, networks):
        self.rows = rows
        self._predictor, self._networks = predictor, networks
        with _may_overflow():
            self._members = Members(networks, predictor.encoded(rows))
            self.probabilities = self._members.probabilities()

    def first(self, n_rows):
        """The block of the first rows; itself if it has not more."""
        return self if n_rows >= len(self.rows) else NetworkBlock(self._predictor, self.rows[:n_rows], self._networks)

    def changed(self, columns, donors, indices):
        """Probabilities of the rows with some columns changed.

        Parameters
        ----------
        columns : list of list of int
            For each change, the columns of the user's table that take the values of one donor together.
        donors : ndarray from `NetworkPredictor.donors`, or None
            None: the rows of the block give their values.
        indices : list of tuple of ndarray of shape (n_rows,), dtype int
            For each result, the donor of each row in each change.

        Returns
        -------
        probabilities : ndarray of shape (len(indices), n_rows, n_classes), dtype float64
        """
        outputs = [np.concatenate([self._predictor.outputs[j] for j in group]) for group in columns]
        with _may_overflow():
            return self._members.changed(outputs, [donors] * len(outputs), indices)

    def without(self, column):
        """Probabilities of the rows with one column missing: ndarray of shape (n_rows, n_classes)."""
        nobody = np.zeros(len(self.rows), dtype=np.intp)
        return self.changed([[column]], self._predictor.missing, [(nobody,)])[0]


def _may_overflow():
    """Without scaling, a cell of 1e300 makes a product infinite, as in a prediction; the result shows it."""
    return np.errstate(over="ignore", invalid="ignore")


def dense(rows):
    """Rows of a table as ndarray."""
    return rows.toarray() if sparse.issparse(rows) else rows


def pieces(rows, size):
    """Rows cut into pieces of nearly equal length, at most `size`: list of ndarray; no row gives no piece."""
    return np.array_split(rows, -(-len(rows) // size)) if len(rows) else []
