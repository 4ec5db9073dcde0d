"""Makes a TrainingPlan from the estimator's parameters: every 'auto' gets its value here.

Uses only the size of the table. Checks nothing: see _core/parameters.py."""

import math
from dataclasses import fields, replace
from numbers import Integral

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._data.pieces import N_PIECES

# An epoch has about twenty updates, and batch sizes are powers of two. Batches below 32 rows make the gradient too
# noisy; batches above 256 rows make too few updates. Batches twice as large give equal accuracy on the tables of
# benchmarks/accuracy, and they are not faster: early stopping then needs nearly twice as many epochs.
UPDATES_PER_EPOCH = 20
SMALLEST_BATCH, LARGEST_BATCH = 32, 256
# An 'auto' schedule lowers the learning rate to 0 over this many updates, and over at least this many epochs.
UPDATES_OF_SCHEDULE, FEWEST_EPOCHS_OF_SCHEDULE = 2_000, 10
# Above this many rows there are more updates from the first. The half of 2,000 updates is two or three epochs there:
# too few to see whether the loss still falls. On sparse tables that was not measured.
MANY_ROWS, UPDATES_WITH_MANY_ROWS = 20_000, 4_000
# A schedule becomes longer while the held-out loss falls, up to so many updates: tables in which place and time tell
# which rows belong together need them all.
MOST_UPDATES = 16_000
# (up to this many rows, this many members). The time of a fit grows in proportion to the members, and members gain most
# if rows are few. But they gain where rows are many, too: on a generated table of 160,000 rows the log loss was .421
# with two, .396 with four and .393 with six. Beyond that a fit would take minutes on two cores.
MEMBERS_BY_ROWS = ((2_000, 12), (5_000, 8), (500_000, 6))
MEMBERS_OF_MANY_ROWS = 4
# Up to this many rows, narrower layers predict equally well in 0.7 x the time.
FEW_ROWS = 1_000
LAYERS_OF_FEW_ROWS, LAYERS = (64, 64), (128, 128)
# The embedding turns one number into about sixteen inputs. 'auto' leaves it out if the first layer would get more than
# this many inputs, or if the encoded table would have more than this many cells (200 MB).
MOST_EMBEDDED_INPUTS, MOST_EMBEDDED_CELLS = 2_000, 50_000_000
# Of a sparse table. Its first kernel has a row for each of thousands of columns, and a column is stored in few rows. 16
# units take half the time of 32. Before the linear member joined, they lost 3 % and 1 % of the log loss on two of six
# tables, and next to nothing on the others. A second layer loses on most of them.
LAYERS_OF_SPARSE = (16,)
# An update reads and writes the whole first kernel, whatever the size of the batch. With 2,048 rows this takes no
# longer than the products.
LARGEST_BATCH_OF_SPARSE = 2_048
# Below this many rows, a held-out tenth is too small to choose an epoch.
FEWEST_ROWS_FOR_EARLY_STOPPING = 200


def resolve_plan(
    estimator,
    n_rows,
    n_numbers,
    *,
    n_trained=None,
    earlier=None,
    n_members=None,
    early_stopping=None,
    is_sparse=False,
):
    """Resolve the estimator's parameters for a table.

    Parameters
    ----------
    estimator : RobustMLPClassifier
        With checked parameters.
    n_rows : int
        Distinct rows to learn from.
    n_numbers : int
        Columns of numbers.
    n_trained : int or None, default=None
        Rows of an epoch, if a sampler draws fewer than `n_rows`. Batch size and epochs then follow from this number.
    earlier : dict or None, default=None
        Architecture of the network that the training continues. Parameters that are 'auto' keep its values.
    n_members, early_stopping : int, bool, or None, default=None
        What the split of the rows allows. None: decided by the number of rows alone.
    is_sparse : bool, default=False
        Whether the table stays sparse.

    Returns
    -------
    plan : TrainingPlan
    """
    layers = resolve_hidden_layer_sizes(estimator, n_rows, is_sparse=is_sparse)
    if earlier is not None and isinstance(estimator.hidden_layer_sizes, str):
        layers = earlier["hidden_layer_sizes"]
    if n_members is None:
        n_members = resolve_n_members(estimator, n_rows, earlier)
    if early_stopping is None:
        early_stopping = resolve_early_stopping(estimator, n_rows, n_members)
    optimizer, learning_rate = _optimizer_of(estimator)
    n_trained = n_trained or n_rows
    batch_size = int(_auto_batch_size(n_trained, is_sparse) if estimator.batch_size == "auto" else estimator.batch_size)
    n_updates = UPDATES_WITH_MANY_ROWS if n_trained > MANY_ROWS and not is_sparse else UPDATES_OF_SCHEDULE
    schedule, max_iter = _schedule_of(estimator, n_trained, batch_size, n_updates)
    embedding = None if is_sparse else resolve_embedding(estimator, n_rows, n_numbers)
    return TrainingPlan(
        hidden_layer_sizes=layers,
        activation=estimator.activation,
        dropout=float(estimator.dropout),
        input_dropout=float(estimator.input_dropout),
        batch_norm=bool(estimator.batch_norm),
        max_norm=None if estimator.max_norm is None else float(estimator.max_norm),
        n_members=n_members,
        optimizer=optimizer,
        learning_rate=learning_rate,
        learning_rate_schedule=schedule,
        has_auto_schedule=_is_auto(estimator.learning_rate_schedule),
        epochs_of_schedule=max_iter if max_iter < int(estimator.max_iter) else None,
        longest_schedule=_longest_schedule(estimator, n_trained, batch_size) if early_stopping else None,
        weight_decay=float(estimator.weight_decay),
        label_smoothing=float(estimator.label_smoothing),
        batch_size=batch_size,
        max_iter=max_iter,
        shuffle=bool(estimator.shuffle),
        early_stopping=early_stopping,
        n_iter_no_change=int(estimator.n_iter_no_change),
        tol=float(estimator.tol),
        scale=estimator.scale,
        # With scale=None the user asks for raw columns. They get an embedding only if the user asks for it, too.
        numerical_embedding=None if estimator.scale is None and estimator.numerical_embedding == "auto" else embedding,
        embedding_once_scaled=embedding,
        linear_path=bool(estimator.linear_path),
        use_class_weight=estimator.class_weight is not None,
    )


def resolve_plan_of_parts(estimator, n_rows, n_numbers, architecture=None):
    """The plan of `partial_fit`: one epoch per call, no held-out rows.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    n_rows, n_numbers : int
        Distinct rows and columns of numbers of the first part. The number of rows to come is unknown, so the layers are
        those for many rows.
    architecture : dict or None, default=None
        Architecture of the network of an earlier `fit`. A repair may have changed it.

    Returns
    -------
    plan : TrainingPlan
    """
    plan = replace(
        resolve_plan(estimator, n_rows, n_numbers, early_stopping=False),
        hidden_layer_sizes=resolve_hidden_layer_sizes(estimator),
        max_iter=1,
        learning_rate_schedule=None,
    )
    if architecture is not None:
        return replace(plan, **architecture)
    # Several members pay off because each holds out other rows. Here all members see the same rows, so 'auto' is one.
    plan = replace(plan, n_members=1) if estimator.n_members == "auto" else plan
    # Pieces are cut at quantiles. Those of a first part may be far from what comes, and nothing moves them later.
    return replace(plan, numerical_embedding=None) if estimator.numerical_embedding == "auto" else plan


def batch_size_for_part(estimator, plan, n_rows):
    """Rows of a batch in a call of `partial_fit`: 'auto' follows the largest call so far.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    plan : TrainingPlan
        Of the calls before.
    n_rows : int
        Of this call.

    Returns
    -------
    batch_size : int
    """
    return max(plan.batch_size, _auto_batch_size(n_rows)) if estimator.batch_size == "auto" else plan.batch_size


def with_earlier_repairs(plan, first, kept):
    """A plan that keeps the repairs of the previous fit, for `warm_start`.

    Parameters
    ----------
    plan : TrainingPlan
        Resolved from the present parameters.
    first, kept : TrainingPlan
        Of the previous fit: the plan from its parameters, and the plan of the network that was kept.

    Returns
    -------
    plan : TrainingPlan
        If the user has changed a parameter since then, it has the user's new value.
    """
    names = [field.name for field in fields(plan)]
    repaired = [name for name in names if getattr(kept, name) != getattr(first, name)]
    unchanged = [name for name in repaired if getattr(plan, name) == getattr(first, name)]
    return replace(plan, **{name: getattr(kept, name) for name in unchanged})


def resolve_hidden_layer_sizes(estimator, n_rows=None, *, is_sparse=False):
    """Units of each hidden layer, as a tuple. 'auto' depends on the number of rows; None means many rows."""
    sizes = estimator.hidden_layer_sizes
    if isinstance(sizes, str) and is_sparse:
        return LAYERS_OF_SPARSE
    if isinstance(sizes, str):
        return LAYERS_OF_FEW_ROWS if n_rows is not None and n_rows <= FEW_ROWS else LAYERS
    return (int(sizes),) if isinstance(sizes, Integral) else tuple(int(s) for s in sizes)


def resolve_n_members(estimator, n_rows, earlier=None):
    """Number of members. 'auto' takes that of an `earlier` architecture; without one, more members if rows are few."""
    if estimator.n_members != "auto":
        return int(estimator.n_members)
    if earlier is not None:
        return earlier["n_members"]
    for most_rows, n_members in MEMBERS_BY_ROWS:
        if n_rows <= most_rows:
            return n_members
    return MEMBERS_OF_MANY_ROWS


def resolve_early_stopping(estimator, n_rows, n_members):
    """Whether early stopping is used. Several members hold out rows in any case, so 'auto' then means True."""
    if estimator.early_stopping != "auto":
        return bool(estimator.early_stopping)
    return n_members > 1 or n_rows >= FEWEST_ROWS_FOR_EARLY_STOPPING


def resolve_embedding(estimator, n_rows, n_numbers):
    """How scaled numbers are embedded. 'auto' is "mixed" (pieces for most members) if the encoded table stays small."""
    if estimator.numerical_embedding != "auto":
        return estimator.numerical_embedding
    n_inputs = n_numbers * N_PIECES
    is_small = n_inputs <= MOST_EMBEDDED_INPUTS and n_rows * n_inputs <= MOST_EMBEDDED_CELLS
    return "mixed" if is_small else None


def _auto_batch_size(n_rows, is_sparse=False):
    wanted = 2 ** round(math.log2(max(n_rows / UPDATES_PER_EPOCH, 1)))
    return int(min(LARGEST_BATCH_OF_SPARSE if is_sparse else LARGEST_BATCH, max(SMALLEST_BATCH, wanted)))


def _schedule_of(estimator, n_rows, batch_size, n_updates):
    """(schedule, epochs). 'auto' is a cosine that ends after enough updates, or at `max_iter` if that comes first."""
    schedule, max_iter = estimator.learning_rate_schedule, int(estimator.max_iter)
    if not _is_auto(schedule):
        return schedule, max_iter
    return "cosine", epochs_of_updates(n_updates, n_rows, batch_size, max_iter)


def _longest_schedule(estimator, n_rows, batch_size):
    """Epochs up to which an 'auto' schedule becomes longer; None for another schedule."""
    if not _is_auto(estimator.learning_rate_schedule):
        return None
    return epochs_of_updates(MOST_UPDATES, n_rows, batch_size, int(estimator.max_iter))


def epochs_of_updates(n_updates, n_rows, batch_size, most):
    """Epochs of an 'auto' schedule of so many updates: `FEWEST_EPOCHS_OF_SCHEDULE` at least, `most` at most."""
    epochs = math.ceil(n_updates / math.ceil(n_rows / batch_size))
    return min(most, max(epochs, FEWEST_EPOCHS_OF_SCHEDULE))


def _is_auto(schedule):
    return isinstance(schedule, str) and schedule == "auto"


def _optimizer_of(estimator):
    """(name or plain settings, learning rate). An optimizer object has its own learning rate."""
    if isinstance(estimator.optimizer, str):
        return estimator.optimizer.lower(), float(estimator.learning_rate)
    from robust_mlp._network.optimizers import learning_rate_of, settings_of

    return settings_of(estimator.optimizer), learning_rate_of(estimator.optimizer)
