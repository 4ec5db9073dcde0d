"""Rebuilds a user's Keras model with changes: another head, other hidden layers, other rates.

Works for Sequential and functional models, because Keras knows how their layers are connected. Trains nothing and
decides nothing: the changes come from the inspection or from the guard's plan."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras

from robust_mlp._core.activations import ACTIVATION_NAMES
from robust_mlp.inspection._read.keras_model import DROPOUT_LAYERS, activation_name, data_flow
from robust_mlp.inspection._read.kernel_limits import norm_bound_of, penalty_of

L = keras.layers


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The changes to build; None and empty change nothing."""

    units: int | None = None  # of the head
    head_activation: str | None = None
    hidden_sizes: tuple[int, ...] | None = None
    activation: str | None = None
    dropout: float | None = None  # largest rate after the first weights
    input_dropout: float | None = None  # largest rate before them
    batch_norm: bool = False
    max_norm: float | None = None
    penalty: float | None = None  # largest rate of a penalty on a kernel
    fresh_weights: bool = False  # usual initial weights for hidden layers instead of the user's

    @property
    def is_empty(self):
        """Whether there is no change."""
        return self == Changes()


@dataclass(frozen=True, eq=False)
class Roles:
    """The roles of layers: `hidden` layers have units and weights; `head` is the last layer with weights."""

    hidden: list
    head: Any
    after_head: list
    hidden_dropouts: list
    input_dropouts: list
    hidden_activations: list = field(default_factory=list)


def roles_of(model):
    """The roles of a model's layers; None if they cannot be determined."""
    operations = data_flow(model)
    if operations is None:
        return None
    weighted = [i for i, op in enumerate(operations) if getattr(op, "weights", ())]
    if not weighted or not isinstance(operations[weighted[-1]], L.Dense):
        return None
    first, last = weighted[0], weighted[-1]
    between, after = operations[first:last], operations[last + 1 :]
    if not all(isinstance(op, L.Layer) for op in after):
        return None  # an operation of keras.ops after the head cannot be replaced
    return Roles(
        hidden=[op for op in between if getattr(op, "weights", ()) and isinstance(getattr(op, "units", None), int)],
        head=operations[last],
        after_head=[op for op in after if activation_name(op) is not None or type(op).__name__ in DROPOUT_LAYERS],
        hidden_dropouts=[op for op in between if type(op).__name__ in DROPOUT_LAYERS],
        input_dropouts=[op for op in operations[:first] if type(op).__name__ in DROPOUT_LAYERS],
        hidden_activations=[op for op in between if activation_name(op) in ACTIVATION_NAMES],
    )


def rebuilt(model, changes):
    """Rebuild the model with changes, and copy the weights of unchanged layers.

    Parameters
    ----------
    model : keras.Model
    changes : Changes

    Returns
    -------
    model : keras.Model or None
        Not compiled. None if the model cannot be rebuilt.
    """
    roles = roles_of(model)
    if roles is None:
        return None
    replaced, inserted = _plan_of_layers(roles, changes)
    try:
        new = _again(model, replaced, inserted)
    except Exception:  # a layer cannot be made from its config, or shapes no longer fit
        return None
    _copy_weights(model, new, {layer.name for layer in _changed_weights(roles, changes)})
    return new


def _plan_of_layers(roles, changes):
    """By layer id: the function that makes its replacement, and those that make layers before and after it."""
    replaced, behind, before = {}, {}, {}
    if changes.head_activation is not None:
        units = changes.units or roles.head.units
        settings = {"units": units, "activation": changes.head_activation} | _milder_head(roles.head, changes)
        replaced[id(roles.head)] = partial(_made, roles.head, **settings)
        for layer in roles.after_head:
            replaced[id(layer)] = partial(L.Identity, name=layer.name)
    elif milder := _milder_head(roles.head, changes):
        replaced[id(roles.head)] = partial(_made, roles.head, **milder)
    for layers, rate in ((roles.hidden_dropouts, changes.dropout), (roles.input_dropouts, changes.input_dropout)):
        for layer in layers:
            if rate is not None and layer.rate > rate:
                replaced[id(layer)] = partial(_made, layer, rate=rate)
    sizes = changes.hidden_sizes
    for i, layer in enumerate(roles.hidden):
        if sizes is not None and i >= len(sizes) and isinstance(layer, L.Dense):
            replaced[id(layer)] = partial(L.Identity, name=layer.name)
            continue
        settings = {} if sizes is None or i >= len(sizes) else {"units": sizes[i]}
        if changes.activation is not None and activation_name(layer) in ACTIVATION_NAMES and _has_activation(layer):
            settings["activation"] = changes.activation
        if changes.max_norm is not None and "kernel_constraint" in layer.get_config():
            settings["kernel_constraint"] = keras.constraints.MaxNorm(changes.max_norm)
        settings |= _milder(layer, changes.penalty)
        if changes.fresh_weights and isinstance(layer, L.Dense):
            settings |= {"kernel_initializer": "he_normal", "bias_initializer": "zeros"}
        if settings:
            replaced[id(layer)] = partial(_made, layer, **settings)
        if changes.batch_norm and isinstance(layer, L.Dense):
            behind[id(layer)] = [L.BatchNormalization]
    for layer in roles.hidden_activations:
        if changes.activation is not None and isinstance(layer, L.Activation) and activation_name(layer) != "linear":
            replaced[id(layer)] = partial(L.Activation, changes.activation, name=layer.name)
    extra = () if sizes is None else sizes[len(roles.hidden) :]
    if extra:
        activation = changes.activation or "relu"
        before[id(roles.head)] = [lambda n=n: L.Dense(n, activation=activation) for n in extra]
    return replaced, (before, behind)


def _milder_head(head, changes):
    """Settings of a head whose penalty and whose bound on the weights are milder; empty where they are mild."""
    bound = norm_bound_of(head)
    is_bound = changes.max_norm is not None and bound is not None and bound < changes.max_norm
    looser = {"kernel_constraint": keras.constraints.MaxNorm(changes.max_norm)} if is_bound else {}
    return _milder(head, changes.penalty) | looser


def _milder(layer, rate):
    """Settings of a layer whose penalty has at most this rate; empty where it has none above."""
    if rate is None or penalty_of(layer) <= rate:
        return {}
    found = layer.get_config()
    return {
        name: keras.regularizers.L2(rate)
        for name in ("kernel_regularizer", "activity_regularizer")
        if found.get(name) is not None
    }


def _has_activation(layer):
    """Whether a layer itself applies a nonlinear activation."""
    return activation_name(layer) not in (None, "linear")


def _made(layer, **settings):
    """A copy of a layer with some other settings."""
    return type(layer).from_config({**layer.get_config(), **settings})


def _like(layer):
    """A copy of a layer with the same settings."""
    return type(layer).from_config(layer.get_config())


def _again(model, replaced, inserted):
    """A model with the same connections and the new layers."""
    before, behind = inserted
    if isinstance(model, keras.Sequential):
        layers = [keras.Input(batch_shape=model.input_shape, dtype=model.inputs[0].dtype)]
        for layer in model.layers:
            if isinstance(layer, keras.Model):
                layers.append(_again(layer, replaced, inserted))
                continue
            layers += [make() for make in before.get(id(layer), ())]
            layers.append(replaced[id(layer)]() if id(layer) in replaced else _like(layer))
            layers += [make() for make in behind.get(id(layer), ())]
        return keras.Sequential(layers, name=model.name)
    extra = {}

    def clone(layer):
        new = replaced[id(layer)]() if id(layer) in replaced else _like(layer)
        extra[id(new)] = ([m() for m in before.get(id(layer), ())], [m() for m in behind.get(id(layer), ())])
        return new

    def call(layer, *args, **kwargs):
        first, last = extra.get(id(layer), ((), ()))
        for other in first:
            args = (other(args[0]), *args[1:])
        outputs = layer(*args, **kwargs)
        for other in last:
            outputs = other(outputs)
        return outputs

    return keras.models.clone_model(model, clone_function=clone, call_function=call, recursive=True)


def _changed_weights(roles, changes):
    """Layers whose weights are not copied."""
    changed = [roles.head] if changes.head_activation is not None else []
    return changed + (roles.hidden if changes.fresh_weights else [])


def _copy_weights(old, new, fresh):
    """Copy the weights of layers with the same name and shapes."""
    sources = {layer.name: layer for layer in old._flatten_layers(include_self=False) if layer.weights}
    for layer in new._flatten_layers(include_self=False):
        source = sources.get(layer.name)
        if source is None or layer.name in fresh or getattr(layer, "_layers", None):
            continue
        weights = source.get_weights()
        if [w.shape for w in weights] == [w.shape for w in layer.get_weights()]:
            layer.set_weights(weights)
            layer.trainable = source.trainable
