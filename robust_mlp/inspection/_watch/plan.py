"""Describes a user's own Keras model as a TrainingPlan, which the guard's causes read.

Reads a model. Never changes it, and never trains."""

import numpy as np

from robust_mlp._core.activations import ACTIVATION_NAMES
from robust_mlp._core.plan import TrainingPlan
from robust_mlp.inspection._read import keras_model

DEFAULT_BATCH_SIZE = 32  # of model.fit


def plan_of(model, *, batch_size=None, epochs=1, shuffle=True, has_class_weight=False):
    """The plan that corresponds to a compiled model and the arguments of `model.fit`.

    Parameters
    ----------
    model : keras.Model
    batch_size : int, default=None
        None: 32, as in `model.fit`.
    epochs : int, default=1
    shuffle : bool, default=True
    has_class_weight : bool, default=False

    Returns
    -------
    plan : TrainingPlan
        `scale` is "standard" if the network scales its inputs itself, else None.
    """
    layers = keras_model.read_layers(model)
    weighted = [layer for layer in layers if layer.n_weights and layer.units]
    hidden = weighted[:-1]
    first = next((i for i, layer in enumerate(layers) if layer.n_weights), 0)
    last = max((i for i, layer in enumerate(layers) if layer.n_weights), default=0)
    optimizer = model.optimizer
    return TrainingPlan(
        hidden_layer_sizes=tuple(layer.units for layer in hidden),
        activation=_activation(layers[first:last]),
        dropout=max((layer.dropout for layer in layers[first:]), default=0.0),
        input_dropout=max((layer.dropout for layer in layers[:first]), default=0.0),
        batch_norm=any(layer.kind == "BatchNormalization" for layer in layers),
        max_norm=min((layer.norm_bound for layer in weighted if layer.norm_bound is not None), default=None),
        n_members=1,
        optimizer=type(optimizer).__name__.lower() if optimizer is not None else "adam",
        learning_rate=learning_rate(optimizer),
        # A penalty in the loss and decay in the optimizer keep weights small alike.
        learning_rate_schedule=_schedule_name(optimizer),
        clip_norm=_bound_on_gradient(optimizer),
        weight_decay=max(
            float(getattr(optimizer, "weight_decay", None) or 0.0), *(layer.penalty for layer in layers), 0.0
        ),
        batch_size=int(batch_size or DEFAULT_BATCH_SIZE),
        max_iter=int(epochs),
        shuffle=bool(shuffle),
        early_stopping=False,
        scale="standard" if keras_model.is_scaled_inside(model) else None,
        use_class_weight=has_class_weight,
    )


def _schedule_name(optimizer):
    """The class of the schedule that an optimizer has in the place of a learning rate, or None."""
    schedule = getattr(optimizer, "_learning_rate", None)
    is_schedule = any(kind.__name__ == "LearningRateSchedule" for kind in type(schedule).__mro__)
    return type(schedule).__name__ if is_schedule else None


def _bound_on_gradient(optimizer):
    """The smallest bound that an optimizer sets on the gradient, or None."""
    bounds = [getattr(optimizer, name, None) for name in ("clipnorm", "global_clipnorm", "clipvalue")]
    return min((float(bound) for bound in bounds if bound), default=None)


def learning_rate(optimizer):
    """The current learning rate of a Keras optimizer; NaN without an optimizer."""
    return float("nan") if optimizer is None else float(np.asarray(optimizer.learning_rate))


def _activation(layers):
    """The most frequent hidden activation, by the guard's name; a harmful one if most layers have it."""
    names = [
        layer.activation for layer in layers if layer.activation in ACTIVATION_NAMES and layer.activation != "linear"
    ]
    for name in ("exponential", "sigmoid", "tanh"):
        if names.count(name) > len(names) / 2:
            return name
    return max(set(names), key=names.count) if names else "linear"
