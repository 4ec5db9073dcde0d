"""The game of a `RobustMLPClassifier`: scores of rows that take some columns from one row and the rest from another.

A coalition is the set of columns that come from the row to be explained; the others come from a background row."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from robust_mlp._prediction.fitted_network import MOST_ROWS_IN_FLOAT64, FittedNetwork
from robust_mlp._system.threads import LARGEST_PRODUCT_OF_ONE_THREAD, LEAST_ROWS_OF_PRODUCT, n_threads
from robust_mlp.explanation.contributions._class_scores import class_scores, n_scores
from robust_mlp.explanation.contributions._members import input_column_of_outputs, members_of
from robust_mlp.explanation.contributions._products import times

# Values of one layer that are computed at once: 512 kB of float32. A layer, its activation and the next layer together
# then nearly stay in a core's second cache.
VALUES_AT_ONCE = 2**17
# An encoded row can have many times the cells of the row.
ROWS_ENCODED_AT_ONCE = 2048


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Some coalitions, each with a background row, made ready for the game that prepared them.

    Attributes
    ----------
    masks : dict of dtype to ndarray of shape (n_blocks, size, n_columns)
        1 where a column comes from the row to be explained, else 0, in each dtype that members compute in. The last
        block may end with empty coalitions.
    of_background : list of tuple of ndarray of shape (n_blocks * size, width)
        For each member what the background rows and the constants add to its sums.
    n_coalitions : int
    """

    masks: dict
    of_background: list
    n_coalitions: int

    def __len__(self):
        return self.n_coalitions


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

    def of_members(self, numbers):
        """The game of some of the members alone, for `scores_of_encoded`: scores are those of their own mean."""
        game = copy(self)
        game.members = [self.members[number] for number in numbers]
        return game

    @property
    def n_threads(self):
        """How many threads may compute at once."""
        return n_threads() if all(member.is_for_one_thread for member in self.members) else 1

    @cached_property
    def largest_tile(self):
        """The number of mixed rows to compute at once, so that the values of one layer stay in a core's cache."""
        return max(1, VALUES_AT_ONCE // max(width for member in self.members for width in member.widths))

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

    def features_of_rows(self):
        """What corrections of the values may depend on: numbers of the rows, ndarray of shape (n_rows, n_features).

        Those of a row far away lie at the end of the range of the background rows.
        """
        n_numbers = len(self._fitted.encoding.numbers)
        of_rows = np.empty((self.n_rows, n_numbers), dtype=np.float32)
        for start in range(0, self.n_rows, ROWS_ENCODED_AT_ONCE):
            # Copied at once: a list of these slices would keep all outputs of all rows.
            part = slice(start, start + ROWS_ENCODED_AT_ONCE)
            of_rows[part] = self.encode(part)[:, :n_numbers]
        of_background = self.encode_background()[:, :n_numbers]
        low, high = of_background.min(axis=0), of_background.max(axis=0)
        scales = of_background.std(axis=0)
        np.clip(of_rows, low, high, out=of_rows)  # in place: rows may be many
        of_rows -= of_background.mean(axis=0)
        return np.divide(of_rows, scales, out=np.zeros(of_rows.shape), where=scales > 0)

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
        blocks = self._in_blocks(masks)
        n_mixed = blocks.shape[0] * blocks.shape[1]
        of_background = []
        for member in self.members:
            sums = []
            for parts, constant in zip(member.parts(encoded), member.constants, strict=True):
                rest = (~masks).astype(parts.dtype)
                out = np.zeros((n_mixed, parts.shape[2]), parts.dtype)
                for i, group in enumerate(groups):
                    out[group] = times(rest[group], parts[i])
                out += constant
                sums.append(out)
            of_background.append(tuple(sums))
        dtypes = {sums[0].dtype for sums in of_background}
        return Coalitions({dtype: blocks.astype(dtype) for dtype in dtypes}, of_background, len(masks))

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
        return self.scores_of_encoded(self.encode(rows), coalitions)

    def scores_of_encoded(self, encoded, coalitions):
        """The same for encoded rows."""
        n_mixed = len(coalitions.of_background[0][0])
        total = np.zeros((len(encoded), n_mixed, self._n_classes))
        for member, of_background in zip(self.members, coalitions.of_background, strict=True):
            every = member.parts(encoded)
            for part in self._tiles(len(encoded), n_mixed):
                sums = []
                for parts, rest in zip(every, of_background, strict=True):
                    out = _mixed(coalitions.masks[parts.dtype], parts[part])
                    out += rest
                    sums.append(out.reshape(-1, out.shape[2]))
                member.add_probabilities(tuple(sums), total[part].reshape(-1, self._n_classes))
        return class_scores(total[:, : len(coalitions)])

    def scores_of_pairs(self, rounds):
        """Scores of rows that are mixed from two background rows each.

        Parameters
        ----------
        rounds : sequence of (masks, first, second)
            As ndarrays of shapes (n_coalitions, n_columns), (n_pairs,) and (n_pairs,): where a mask is True, the column
            comes from the first row of each pair, else from the second.

        Returns
        -------
        scores : list of ndarray of shape (n_pairs, n_coalitions, n_scores), dtype float64
            For each round.
        """
        everybody = range(len(self.members))
        return [class_scores(total) for total in self.probabilities_of_pairs(rounds, [everybody] * len(rounds))]

    def probabilities_of_pairs(self, rounds, players):
        """What some members add to the mean probabilities of rows that are mixed from two background rows each.

        Parameters
        ----------
        rounds : sequence of (masks, first, second)
            As for `scores_of_pairs`.
        players : sequence of collections of int
            For each round, which members.

        Returns
        -------
        probabilities : list of ndarray of shape (n_pairs, n_coalitions, n_classes), dtype float64
        """
        encoded = self.encode_background()
        blocks = [self._in_blocks(masks) for masks, _, _ in rounds]
        totals = [
            np.zeros((len(first), block.shape[0] * block.shape[1], self._n_classes))
            for (_, first, _), block in zip(rounds, blocks, strict=True)
        ]
        for number, member in enumerate(self.members):
            playing = [i for i, numbers in enumerate(players) if number in numbers]
            if not playing:
                continue
            every = member.parts(encoded)
            wholes = [parts.sum(axis=1) + constant for parts, constant in zip(every, member.constants, strict=True)]
            for i in playing:
                (_, first, second), block, total = rounds[i], blocks[i], totals[i]
                for part in self._tiles(len(first), total.shape[1]):
                    sums = []
                    for parts, whole in zip(every, wholes, strict=True):
                        out = _mixed(block.astype(parts.dtype), parts[first[part]] - parts[second[part]])
                        out += whole[second[part]][:, np.newaxis]
                        sums.append(out.reshape(-1, out.shape[2]))
                    member.add_probabilities(tuple(sums), total[part].reshape(-1, self._n_classes))
        return [total[:, : len(masks)] for (masks, _, _), total in zip(rounds, totals, strict=True)]

    def probabilities_of_background(self):
        """What each member adds to the mean probabilities of background rows: (n_members, n_background, n_classes)."""
        encoded = self.encode_background()
        totals = np.zeros((len(self.members), len(encoded), self._n_classes))
        for member, total in zip(self.members, totals, strict=True):
            sums = [parts.sum(axis=1) + c for parts, c in zip(member.parts(encoded), member.constants, strict=True)]
            member.add_probabilities(tuple(sums), total)
        return totals

    def _tiles(self, n_rows, n_mixed):
        """Slices of rows whose mixed rows are computed at once."""
        at_once = max(1, self.largest_tile // n_mixed)
        return [slice(start, min(start + at_once, n_rows)) for start in range(0, n_rows, at_once)]

    def _in_blocks(self, masks):
        """Masks in blocks of equal size whose products run on the calling thread: (n_blocks, size, n_columns).

        The last block is filled up with empty coalitions.
        """
        widest = max(width for member in self.members for width in member.widths)
        at_once = LARGEST_PRODUCT_OF_ONE_THREAD // (widest * masks.shape[1])
        n_blocks = -(-len(masks) // at_once) if at_once >= LEAST_ROWS_OF_PRODUCT else 1
        size = -(-len(masks) // n_blocks)
        blocks = np.zeros((n_blocks * size, masks.shape[1]), dtype=bool)
        blocks[: len(masks)] = masks
        return blocks.reshape(n_blocks, size, -1)


def _mixed(masks, parts):
    """Sums over the columns of each mask for each row: ndarray of shape (n_rows, n_blocks * size, width)."""
    out = np.matmul(masks, parts[:, np.newaxis])
    return out.reshape(len(parts), -1, parts.shape[2])
