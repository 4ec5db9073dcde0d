"""Contributions to a network that was fitted on a sparse table: only cells that differ from the background row count.

Of thousands of columns, a row and a background row store a few dozen. All others are 0 in both, so that they add
nothing, in whatever order columns take the row's values. So a walk from a background row to a row has a few dozen
steps. Encoded rows stay sparse."""

import numpy as np
from scipy import sparse

from robust_mlp._data.sparse_rows import keeps_zeros
from robust_mlp._prediction.network import votes_in
from robust_mlp.explanation.contributions._class_scores import class_scores, n_scores
from robust_mlp.explanation.contributions._members import DenseMember, input_column_of_outputs

# Members take sums here, which need not be told apart by column.
NO_COLUMNS = ()


def is_sparse_game(fitted):
    """Whether 0 stays 0 in encoded rows, and the networks read them through a first layer alone."""
    networks = [weights.network() for weights in fitted.all_answering]
    reads_cells = all(network.units is None and not network.embeddings for network in networks)
    return reads_cells and keeps_zeros(fitted.encoding)


class SparseGame:
    """Scores of rows that take some cells from one sparse row and the rest from another.

    Parameters
    ----------
    fitted : FittedNetwork
        Without RBF units and embeddings.
    matrix : csr_array or ndarray of shape (n_rows, n_columns)
        The rows to be explained, as read.
    background : csr_array or ndarray of shape (n_background, n_columns)
    """

    n_threads = 1  # the arrays of one row are so small that threads would wait for each other

    def __init__(self, fitted, matrix, background):
        self.n_rows, self.n_columns = matrix.shape
        self.n_background = background.shape[0]
        self.rows, self.background = (_encoded(fitted.encoding, table) for table in (matrix, background))
        self.column_of = input_column_of_outputs(fitted.encoding)
        networks = [weights.network().in_float64() for weights in fitted.all_answering]
        votes = [votes_in(network) for network in networks]
        total = sum(each.sum() for each in votes)
        self.members = [
            DenseMember(network, NO_COLUMNS, k, vote / total)
            for network, each in zip(networks, votes, strict=True)
            for k, vote in enumerate(each)
        ]
        self._n_classes = networks[0].n_outputs
        self.n_scores = n_scores(self._n_classes)

    def scores_of_rows(self):
        """Scores of the rows to be explained, ndarray of shape (n_rows, n_scores), float64."""
        return self._scores_of(self.rows)

    def scores_of_background(self):
        """Scores of the background rows, ndarray of shape (n_background, n_scores), float64."""
        return self._scores_of(self.background)

    def _scores_of(self, encoded):
        total = np.zeros((encoded.shape[0], self._n_classes))
        for member in self.members:
            member.add_probabilities(sums_of(member, encoded), total)
        return class_scores(total)

    def lines(self, row):
        """The lines from all background rows to one row, as the sums of each member, for integrated gradients."""
        return [_SparseLines(self, member, row) for member in self.members]

    def by_column(self, of_outputs):
        """The sum over the outputs of each column: ndarray of shape (n_columns,)."""
        return np.bincount(self.column_of, of_outputs, minlength=self.n_columns)

    def walks(self, row, rng, n_orders):
        """Shapley values of one row from random orders of the cells that differ, each there and back.

        Parameters
        ----------
        row : int
        rng : RandomState
        n_orders : int
            From each background row.

        Returns
        -------
        values : ndarray of shape (n_columns, n_scores)
            They sum to the row's score less the mean score of the background rows.
        n_predictions : int
        """
        values, n_predictions = np.zeros((self.n_columns, self.n_scores)), 0
        for other in range(self.n_background):
            outputs, moves = _differences(self.rows[[row]], self.background[[other]])
            columns, place = np.unique(self.column_of[outputs], return_inverse=True)
            if not columns.size:
                continue
            orders = []
            for _ in range(n_orders):
                order = rng.permutation(columns.size)
                orders += [order, order[::-1]]
            scores = self._scores_on_the_way(other, outputs, moves, place, orders)
            n_predictions += len(orders) * columns.size
            for order, way in zip(orders, scores, strict=True):
                values[columns[order]] += np.diff(way, axis=0) / (len(orders) * self.n_background)
        return values, n_predictions

    def _scores_on_the_way(self, other, outputs, moves, place, orders):
        """Scores after each step of each walk, the background row's first: (n_walks, n_steps + 1, n_scores)."""
        n_steps = len(orders[0])
        total = np.zeros((len(orders) * (n_steps + 1), self._n_classes))
        for member in self.members:
            every = []
            for kernel, begin in zip(member.kernels, sums_of(member, self.background[[other]]), strict=True):
                steps = np.zeros((n_steps, kernel.shape[1]))
                np.add.at(steps, place, moves[:, np.newaxis] * kernel[outputs])
                sums = np.empty((len(orders), n_steps + 1, kernel.shape[1]))
                sums[:, 0] = begin
                for walk, order in enumerate(orders):
                    np.cumsum(steps[order], axis=0, out=sums[walk, 1:])
                sums[:, 1:] += begin
                every.append(sums.reshape(-1, kernel.shape[1]))
            member.add_probabilities(tuple(every), total)
        return class_scores(total).reshape(len(orders), n_steps + 1, self.n_scores)


class _SparseLines:
    """The lines from all background rows to one row, as the sums of one member."""

    def __init__(self, game, member, row):
        self.member = member
        self._game, self._row, self._background = game, game.rows[[row]], game.background.tocoo()
        self._ends = [
            (of_rows[0], of_background)
            for of_rows, of_background in zip(sums_of(member, self._row), sums_of(member, game.background), strict=True)
        ]

    def sums_at(self, t):
        """The sums at share `t` of each line: tuple of ndarray of shape (n_background, width)."""
        return tuple((1 - t) * of_background + t * of_row for of_row, of_background in self._ends)

    def moved(self, by_sums, t):
        """Derivatives by the sums times how each column moves them, the mean over lines: ndarray (n_columns,)."""
        del t  # straight lines
        found = np.zeros(self._row.shape[1])
        at, outputs = self._background.coords
        for by_sum, kernel in zip(by_sums, self.member.kernels, strict=True):
            stored = self._row.indices
            found[stored] += self._row.data * (kernel[stored] @ by_sum.sum(axis=0))
            slopes = np.einsum("cw,cw->c", kernel[outputs], by_sum[at])
            found -= np.bincount(outputs, self._background.data * slopes, minlength=len(found))
        return self._game.by_column(found) / len(by_sums[0])


def sampled_sparse_values(game, n_coalitions, rng):
    """Shapley values of a sparse game, from at least one order from each background row.

    Parameters
    ----------
    game : SparseGame
    n_coalitions : 'auto' or int
        Predictions of mixed rows for each row. 'auto' is an order from each background row, there and back.
    rng : RandomState

    Returns
    -------
    values : ndarray of shape (n_rows, n_columns, n_scores), dtype float64
    base : ndarray of shape (n_scores,), dtype float64
    n_used : int
        Predictions of mixed rows for each row, the mean.
    """
    values = np.zeros((game.n_rows, game.n_columns, game.n_scores))
    n_predictions = 0
    for row in range(game.n_rows):
        n_orders = 1
        if n_coalitions != "auto":
            n_differing = game.rows[[row]].nnz + game.background.nnz / game.n_background
            n_orders = max(1, round(n_coalitions / max(1, 2 * n_differing * game.n_background)))
        values[row], n_made = game.walks(row, rng, n_orders)
        n_predictions += n_made
    return values, game.scores_of_background().mean(axis=0), round(n_predictions / game.n_rows)


def sums_of(member, encoded):
    """The sums of each kernel of a member for sparse encoded rows: tuple of ndarray of shape (n_rows, width)."""
    return tuple(encoded @ kernel + constant for kernel, constant in zip(member.kernels, member.constants, strict=True))


def _encoded(encoding, matrix):
    """Encoded rows in float64: csr_array of shape (n_rows, n_outputs)."""
    return sparse.csr_array(encoding.transform(matrix)).astype(np.float64)


def _differences(row, other):
    """(outputs in which two encoded rows differ, by how much the first is larger): both ndarray."""
    difference = sparse.csr_array(row - other)
    difference.eliminate_zeros()
    return difference.indices, difference.data
