"""Causes: why a training went wrong. Each is a small function that takes CauseInputs and returns a Cause or None.

They are tried in a fixed order: data, labels, loss, learning rate and budget, initialization and activation,
regularization, capacity. An early cause often produces the later ones: unscaled columns usually explain dead units."""

from robust_mlp._collapse.causes import data, network, training
from robust_mlp._collapse.causes.cause import Cause

CAUSES = (
    data.unscaled_columns,
    data.heavy_tailed_columns,
    data.sorted_rows,
    training.batch_of_one,
    training.label_smoothing,
    training.class_weights,
    training.learning_rate_too_high,
    training.learning_rate_too_low,
    training.steps_bounded,
    training.schedule_too_short,
    training.batch_too_large,
    training.too_few_epochs,
    training.stopped_too_early,
    training.stopped_by_callback,
    training.too_many_held_out,
    network.no_hidden_layer,
    network.linear_activation,
    network.exploding_activation,
    network.vanishing_gradient,
    network.exploding_gradient,
    network.dropout_too_strong,
    network.input_dropout_too_strong,
    network.weight_decay_too_strong,
    network.max_norm_too_small,
    network.layer_too_narrow,
    network.dead_units,
    network.saturated_units,
    training.gave_up_early,
)


# Causes that the settings and the table alone show, without measurements of the network.
SETTINGS = (
    data.unscaled_columns,
    training.label_smoothing,
    training.learning_rate_too_high,
    training.learning_rate_too_low,
    network.dropout_too_strong,
    network.input_dropout_too_strong,
    network.weight_decay_too_strong,
    network.max_norm_too_small,
)


# Settings that can keep a network from learning more, as far as the settings alone show it.
HOLDING_BACK = (*SETTINGS, training.schedule_too_short, network.too_deep, network.layer_too_narrow)
# Signs that a network may be held back; default settings on ordinary tables show none of them.
SIGNS = (
    training.has_few_updates,
    training.is_unfinished,
    training.lacks_patience,
    training.slow_learning_rate,
    training.bounds_steps,
    training.holds_out_most,
    network.is_slim,
    network.is_linear,
)
# A network that saves so much of the prior's loss has found nearly all there is.
NEARLY_ALL = 0.95


def may_be_held_back(inputs):
    """Whether settings may keep a network, which learned something, far from what the table holds.

    Cheap: settings and records only. Whether it is so, simple models tell.
    """
    comparison = inputs.judged.comparison
    if comparison is not None and comparison.is_finite and comparison.relative_gain >= NEARLY_ALL:
        return False
    shows_signs = inputs.judged.can_be_judged and any(is_shown(inputs) for is_shown in SIGNS)
    return shows_signs or bool(holding_back(inputs))


def holding_back(inputs):
    """Settings that hold most networks back, whether or not they did so here."""
    return _certain(HOLDING_BACK, inputs)


def extreme_settings(inputs):
    """Settings that can certainly prevent learning, whether or not they did so here."""
    return _certain(SETTINGS, inputs)


def _certain(functions, inputs):
    return tuple(cause for function in functions if (cause := function(inputs)) is not None and cause.is_certain)


def find_causes(inputs):
    """Every cause that applies: first the certain ones, then the others, both in the order of `CAUSES`.

    Parameters
    ----------
    inputs : CauseInputs

    Returns
    -------
    causes : tuple of Cause
    """
    found = [cause for function in CAUSES if (cause := function(inputs)) is not None]
    return tuple(sorted(found, key=lambda cause: not cause.is_certain))


__all__ = ["CAUSES", "NEARLY_ALL", "Cause", "extreme_settings", "find_causes", "holding_back", "may_be_held_back"]
