"""Boosted trees beside a network that is healthy, on tables of many rows: do trees suit the table far better?

The other simple models see a few thousand rows. There, trees cannot tell fine things that tens of thousands of rows
can. So these trees are fitted to most rows, as far as their time allows: a share of the time that the training took.
The time is estimated from shapes, so the same fit gives the same answer. Trains no network."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from robust_mlp._collapse.simple_models.comparison import BEHIND_ERRORS, common_rows
from robust_mlp._collapse.simple_models.weights_in_trees import cut, given
from robust_mlp._core.deadline import NO_DEADLINE
from robust_mlp._core.group_errors import error_of_mean, normal_errors
from robust_mlp._core.losses import row_losses
from robust_mlp._core.training_cost import TrainingCost

# Fewer rows are what the other simple models are for.
FEWEST_ROWS = 5_000
# Rows that the trees are fitted to, at least: with fewer they say little of what many rows can tell.
FEWEST_TRAINED = 4_000
# Rows that the losses are compared on, at most, and as a share of all. 10,000 tell a difference of 1 % of the loss.
TEST_SHARE, MOST_TESTED = 0.25, 10_000
# On ten tables of 12,000 to 16,000 rows, so many rounds and bins, with this penalty, have about the log loss of 100
# rounds with 255 bins at the usual rate of .1, in a quarter of the time.
N_ROUNDS, LEARNING_RATE, MAX_LEAVES, MAX_BINS, PENALTY = 25, 0.2, 31, 127, 5.0
# A category of more levels is read as a number: the order of its levels. Boosted trees take no more than bins.
MOST_LEVELS = MAX_BINS
# Of the estimated time of the training: with what else the guard does, a healthy fit takes at most 1.02 of its time.
SHARE_OF_TRAINING = 0.013
# Seconds of the call, of one tree for each column (its histograms), and for each cell; of sorting a cell into its bin.
SECONDS_OF_CALL, SECONDS_PER_COLUMN, SECONDS_PER_CELL, SECONDS_PER_BINNED_CELL = 0.02, 1e-4, 4e-9, 1e-7
# Cells that are copied for the trees, at most: 80 MB.
MOST_CELLS = 10_000_000
# Held-out rows of another table come encoded, with a column for each level. With more columns than so many times those
# of the table, trees would take too long.
MOST_TIMES_WIDER = 4
# A number that is cut into pieces becomes about so many inputs of the network.
INPUTS_PER_NUMBER = 16
# Trees are far ahead if their log loss is lower by this share of the network's. A lead of 5 % is worth a word, and the
# estimate of the lead is mostly too small: few rounds on three quarters of the rows are not all that trees can do, and
# members that were trained on a row look too good on it (benchmarks/trees_ahead.py).
FAR_AHEAD = 0.03


@dataclass(frozen=True, kw_only=True, slots=True)
class TreesBeside:
    """A network and boosted trees on the same held-out rows: weighted mean log losses, nats.

    Each row is predicted by the member that left it out. `errors`: how many standard errors the trees are ahead.
    """

    loss: float
    other: float
    errors: float
    n_rows: int
    n_trained: int

    def is_ahead_of(self, loss):
        """Whether the trees are ahead of a network with this loss, by more than chance and by what is worth a word."""
        return self.other <= (1 - FAR_AHEAD) * loss and self.errors > BEHIND_ERRORS


def affordable_rows(plan, n_epochs, n_rows, n_columns, n_classes):
    """Rows that the trees can be fitted to in their share of the training's time.

    Parameters
    ----------
    plan : TrainingPlan
    n_epochs : int
        That the training took.
    n_rows : int
        Rows that each member was trained on.
    n_columns : int
        Of the table as read.
    n_classes : int

    Returns
    -------
    n_affordable : int
        0 if even a tree on no rows would take too long.
    """
    n_inputs = n_columns * (INPUTS_PER_NUMBER if plan.numerical_embedding else 1)
    seconds = n_epochs * TrainingCost(plan, n_inputs, n_classes).seconds_of_epoch(n_rows) * SHARE_OF_TRAINING
    n_trees = N_ROUNDS * (1 if n_classes == 2 else n_classes)
    left = seconds - SECONDS_OF_CALL - n_trees * n_columns * SECONDS_PER_COLUMN
    affordable = int(left / (n_columns * (n_trees * SECONDS_PER_CELL + SECONDS_PER_BINNED_CELL)))
    return max(min(affordable, MOST_CELLS // n_columns), 0)


def trees_beside(source, held_out, n_affordable, *, seed=0, deadline=NO_DEADLINE):
    """Fit boosted trees and compare them with a network on rows that neither was fitted to.

    Parameters
    ----------
    source : ProbeSource
    held_out : HeldOut
        Of the network.
    n_affordable : int
        Rows that the trees may be fitted to, at most.
    seed : int, default=0
        Draws the rows.
    deadline : Deadline, optional

    Returns
    -------
    beside : TreesBeside or None
        None if rows or time are too few.
    """
    if held_out.rows is None or held_out.in_sample or deadline.is_over:
        return None
    table = _from_elsewhere(source, held_out) if source.has_foreign_rows else _from_the_table(source, held_out, seed)
    if table is None or min(len(table.train), n_affordable) < FEWEST_TRAINED or len(table.places) < 2:
        return None
    if len(table.train) > n_affordable:
        rng = np.random.default_rng(seed)
        table = replace(table, train=np.sort(rng.choice(table.train, n_affordable, replace=False)))
    P, places = _predictions(source, table, seed), table.places
    codes, weights = held_out.codes[places], np.asarray(held_out.weights[places], dtype=np.float64)
    own, theirs = row_losses(held_out.probabilities[places], codes), row_losses(P, codes)
    margin = own - theirs
    mean = float(np.average(margin, weights=weights))
    groups = None if held_out.groups is None else held_out.groups[places]
    error = float(error_of_mean(margin, weights, groups))
    errors = mean / error if error > 0 else math.copysign(math.inf, mean)
    return TreesBeside(
        loss=float(np.average(own, weights=weights)),
        other=float(np.average(theirs, weights=weights)),
        errors=errors if groups is None or not math.isfinite(errors) else normal_errors(errors, groups),
        n_rows=len(places),
        n_trained=len(table.train),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Parts:
    """What the trees see: positions in `source.index` to train on, positions in the held-out rows to test on.

    `cells_of` gives the cells of positions to train on, `tested` are those of the rows to test on.
    `is_category`, bool ndarray of shape (n_columns,), says which columns hold numbers of levels.
    """

    train: np.ndarray
    places: np.ndarray
    cells_of: Callable[[np.ndarray], np.ndarray]
    tested: np.ndarray
    is_category: np.ndarray


def _from_the_table(source, held_out, seed):
    """Some of the held-out rows to test on, and all others to train on. Rows of one group are on one side."""
    places, found = common_rows(held_out.rows, source.index)
    n_groups = int(source.groups.max()) + 1
    # Groups in a random order. Those first in it are tested, and the others are trained on.
    order = np.random.default_rng(seed).permutation(n_groups)[source.groups]
    most = int(min(MOST_TESTED, TEST_SHARE * len(source.index)))
    if len(found) > most:
        is_first = order[found] < np.partition(order[found], most)[most]
        places, found = places[is_first], found[is_first]
    is_tested = np.zeros(n_groups, dtype=bool)
    is_tested[source.groups[found]] = True
    train, tested = np.flatnonzero(~is_tested[source.groups]), source.matrix[source.index[found]]

    def cells_of(train):
        return source.matrix[source.index[train]]

    return _Parts(train=train, places=places, cells_of=cells_of, tested=tested, is_category=~source.is_number)


def _from_elsewhere(source, held_out):
    """The user's own held-out rows to test on, encoded, and all rows of the table to train on; None without them."""
    width, n_columns = 0 if source.validation is None else source.validation.shape[1], len(source.is_number)
    if not 0 < width <= MOST_TIMES_WIDER * n_columns:
        return None
    places = np.arange(min(len(held_out.rows), MOST_TESTED))
    return _Parts(
        train=np.arange(len(source.index)),
        places=places,
        cells_of=lambda train: source.encode(source.index[train]),
        tested=source.validation[held_out.rows[places]],
        is_category=np.zeros(width, dtype=bool),
    )


def _predictions(source, table, seed):
    """Probabilities for the rows to test on: ndarray of shape (n_tested, n_classes)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    cells, tested = table.cells_of(table.train), table.tested
    is_category = _few_levels(table.is_category, cells, tested)
    weights = given(source.weights[table.train])
    if weights is not None:
        pieces = cut(cells, is_category, MOST_LEVELS, seed)
        cells, tested = pieces(cells), pieces(tested)
    with warnings.catch_warnings(), threadpool_limits(1):  # as for the other simple models
        warnings.simplefilter("ignore")
        trees = HistGradientBoostingClassifier(
            max_iter=N_ROUNDS,
            learning_rate=LEARNING_RATE,
            max_leaf_nodes=MAX_LEAVES,
            max_bins=MAX_BINS,
            l2_regularization=PENALTY,
            early_stopping=False,
            categorical_features=is_category if is_category.any() else None,
            random_state=seed,
        )
        trees.fit(cells, source.codes[table.train], sample_weight=weights)
        P = np.zeros((len(tested), source.n_classes))
        P[:, trees.classes_] = trees.predict_proba(tested)
    return P


def _few_levels(is_category, cells, tested):
    """Which columns are categories of few levels: bool ndarray of shape (n_columns,)."""
    found = is_category.copy()
    for column in np.flatnonzero(is_category):
        levels = np.append(cells[:, column], tested[:, column])
        found[column] = np.nanmin(levels, initial=0) >= 0 and np.nanmax(levels, initial=0) < MOST_LEVELS
    return found
