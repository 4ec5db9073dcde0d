"""From the estimator's parameters to a TrainingPlan: here every 'auto' gets its value.

Looks at the size of the table only. Checks nothing: see _core/parameters.py."""

import math
from dataclasses import fields, replace
from numbers import Integral

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._data.encoding import N_PIECES

# An epoch of about twenty updates, in batches that are powers of two: fewer rows than 32 make the gradient too noisy,
# more than 256 make the updates too few. Batches twice as large are as good on the tables of benchmarks/accuracy and no
# faster: early stopping then takes nearly twice as many epochs.
UPDATES_PER_EPOCH = 20
SMALLEST_BATCH, LARGEST_BATCH = 32, 256
# 'auto' schedules fall to nothing over so many updates, and at least so many epochs. On the founding table of 60,000
# rows the held-out loss is lowest after about 2,000 updates; a slower fall only lets it rise again.
UPDATES_OF_SCHEDULE, FEWEST_EPOCHS_OF_SCHEDULE = 2_000, 10
# Members cost time in proportion and gain most where rows are few: (up to this many rows, this many members). So chosen
# a fit takes some seconds on two cores, whatever the size of the table.
MEMBERS_BY_ROWS = ((2_000, 12), (5_000, 8), (20_000, 4))
# Up to this many rows narrower layers predict as well, in .7 of the time.
FEW_ROWS = 1_000
LAYERS_OF_FEW_ROWS, LAYERS = (64, 64), (128, 128)
# The embedding makes a number some sixteen inputs. It is left out where the first layer would have more inputs than
# this, and where the table that the network is given would have more cells than this (200 MB).
MOST_EMBEDDED_INPUTS, MOST_EMBEDDED_CELLS = 2_000, 50_000_000
# Below this many rows a held-out tenth is too few to pick an epoch by.
FEWEST_ROWS_FOR_EARLY_STOPPING = 200


def resolve_plan(estimator, n_rows, n_numbers, *, n_trained=None, earlier=None, n_members=None, early_stopping=None):
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
        Rows of an epoch, where a sampler makes them fewer; batches and epochs go by these.
    earlier : dict or None, default=None
        Architecture of the network that the training goes on with: what is 'auto' stays as it is there.
    n_members, early_stopping : int, bool, or None, default=None
        What the split of the rows allows; None goes by their number alone.

    Returns
    -------
    plan : TrainingPlan
    """
    layers = resolve_hidden_layer_sizes(estimator, n_rows)
    if earlier is not None and isinstance(estimator.hidden_layer_sizes, str):
        layers = earlier["hidden_layer_sizes"]
    if n_members is None:
        n_members = resolve_n_members(estimator, n_rows, earlier)
    if early_stopping is None:
        early_stopping = resolve_early_stopping(estimator, n_rows, n_members)
    optimizer, learning_rate = _optimizer_of(estimator)
    n_trained = n_trained or n_rows
    batch_size = _auto_batch_size(n_trained) if estimator.batch_size == "auto" else int(estimator.batch_size)
    schedule, max_iter = _schedule_of(estimator, n_trained, batch_size)
    embedding = resolve_embedding(estimator, n_rows, n_numbers)
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
        weight_decay=float(estimator.weight_decay),
        label_smoothing=float(estimator.label_smoothing),
        batch_size=batch_size,
        max_iter=max_iter,
        shuffle=bool(estimator.shuffle),
        early_stopping=early_stopping,
        n_iter_no_change=int(estimator.n_iter_no_change),
        tol=float(estimator.tol),
        scale=estimator.scale,
        # Raw columns were asked for: an embedding beside them only where that was asked for too.
        numerical_embedding=None if estimator.scale is None and estimator.numerical_embedding == "auto" else embedding,
        embedding_once_scaled=embedding,
        linear_path=bool(estimator.linear_path),
        use_class_weight=estimator.class_weight is not None,
    )


def resolve_plan_of_parts(estimator, n_rows, n_numbers, architecture=None):
    """The plan of `partial_fit`: one epoch a call, nothing held out.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    n_rows, n_numbers : int
        Distinct rows and columns of numbers of the first part. It does not tell how many rows will come, so that layers
        are those of many.
    architecture : dict or None, default=None
        That of the network which `fit` left behind: a repair may have changed it.

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
    # Members earn their time by the rows that they leave out, and here they leave out none.
    return replace(plan, n_members=1) if estimator.n_members == "auto" else plan


def with_earlier_repairs(plan, first, kept):
    """A plan with what the guard repaired in the fit before, for `warm_start` to go on with.

    Parameters
    ----------
    plan : TrainingPlan
        Resolved from the parameters of now.
    first, kept : TrainingPlan
        That of the parameters of then, and that of the network which was kept.

    Returns
    -------
    plan : TrainingPlan
        Where a parameter was changed since then, the user's new value counts.
    """
    names = [field.name for field in fields(plan)]
    repaired = [name for name in names if getattr(kept, name) != getattr(first, name)]
    unchanged = [name for name in repaired if getattr(plan, name) == getattr(first, name)]
    return replace(plan, **{name: getattr(kept, name) for name in unchanged})


def resolve_hidden_layer_sizes(estimator, n_rows=None):
    """Units of each hidden layer, as a tuple; 'auto' goes by the number of rows, or is for many where it is None."""
    sizes = estimator.hidden_layer_sizes
    if isinstance(sizes, str):
        return LAYERS_OF_FEW_ROWS if n_rows is not None and n_rows <= FEW_ROWS else LAYERS
    return (int(sizes),) if isinstance(sizes, Integral) else tuple(int(s) for s in sizes)


def resolve_n_members(estimator, n_rows, earlier=None):
    """How many members; 'auto' spends them where rows are few, or stays with those of an `earlier` architecture."""
    if estimator.n_members != "auto":
        return int(estimator.n_members)
    if earlier is not None:
        return earlier["n_members"]
    for most_rows, n_members in MEMBERS_BY_ROWS:
        if n_rows <= most_rows:
            return n_members
    return 1


def resolve_early_stopping(estimator, n_rows, n_members):
    """Whether the epoch is picked on held-out rows; members have those at no cost."""
    if estimator.early_stopping != "auto":
        return bool(estimator.early_stopping)
    return n_members > 1 or n_rows >= FEWEST_ROWS_FOR_EARLY_STOPPING


def resolve_embedding(estimator, n_rows, n_numbers):
    """How scaled numbers are embedded; 'auto' cuts them into pieces, for most members, where that stays small."""
    if estimator.numerical_embedding != "auto":
        return estimator.numerical_embedding
    n_inputs = n_numbers * N_PIECES
    is_small = n_inputs <= MOST_EMBEDDED_INPUTS and n_rows * n_inputs <= MOST_EMBEDDED_CELLS
    return "mixed" if is_small else None


def _auto_batch_size(n_rows):
    wanted = 2 ** round(math.log2(max(n_rows / UPDATES_PER_EPOCH, 1)))
    return int(min(LARGEST_BATCH, max(SMALLEST_BATCH, wanted)))


def _schedule_of(estimator, n_rows, batch_size):
    """(schedule, epochs): 'auto' is a cosine that is over when enough updates are made, or at `max_iter`."""
    schedule, max_iter = estimator.learning_rate_schedule, int(estimator.max_iter)
    if not _is_auto(schedule):
        return schedule, max_iter
    epochs = math.ceil(UPDATES_OF_SCHEDULE / math.ceil(n_rows / batch_size))
    return "cosine", min(max_iter, max(epochs, FEWEST_EPOCHS_OF_SCHEDULE))


def _is_auto(schedule):
    return isinstance(schedule, str) and schedule == "auto"


def _optimizer_of(estimator):
    """(name or plain settings, learning rate); an optimizer object brings its own learning rate."""
    if isinstance(estimator.optimizer, str):
        return estimator.optimizer.lower(), float(estimator.learning_rate)
    from robust_mlp._network.optimizers import learning_rate_of, settings_of

    return settings_of(estimator.optimizer), learning_rate_of(estimator.optimizer)
