"""A tournament of the background rows: what each of them is worth against each other one, from half of the predictions.

Exchanging a row and its background row turns all signs round. A walk there and back from row k to row i sees the mixed
rows that the walk from i to k sees in the same order of columns. So each two rows play once, for both.

Knows games and designs. It never looks at a table."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._system.threads import for_each
from robust_mlp.explanation.contributions._designs import WalkDesign

# Scores of mixed rows that are computed at once in each thread: 4 MB.
MOST_SCORES = 2**19
# Blocks for each thread, so that no thread waits long for another.
BLOCKS_PER_THREAD = 3
# Mixtures of the scores by which starts are chosen. Of many classes all scores together would take much memory, and the
# lengths of vectors are nearly kept by a few random mixtures (Johnson and Lindenstrauss 1984).
N_MIXTURES = 2


@dataclass(frozen=True, eq=False)
class Round:
    """Pairs of background rows that play with the same order of columns.

    Attributes
    ----------
    first, second : ndarray of shape (n_pairs,), dtype int
        Columns of a coalition come from the first, the others from the second.
    design : WalkDesign
        One order, walked there and back.
    """

    first: np.ndarray
    second: np.ndarray
    design: WalkDesign

    @property
    def block(self):
        """The coalitions and their weights."""
        return next(self.design.blocks(1))

    def values(self, scores, wholes):
        """What the first rows are worth against the second: ndarray of shape (n_pairs, n_columns, n_scores).

        Parameters
        ----------
        scores : ndarray of shape (n_pairs, n_coalitions, n_scores)
            Of the mixed rows of `block`.
        wholes : ndarray of shape (n_background, n_scores)
            Of the background rows as they are.
        """
        values = self.block.weights @ scores
        values += wholes[self.first][:, np.newaxis] * self.design.row_weights[:, np.newaxis]
        values += wholes[self.second][:, np.newaxis] * self.design.background_weights
        return values


@dataclass(frozen=True, eq=False)
class Tournament:
    """Values of the background rows.

    Attributes
    ----------
    known : ndarray of shape (n_background, n_columns, n_scores)
        Of each row against all of them, itself included. The sum over the rows is 0.
    mixtures : ndarray of shape (n_background, n_background, n_columns, n_mixtures), dtype float32
        Of each row against each, in mixtures of the scores.
    """

    known: np.ndarray
    mixtures: np.ndarray


def play_tournament(game, rng):
    """Let each two background rows of a game play once, from a walk there and back in a random order.

    Parameters
    ----------
    game : NetworkGame or TableGame
        With at least two background rows.
    rng : RandomState

    Returns
    -------
    tournament : Tournament
    """
    n = game.n_background
    wholes, rounds = game.scores_of_background(), rounds_of(game, rng)
    mixtures = Mixtures(game, rng)
    known = np.zeros((n, game.n_columns, game.n_scores))

    def play(numbers):
        chosen = [rounds[i] for i in numbers]
        scores = game.scores_of_pairs([(one.block.masks, one.first, one.second) for one in chosen])
        return [(one, one.values(of_round, wholes)) for one, of_round in zip(chosen, scores, strict=True)]

    for one, values in played(play, rounds, game):
        known[one.first] += values
        known[one.second] -= values
        mixtures.note(one, values)
    return Tournament(known / n, mixtures.found)


def rounds_of(game, rng):
    """Every Round of a game's background rows, each with an order of the columns of its own."""
    return [
        Round(first, second, WalkDesign(game.n_columns, 1, 1, rng)) for first, second in pairings(game.n_background)
    ]


def played(play, rounds, game):
    """The results of all rounds, in their order.

    Parameters
    ----------
    play : callable
        From the numbers of some rounds, ndarray of int, to a list with a result for each of them.
    rounds : list of Round
    game : NetworkGame or TableGame

    Yields
    ------
    result : object
        Whatever thread was first, the results come in one order, so that sums of them have the same bits.
    """
    size = len(rounds[0].first) * rounds[0].design.n_coalitions * game.n_scores
    n_blocks = max(-(-size * len(rounds) // MOST_SCORES), BLOCKS_PER_THREAD * game.n_threads)
    parts = [part for part in np.array_split(np.arange(len(rounds)), n_blocks) if len(part)]
    found: list[list] = [[] for _ in parts]

    def play_part(number):
        found[number] = play(parts[number])

    for_each(play_part, range(len(parts)), game.n_threads)
    for results in found:
        yield from results


class Mixtures:
    """What each background row is worth against each, in mixtures of the scores: `found`, as in `Tournament`."""

    def __init__(self, game, rng):
        n, n_scores = game.n_background, game.n_scores
        self._projection = np.eye(n_scores) if n_scores <= N_MIXTURES else rng.normal(size=(n_scores, N_MIXTURES))
        self.found = np.zeros((n, n, game.n_columns, self._projection.shape[1]), np.float32)

    def note(self, one, values):
        """Put in the values of a Round."""
        mixed = values @ self._projection
        self.found[one.first, one.second] = mixed
        self.found[one.second, one.first] = -mixed


def pairings(n):
    """The rounds in which each two of `n` players meet once, and nobody plays twice in a round (the circle method).

    Parameters
    ----------
    n : int
        At least 2.

    Returns
    -------
    rounds : list of (ndarray, ndarray)

    Examples
    --------
    >>> [(first.tolist(), second.tolist()) for first, second in pairings(4)]
    [([3, 1], [0, 2]), ([3, 2], [1, 0]), ([3, 0], [2, 1])]
    """
    turning = n - 1 if n % 2 == 0 else n  # of an odd number of players one pauses
    steps = np.arange(1, (turning + 1) // 2)
    rounds = []
    for start in range(turning):
        first, second = (start + steps) % turning, (start - steps) % turning
        if n % 2 == 0:
            first, second = np.append(n - 1, first), np.append(start, second)
        rounds.append((first, second))
    return rounds


def choose_starts(mixtures, n_starts):
    """The background rows against which the others are worth most nearly what they are worth against all.

    One after the other is taken, the one with which the mean comes nearest, up to a constant for each column. Then each
    is exchanged while that brings the mean nearer.

    Parameters
    ----------
    mixtures : ndarray of shape (n_background, n_background, n_columns, n_mixtures)
    n_starts : int
        Fewer than `n_background`.

    Returns
    -------
    starts : ndarray of shape (n_starts,), dtype int
        Ascending.
    """
    n = len(mixtures)
    gaps = mixtures - mixtures.mean(axis=1, keepdims=True)
    gaps -= gaps.mean(axis=0)
    gaps = np.moveaxis(gaps, 1, 0).reshape(n, -1)
    products = (gaps @ gaps.T).astype(np.float64)
    sizes = products.diagonal()
    chosen: list[int] = []
    for _ in range(n_starts):
        rises = sizes + 2 * products[:, chosen].sum(axis=1)
        rises[chosen] = np.inf
        chosen.append(int(rises.argmin()))
    for place in range(n_starts):
        others = chosen[:place] + chosen[place + 1 :]
        rises = sizes + 2 * products[:, others].sum(axis=1)
        rises[others] = np.inf
        chosen[place] = int(rises.argmin())
    return np.sort(chosen)
