"""Designs: which coalitions are computed, with which background rows, and how Shapley values follow from the scores.

Every estimate here is linear in the scores, with weights that depend on the design only. So all rows share one design,
and a row has the same values whether it is explained alone or with others."""

from dataclasses import dataclass
from math import comb

import numpy as np

# Most columns whose coalitions are all computed: 1,024 for each background row.
MOST_COLUMNS_EXACT = 10
# Most columns where the user asks for all coalitions: 65,536 for each background row.
MOST_COLUMNS_ON_REQUEST = 16


@dataclass(frozen=True, eq=False)
class Block:
    """Some coalitions of a design.

    Attributes
    ----------
    masks : ndarray of shape (n_coalitions, n_columns), dtype bool
        True where a column comes from the row to be explained.
    background : ndarray of shape (n_coalitions,), dtype int
        The background row that gives the other columns.
    weights : ndarray of shape (n_columns, n_coalitions) or (n_scores, n_columns, n_coalitions), dtype float64
        What the score of each coalition counts in each column's value: for all scores alike, or for each score.
    """

    masks: np.ndarray
    background: np.ndarray
    weights: np.ndarray


class ExactDesign:
    """All coalitions with all background rows.

    The Shapley value [1]_ of column j is the mean of v(S with j) - v(S) over all orders of the columns, where S are the
    columns before j. A coalition of s of d columns is S with j in (s - 1)! (d - s)! of d! orders, and S in
    s! (d - s - 1)!. v(S) is the mean score over background rows [2]_.

    Parameters
    ----------
    n_columns : int
    n_background : int

    References
    ----------
    .. [1] Shapley (1953), "A value for n-person games", Contributions to the Theory of Games 2, eq. 10.
    .. [2] Lundberg, Lee (2017), "A Unified Approach to Interpreting Model Predictions",
       https://arxiv.org/abs/1705.07874, eq. 8 and 11: columns that are left out are drawn independently of the others.

    Examples
    --------
    >>> design = ExactDesign(n_columns=2, n_background=1)
    >>> (block,) = design.blocks(100)
    >>> block.masks.tolist(), block.weights.tolist()
    ([[True, False], [False, True]], [[0.5, -0.5], [-0.5, 0.5]])
    >>> design.row_weights
    array([0.5, 0.5])
    """

    def __init__(self, n_columns, n_background):
        self.n_columns, self.n_background = n_columns, n_background
        numbers = np.arange(1, 2**n_columns - 1)
        self._masks = (numbers[:, None] >> np.arange(n_columns)) & 1 == 1
        size = self._masks.sum(axis=1)
        of_size = np.array([1.0 / (s * comb(n_columns, s)) if s else 0.0 for s in range(n_columns + 1)])
        # (s - 1)! (d - s)! / d! = 1 / (s C(d, s)), and s! (d - s - 1)! / d! = 1 / ((d - s) C(d, s)).
        self._weights = np.where(self._masks.T, of_size[size], -of_size[n_columns - size]) / n_background

    @property
    def n_coalitions(self):
        """Coalitions of each row, all background rows together."""
        return len(self._masks) * self.n_background

    @property
    def row_weights(self):
        """What the score of the row itself counts in each column's value: ndarray of shape (n_columns,)."""
        return np.full(self.n_columns, 1.0 / self.n_columns)

    @property
    def background_weights(self):
        """What the score of each background row counts: ndarray of shape (n_columns, n_background)."""
        return np.full((self.n_columns, self.n_background), -1.0 / (self.n_columns * self.n_background))

    def whole_rows(self, of_rows, of_background):
        """What the scores of whole rows add to the values: ndarray of shape (n_rows, n_columns, n_scores)."""
        return of_rows[:, np.newaxis] * self.row_weights[:, np.newaxis] + self.background_weights @ of_background

    def corrections(self, game):
        """Nothing: the values are a mean of steps."""
        return ()

    def blocks(self, size):
        """The coalitions in blocks of at most `size`."""
        for row in range(self.n_background):
            for start in range(0, len(self._masks), size):
                part = slice(start, start + size)
                masks = self._masks[part]
                yield Block(masks, np.full(len(masks), row), self._weights[:, part])


class WalkDesign:
    """Random orders of the columns, each walked there and back.

    A walk starts at a background row and takes one column after another from the row to be explained. The step of a
    column is its value in this order; its mean over orders is the Shapley value [1]_. Each order is walked backwards
    too: then the mean of the two is exact wherever columns interact in pairs only [2]_. Each pair of walks starts at
    another background row, until all had their turn.

    With complements of random coalitions and least squares (KernelSHAP) the error was the same for few coalitions, and
    up to twice as large where each background row has a walk of its own.

    Parameters
    ----------
    n_columns : int
        At least 2.
    n_background : int
    n_pairs : int
        Orders, each walked twice.
    rng : RandomState
    starts : ndarray of shape (n_pairs,), dtype int, default=None
        The background row of each pair of walks. None: each in turn, in random order.

    References
    ----------
    .. [1] Castro, Gomez, Tejada (2009), "Polynomial calculation of the Shapley value based on sampling", Computers &
       Operations Research 36, section 3.
    .. [2] Mitchell, Cooper, Frank, Holmes (2022), "Sampling Permutations for Shapley Value Estimation",
       https://arxiv.org/abs/2104.12199, section 2.2 (antithetic sampling).

    Examples
    --------
    >>> import numpy as np
    >>> design = WalkDesign(2, 1, 1, np.random.RandomState(0))
    >>> (block,) = design.blocks(100)
    >>> block.weights.tolist(), design.row_weights.tolist()
    ([[-0.5, 0.5], [0.5, -0.5]], [0.5, 0.5])
    """

    def __init__(self, n_columns, n_background, n_pairs, rng, starts=None):
        self.n_columns, self.n_background, self.n_pairs = n_columns, n_background, n_pairs
        rounds = -(-n_pairs // n_background)
        #: The background row of each pair of walks.
        self.rows = starts
        if starts is None:
            self.rows = np.concatenate([rng.permutation(n_background) for _ in range(rounds)])[:n_pairs]
        orders = np.array([rng.permutation(n_columns) for _ in range(n_pairs)])
        #: The place of each column in each walk, (n_walks, n_columns): the way there and the way back in turn.
        places = np.argsort(orders, axis=1)
        self.places = np.stack([places, n_columns - 1 - places], axis=1).reshape(-1, n_columns)

    @property
    def n_coalitions(self):
        """Coalitions of each row, without the row itself and the background rows."""
        return 2 * self.n_pairs * (self.n_columns - 1)

    @property
    def row_weights(self):
        """What the score of the row itself counts in each column's value: ndarray of shape (n_columns,)."""
        return (self.places == self.n_columns - 1).mean(axis=0)

    @property
    def background_weights(self):
        """What the score of each background row counts: ndarray of shape (n_columns, n_background)."""
        weights = np.zeros((self.n_columns, self.n_background))
        np.subtract.at(weights.T, np.repeat(self.rows, 2), (self.places == 0) / len(self.places))
        return weights

    def whole_rows(self, of_rows, of_background):
        """What the scores of whole rows add to the values: ndarray of shape (n_rows, n_columns, n_scores)."""
        return of_rows[:, np.newaxis] * self.row_weights[:, np.newaxis] + self.background_weights @ of_background

    def corrections(self, game):
        """Nothing: the values are a mean of steps."""
        return ()

    @property
    def pair_of_coalitions(self):
        """The pair of walks that each coalition belongs to: ndarray of shape (n_coalitions,)."""
        return np.repeat(np.arange(self.n_pairs), 2 * (self.n_columns - 1))

    def blocks(self, size):
        """The coalitions in blocks of about `size`, whole pairs of walks."""
        at_once = max(1, size // (2 * (self.n_columns - 1)))
        for start in range(0, self.n_pairs, at_once):
            pairs = slice(start, min(start + at_once, self.n_pairs))
            places = self.places[2 * pairs.start : 2 * pairs.stop]
            steps = np.arange(1, self.n_columns)
            masks = places[:, np.newaxis] < steps[:, np.newaxis]
            # The column at place s - 1 has just joined at step s, and the column at place s joins next.
            joined = (places[:, np.newaxis] == steps[:, np.newaxis] - 1).astype(np.float64)
            joined -= places[:, np.newaxis] == steps[:, np.newaxis]
            yield Block(
                masks.reshape(-1, self.n_columns),
                np.repeat(self.rows[pairs], 2 * len(steps)),
                joined.reshape(-1, self.n_columns).T / len(self.places),
            )


def check_exact(n_columns):
    """Raise where there are too many columns for all coalitions."""
    if n_columns > MOST_COLUMNS_ON_REQUEST:
        raise ValueError(
            f"method='exact' computes 2^d coalitions, and X has d = {n_columns} columns. Pass method='sampled', or at "
            f"most {MOST_COLUMNS_ON_REQUEST} columns."
        )
