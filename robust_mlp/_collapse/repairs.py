"""Repairs: for each cause the change of plan that removes it, and the plain plan to end with.

A repair is a function from plan to plan. Never trains, and never judges whether it helped."""

import math
from dataclasses import replace

from robust_mlp._collapse.causes.inputs import decay_of, has_own_schedule, is_plain, name_of, usual_rates
from robust_mlp._collapse.causes.network import deepest
from robust_mlp._collapse.causes.training import LITTLE_PATIENCE, MANY_UPDATES, usual_batch_size
from robust_mlp._core.activations import activation_called

# After a repair of the budget a training may make this many updates, as by default; early stopping usually ends it
# before.
ENOUGH_UPDATES = MANY_UPDATES
LITTLE_ROOM = 500  # updates: a quarter of what the default schedule takes
# Of all rows, members train on at least this share: on half, if there are two.
LEAST_OF_SCHEDULE = 0.4
FEWEST_EPOCHS, MOST_EPOCHS = 10, 2000
TIMES_MORE_EPOCHS = 4  # two steps of it are all that a saturating network needs on the tables of benchmarks/held_back
PATIENCE = 20  # epochs without a gain, for a network that hesitates
USUAL_CLIP_NORM = 1.0  # Pascanu et al. (2013), https://arxiv.org/abs/1211.5063, section 3.2: near the usual norm
USUAL_MAX_NORM = 3.0  # Srivastava et al. (2014), appendix A.2: 3 to 4 suits most networks
MILD_DROPOUT, MILD_DECAY = 0.1, 1e-2
PLAIN_LAYERS, PLAIN_ACTIVATION, PLAIN_SCHEDULE = (128, 128), "silu", "cosine"  # the defaults for many rows
NAMED_SCHEDULES = ("constant", "cosine", "exponential", "linear")  # any other is the user's own
SHALLOW = 4  # hidden layers that a plain network trains through whatever the activation


def scale_columns(plan, cause, facts):
    """Standardize; by median and quartiles, which very large cells do not move, where there may be any."""
    has_giants = facts is None or facts.heavy_tailed is None or len(facts.heavy_tailed()) > 0
    embedding = plan.numerical_embedding or plan.embedding_once_scaled
    return replace(plan, scale="robust" if has_giants else "standard", numerical_embedding=embedding)


def shuffle_rows(plan, cause, facts):
    """Take the rows in a new random order in every epoch."""
    return replace(plan, shuffle=True)


def drop_label_smoothing(plan, cause, facts):
    """Learn from the labels as they are."""
    return replace(plan, label_smoothing=0.0)


def drop_class_weights(plan, cause, facts):
    """Count every row alike."""
    return replace(plan, use_class_weight=False)


def usual_learning_rate(plan, cause, facts):
    """Go to Adam's usual learning rate, or that of the optimizer if its steps adapt as well."""
    _, usual, _ = usual_rates(plan.optimizer)
    if is_plain(plan.optimizer):
        # Plain gradient steps that suit one table are far too large or too small for the next.
        return replace(no_own_schedule(plan), optimizer="adam", learning_rate=usual_rates("adam")[1])
    return replace(no_own_schedule(plan), learning_rate=usual)


def more_learning_rate(plan, cause, facts):
    """The same, with epochs enough to use it."""
    return enough_epochs(usual_learning_rate(plan, cause, facts), cause, facts)


def usual_steps(plan, cause, facts):
    """Take the optimizer without the user's bounds on its steps, at its usual rate."""
    return more_learning_rate(replace(plan, optimizer=name_of(plan.optimizer), clip_norm=None), cause, facts)


def usual_schedule(plan, cause, facts):
    """Let the rate fall as the default schedule does, over as many updates; hold it if an optimizer had a schedule."""
    if plan.learning_rate_schedule is None:
        return no_own_schedule(plan)
    most = min(plan.max_iter, _enough(plan, facts))
    return replace(no_own_schedule(plan), learning_rate_schedule=PLAIN_SCHEDULE, max_iter=most)


def no_own_schedule(plan):
    """Hold the learning rate where the user's own schedule may be what is wrong with it; named schedules are fine."""
    if has_own_schedule(plan.optimizer):
        plan = replace(plan, optimizer=name_of(plan.optimizer))
    is_own = plan.learning_rate_schedule not in (None, *NAMED_SCHEDULES)
    return replace(plan, learning_rate_schedule=None) if is_own else plan


def smaller_batches(plan, cause, facts):
    """Take batches small enough for many updates an epoch, and epochs enough."""
    n_train = facts.n_train if facts is not None else plan.batch_size
    return enough_epochs(replace(plan, batch_size=min(plan.batch_size, usual_batch_size(n_train))), cause, facts)


def usual_batches(plan, cause, facts):
    """Take batches of more than one row."""
    n_train = facts.n_train if facts is not None else plan.batch_size
    return enough_epochs(replace(plan, batch_size=max(plan.batch_size, usual_batch_size(n_train))), cause, facts)


def enough_epochs(plan, cause, facts):
    """Allow epochs enough for `ENOUGH_UPDATES` updates, if they were fewer.

    An 'auto' schedule stays as it is, unless it was made for far larger batches.
    """
    needed = _enough(plan, facts)
    if plan.ends_with_schedule and plan.max_iter >= LEAST_OF_SCHEDULE * needed:
        return plan
    return replace(plan, max_iter=max(plan.max_iter, needed))


def _enough(plan, facts):
    """Epochs of `ENOUGH_UPDATES` updates, counted as the default schedule does: with the rows that members hold out."""
    rows = plan.batch_size if facts is None else min(facts.n_rows, facts.n_train / LEAST_OF_SCHEDULE)
    steps = max(math.ceil(rows / plan.batch_size), 1)
    return min(max(-(-ENOUGH_UPDATES // steps), FEWEST_EPOCHS), MOST_EPOCHS)


def more_epochs(plan, cause, facts):
    """Allow epochs enough; if they were enough for most tables, `TIMES_MORE_EPOCHS` as many."""
    enough = enough_epochs(plan, cause, facts)
    if enough.max_iter > plan.max_iter:
        return enough
    return replace(plan, max_iter=max(plan.max_iter, min(TIMES_MORE_EPOCHS * plan.max_iter, MOST_EPOCHS)))


def more_patience(plan, cause, facts):
    """Wait longer before giving up, and count every gain."""
    patient = replace(plan, n_iter_no_change=max(4 * plan.n_iter_no_change, PATIENCE), tol=0.0)
    return enough_epochs(patient, cause, facts)


def add_hidden_layers(plan, cause, facts):
    """Put hidden layers in."""
    return replace(plan, hidden_layer_sizes=PLAIN_LAYERS)


def tame_activation(plan, cause, facts):
    """Use an activation that is curved, and grows no faster than its input."""
    return replace(plan, activation=PLAIN_ACTIVATION)


def let_gradient_through(plan, cause, facts):
    """Use open units; in a deep network the usual number of layers, in another one with open units normalization."""
    saturates = activation_called(plan.activation).saturates
    is_cut = len(plan.hidden_layer_sizes) >= deepest(plan) or (plan.batch_norm and not saturates)
    return replace(
        plan,
        hidden_layer_sizes=plan.hidden_layer_sizes[: len(PLAIN_LAYERS)] if is_cut else plan.hidden_layer_sizes,
        activation=PLAIN_ACTIVATION if saturates else plan.activation,
        batch_norm=plan.batch_norm or not (saturates or is_cut),
    )


def clip_gradient(plan, cause, facts):
    """Bound the gradient's norm and normalize the batches."""
    return replace(plan, clip_norm=USUAL_CLIP_NORM, batch_norm=True)


def revive_units(plan, cause, facts):
    """Use an activation that is never flat, with gentler steps."""
    _, usual, _ = usual_rates(plan.optimizer)
    gentle = min(plan.learning_rate, usual)
    return replace(plan, activation="leaky_relu", learning_rate=gentle, clip_norm=USUAL_CLIP_NORM)


def desaturate_units(plan, cause, facts):
    """Normalize the batches, which keeps units off the flat ends."""
    _, usual, _ = usual_rates(plan.optimizer)
    return replace(plan, batch_norm=True, learning_rate=min(plan.learning_rate, usual))


def mild_dropout(plan, cause, facts):
    """Drop a few units only."""
    return replace(plan, dropout=min(plan.dropout, MILD_DROPOUT))


def no_input_dropout(plan, cause, facts):
    """Show all columns."""
    return replace(plan, input_dropout=0.0)


def mild_decay(plan, cause, facts):
    """Let the weights grow."""
    is_within = decay_of(plan) > max(plan.weight_decay, MILD_DECAY)  # the optimizer's own decay is what is strong
    optimizer = name_of(plan.optimizer) if is_within else plan.optimizer
    return replace(plan, optimizer=optimizer, weight_decay=min(plan.weight_decay, MILD_DECAY))


def usual_max_norm(plan, cause, facts):
    """Let the weights grow to a usual norm."""
    return replace(plan, max_norm=USUAL_MAX_NORM)


def widen(plan, cause, facts):
    """Give the usual number of layers, each at least the usual number of units.

    Who typed one unit did not choose the layers of a network that learns.
    """
    sizes = tuple(max(width, PLAIN_LAYERS[0]) for width in plan.hidden_layer_sizes[: len(PLAIN_LAYERS)])
    return replace(plan, hidden_layer_sizes=sizes + PLAIN_LAYERS[len(sizes) :])


def with_room(plan, facts):
    """The plan with time and patience enough for a training that was repaired, where the user's own are very short.

    What is short by itself may have seemed to be enough, and is not what a network needs that now can learn.
    """
    first = plan
    if plan.early_stopping and plan.n_iter_no_change < LITTLE_PATIENCE:
        plan = replace(plan, n_iter_no_change=PATIENCE)
    if plan.max_iter < _enough(plan, facts) * LITTLE_ROOM / ENOUGH_UPDATES:
        plan = enough_epochs(plan, None, facts)
    return plan.with_typed_epochs_since(first)


REPAIRS = {
    "unscaled_columns": scale_columns,
    "heavy_tailed_columns": scale_columns,
    "sorted_rows": shuffle_rows,
    "label_smoothing_too_strong": drop_label_smoothing,
    "class_weight_too_strong": drop_class_weights,
    "learning_rate_too_high": usual_learning_rate,
    "learning_rate_too_low": more_learning_rate,
    "steps_bounded": usual_steps,
    "schedule_too_short": usual_schedule,
    "batch_of_one": usual_batches,
    "batch_too_large": smaller_batches,
    "too_few_epochs": more_epochs,
    "stopped_too_early": more_patience,
    "no_hidden_layer": add_hidden_layers,
    "linear_activation": tame_activation,
    "exploding_activation": tame_activation,
    "vanishing_gradient": let_gradient_through,
    "exploding_gradient": clip_gradient,
    "dead_units": revive_units,
    "saturated_units": desaturate_units,
    "dropout_too_strong": mild_dropout,
    "input_dropout_too_strong": no_input_dropout,
    "weight_decay_too_strong": mild_decay,
    "max_norm_too_small": usual_max_norm,
    "layer_too_narrow": widen,
}


def repaired(plan, causes, facts):
    """The plan with the repair of every cause, in the order given.

    Parameters
    ----------
    plan : TrainingPlan
    causes : sequence of Cause
    facts : DataFacts or None

    Returns
    -------
    plan : TrainingPlan
    """
    first = plan
    for cause in causes:
        if cause.code in REPAIRS:
            plan = REPAIRS[cause.code](plan, cause, facts)
    return plan.with_typed_epochs_since(first)


def plain_plan(plan, facts, causes=()):
    """A plan that trains on nearly every table: what is tried last.

    Members and early stopping stay, and class weights, which say what the user wants; the rest gives way. Class weights
    that are known to push every row to one class, by the `causes` of the first attempt, give way, too.
    """
    is_pushed = any(cause.code == "class_weight_too_strong" and cause.is_certain for cause in causes)
    n_train = facts.n_train if facts is not None else plan.batch_size
    wide_enough = plan.hidden_layer_sizes and min(plan.hidden_layer_sizes) >= PLAIN_LAYERS[0] // 2
    is_shallow = len(plan.hidden_layer_sizes) <= SHALLOW
    plain = replace(
        plan,
        hidden_layer_sizes=plan.hidden_layer_sizes if wide_enough and is_shallow else PLAIN_LAYERS,
        activation=PLAIN_ACTIVATION,
        dropout=MILD_DROPOUT,
        input_dropout=0.0,
        batch_norm=False,
        max_norm=None,
        optimizer="adam",
        learning_rate=usual_rates("adam")[1],
        learning_rate_schedule=PLAIN_SCHEDULE,
        weight_decay=min(plan.weight_decay, MILD_DECAY),
        label_smoothing=0.0,
        batch_size=usual_batch_size(n_train),
        shuffle=True,
        n_iter_no_change=max(plan.n_iter_no_change, PATIENCE),
        scale="robust",
        numerical_embedding=plan.numerical_embedding or plan.embedding_once_scaled,
        linear_path=True,
        kernel_initializer="auto",
        use_class_weight=plan.use_class_weight and not is_pushed,
    )
    return enough_epochs(plain, None, facts).with_typed_epochs_since(plan)
