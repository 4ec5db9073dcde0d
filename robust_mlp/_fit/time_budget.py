"""What a fit under a time budget (`max_time`) begins with: the rows and members that there is time for.

Estimates by shapes. The stages themselves ask the `Deadline` when their turn comes."""

import numpy as np
from scipy import sparse

from robust_mlp._core.training_cost import TIME_OF_TRACING, TrainingCost
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.pieces import N_PIECES
from robust_mlp._fit.resolve_plan import MEMBERS_BY_ROWS, resolve_plan

# Part of the budget that may go into what every row costs. The rest is for the training.
SHARE_FOR_ROWS = 0.5
# A budget of next to nothing still gets a network of some rows, within this many seconds.
LEAST_SECONDS = 0.15
# Fewest rows that a table is cut to, and of each class.
FEWEST_ROWS, FEWEST_OF_CLASS = 200, 4
# Inputs that a category becomes.
INPUTS_OF_CATEGORY = 8
# What a fit with a time budget can do without, as the report calls it.
EXTRA_MEMBERS = "extra members (additive and radial)"
# Extra members pay if the others can make about so many epochs in half of the time that is left.
EPOCHS_BEFORE_EXTRAS = 20
# Estimates are meant to be too large. Trainings on twelve large tables took .02 to .24 of them
# (`python -m benchmarks.accuracy.time_budget`).
LARGEST_SHARE_OF_ESTIMATE = 0.25
# A budget may pay for so many members. With 24 in place of 6, the log loss of five large tables changed by -.6, -.5,
# -.4, -.4 and +.3 %.
MOST_MEMBERS_IN_TIME = 24
# Part of the budget that the schedule as planned may take with them. It may become four times as long while it runs,
# which gains more where the loss still falls.
SHARE_FOR_MEMBERS = 0.5


def within_budget(estimator, table, reader, deadline, n_classes, seed):
    """The table, or as many of its rows as there is time for, drawn by class.

    Parameters
    ----------
    estimator : RobustMLPClassifier
        With checked parameters.
    table : LabelledTable
    reader : TableReader
    deadline : Deadline
        Rows that there is no time for are noted.
    n_classes : int
    seed : int

    Returns
    -------
    table : LabelledTable
        The same object if there is no limit, or time for all rows.
    """
    if not deadline.is_set:
        return table
    cost = cost_of(estimator, table, reader, n_classes)
    seconds = max(SHARE_FOR_ROWS * deadline.seconds, LEAST_SECONDS)
    n_rows = max(int(seconds / cost.seconds_per_row), FEWEST_ROWS, FEWEST_OF_CLASS * n_classes)
    if n_rows >= len(table):
        return table
    rows = drawn_by_class(table.codes, n_rows, seed)
    deadline.leave_out(f"{len(table) - len(rows):,} of {len(table):,} rows")
    return table.at(rows)


def cost_of(estimator, table, reader, n_classes):
    """The TrainingCost of the estimator's network on a table."""
    n_numbers = reader.kinds.count(NUMBER)
    is_sparse = sparse.issparse(table.X)
    plan = resolve_plan(estimator, len(table), n_numbers, is_sparse=is_sparse)
    if is_sparse:  # what a row costs are its stored cells
        return TrainingCost(plan, -(-table.X.nnz // len(table)), n_classes)
    n_inputs = n_numbers * (1 + N_PIECES * (plan.numerical_embedding is not None))
    return TrainingCost(plan, n_inputs + INPUTS_OF_CATEGORY * (len(reader.kinds) - n_numbers), n_classes)


def drawn_by_class(codes, n_rows, seed):
    """About `n_rows` row numbers, ascending: the same share of each class, but some of the rarest.

    Parameters
    ----------
    codes : ndarray of shape (n,), dtype int
    n_rows : int
        Below n.
    seed : int

    Returns
    -------
    rows : ndarray of int
    """
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    counts = np.bincount(codes)
    wanted = np.minimum(counts, np.maximum(np.ceil(counts * n_rows / len(codes)).astype(int), FEWEST_OF_CLASS))
    place = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(by_class[place < np.repeat(wanted, counts)])


def may_train_extras(plan, data, deadline):
    """Whether there is time for extra members beside those of the plan. If not, it is noted.

    A training that is cut cannot use them, and they would take its processor time.
    """
    if not deadline.is_set:
        return True
    cost = TrainingCost(plan, data.rows.shape[1], data.n_classes)
    n_train = max(map(len, data.train))
    epochs = min(plan.max_iter, EPOCHS_BEFORE_EXTRAS)
    seconds = LARGEST_SHARE_OF_ESTIMATE * epochs * cost.seconds_of_epoch(n_train)
    return deadline.allows(EXTRA_MEMBERS, TIME_OF_TRACING + 2 * seconds)


def members_in_time(estimator, n_members, n_rows, cost, deadline):
    """Number of members that a budget pays for: more than without one, where there is time.

    The answer depends on the budget and on shapes, so that the same call has the same members again.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    n_members : int
        Without a budget.
    n_rows : int
    cost : callable
        Without arguments: the TrainingCost of the estimator's network.
    deadline : Deadline

    Returns
    -------
    n_members : int
    """
    # Few rows have all the members that pay in any case.
    has_most = n_members >= MEMBERS_BY_ROWS[0][1]
    if not deadline.is_set or estimator.n_members != "auto" or has_most:
        return n_members
    cost = cost()
    of_one = LARGEST_SHARE_OF_ESTIMATE * cost.plan.max_iter * cost.seconds_of_epoch(n_rows) / cost.plan.n_members
    affordable = int((SHARE_FOR_MEMBERS * deadline.seconds - TIME_OF_TRACING) / of_one)
    return max(n_members, min(MOST_MEMBERS_IN_TIME, affordable))
