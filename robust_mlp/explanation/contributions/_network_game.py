"""The game of a `RobustMLPClassifier`: scores of rows that take some columns from one row and the rest from another.

A coalition is the set of columns that come from the row to be explained; the others come from a background row."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from robust_mlp._prediction.fitted_network import MOST_ROWS_IN_FLOAT64, FittedNetwork
from robust_mlp._prediction.network import CHUNK_VALUES
from robust_mlp._system.threads import n_threads
from robust_mlp.explanation.contributions._class_scores import class_scores, n_scores
from robust_mlp.explanation.contributions._members import input_column_of_outputs, members_of, times


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Some coalitions, each with a background row, made ready for the game that prepared them.

    Attributes
    ----------
    masks : dict of dtype to ndarray of shape (n_coalitions, n_columns)
        1 where a column comes from the row to be explained, else 0, in each dtype that members compute in.
    of_background : list of tuple of ndarray of shape (n_coalitions, width)
        For each member what the background rows and the constants add to its sums.
    """

    masks: dict
    of_background: list

    def __len__(self):
        return len(next(iter(self.masks.values())))


class NetworkGame:
    """Scores of mixed rows, from the sums that columns add to each member.

    Parameters
    ----------
    fitted : FittedNetwork
    matrix : ndarray of shape (n_rows, n_matrix_columns)
        The rows to be explained, as the classifier's reader gives them.
    background : ndarray of shape (n_background, n_matrix_columns)
    is_float64 : bool
        Whether coalitions are computed in float64, which takes twice the time of float32. The scores of whole rows are
        always computed in float64.
    """

    def __init__(self, fitted: FittedNetwork, matrix, background, *, is_float64=False):
        self._fitted, self._matrix, self._background = fitted, matrix, background
        reader = fitted.encoding.reader
        self.n_rows, self.n_background, self.n_columns = len(matrix), len(background), reader.n_features
        self.n_scores = n_scores(fitted.weights.network().n_outputs)
        networks = [weights.network() for weights in fitted.all_answering]
        if is_float64:
            networks = [network.in_float64() for network in networks]
        self.members = members_of(networks, input_column_of_outputs(fitted.encoding), self.n_columns)
        self._n_classes = networks[0].n_outputs

    def of_background(self):
        """The game of the background rows themselves as rows to be explained."""
        game = copy(self)
        game._matrix, game.n_rows = self._background, self.n_background
        return game

    @property
    def n_threads(self):
        """How many threads may compute at once."""
        return n_threads() if all(member.is_for_one_thread for member in self.members) else 1

    @property
    def largest_tile(self):
        """The number of mixed rows to compute at once, so that the values of one layer stay in a core's cache."""
        return max(1, CHUNK_VALUES // max(width for member in self.members for width in member.widths))

    def encode(self, rows):
        """Encoded rows to be explained, ndarray of shape (n_chosen, n_outputs), dtype float32."""
        return self._fitted.encoding.transform(self._matrix[rows])

    def encode_background(self, rows=slice(None)):
        """Encoded background rows, like `encode`."""
        return self._fitted.encoding.transform(self._background[rows])

    def scores_of_rows(self):
        """Scores of the rows to be explained, ndarray of shape (n_rows, n_scores), float64."""
        return self._scores_of(self._matrix)

    def scores_of_background(self):
        """Scores of the background rows, ndarray of shape (n_background, n_scores), float64."""
        return self._scores_of(self._background)

    def _scores_of(self, matrix):
        parts = [
            class_scores(self._fitted.probabilities(matrix[start : start + MOST_ROWS_IN_FLOAT64]))
            for start in range(0, len(matrix), MOST_ROWS_IN_FLOAT64)
        ]
        return np.concatenate(parts)

    def prepare(self, masks, background):
        """Make coalitions ready.

        Parameters
        ----------
        masks : ndarray of shape (n_coalitions, n_columns), dtype bool
            True where a column comes from the row to be explained.
        background : ndarray of shape (n_coalitions,), dtype int
            The background row of each coalition.

        Returns
        -------
        coalitions : Coalitions
        """
        used, places = np.unique(background, return_inverse=True)
        encoded = self.encode_background(used)
        order = np.argsort(places, kind="stable")
        groups = np.split(order, np.cumsum(np.bincount(places))[:-1])
        of_background = []
        for member in self.members:
            sums = []
            for parts, constant in zip(member.parts(encoded), member.constants, strict=True):
                rest = (~masks).astype(parts.dtype)
                out = np.empty((len(masks), parts.shape[2]), parts.dtype)
                for i, group in enumerate(groups):
                    out[group] = times(rest[group], parts[i])
                out += constant
                sums.append(out)
            of_background.append(tuple(sums))
        dtypes = {sums[0].dtype for sums in of_background}
        return Coalitions({dtype: masks.astype(dtype) for dtype in dtypes}, of_background)

    def scores(self, rows, coalitions):
        """Scores of mixed rows.

        Parameters
        ----------
        rows : slice
            Rows to be explained.
        coalitions : Coalitions

        Returns
        -------
        scores : ndarray of shape (n_chosen, n_coalitions, n_scores), dtype float64
        """
        encoded = self.encode(rows)
        total = np.zeros((len(encoded) * len(coalitions), self._n_classes))
        for member, of_background in zip(self.members, coalitions.of_background, strict=True):
            sums = []
            for parts, rest in zip(member.parts(encoded), of_background, strict=True):
                masks = coalitions.masks[parts.dtype]
                out = np.stack([times(masks, part) for part in parts])
                out += rest
                sums.append(out.reshape(-1, out.shape[2]))
            member.add_probabilities(tuple(sums), total)
        return class_scores(total).reshape(len(encoded), len(coalitions), self.n_scores)
