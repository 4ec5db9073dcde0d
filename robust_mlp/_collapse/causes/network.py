"""Causes in the network: depth, activation, units and regularization. Reads records."""

from robust_mlp._collapse.causes.cause import Cause
from robust_mlp._collapse.causes.inputs import decay_of
from robust_mlp._core.activations import activation_called

# Gradient norm of the first hidden layer, divided by that of the last. Below the first ratio, the first layers stay
# near their random initial weights. Above the second, the gradient explodes.
VANISHING_RATIO = 1e-3
EXPLODING_RATIO = 1e3
# Saturating activations shrink the gradient at every layer (Glorot & Bengio 2010, section 3); a sigmoid leaves at most
# a quarter of it. From this many layers on, the gradient rarely reaches the first layer without special measures.
DEEP_SATURATING, DEEP = 5, 12
MOST_UNITS = 0.9  # with this share of dead or saturated units, a layer passes almost no signal

# Above these rates, the units that dropout leaves at each step are too few to carry a signal, at the usual layer sizes.
DOUBTFUL_DROPOUT, CERTAIN_DROPOUT = 0.5, 0.8
DOUBTFUL_INPUT_DROPOUT, CERTAIN_INPUT_DROPOUT = 0.4, 0.7
# Decoupled decay (Loshchilov & Hutter 2019): with Adam, a weight can grow to about 1 / weight_decay at most.
DOUBTFUL_DECAY, CERTAIN_DECAY = 0.2, 1.0
# The initial weights of a unit have a norm of 1 to 2. With a far smaller norm, its output hardly varies.
DOUBTFUL_MAX_NORM, CERTAIN_MAX_NORM = 1.0, 0.2
NARROW = 4  # units
SLIM = 8  # units: narrower layers are to blame where simple models do better


def no_hidden_layer(inputs):
    """Without a hidden layer, the network is a linear model.

    Certain where simple models of the same table do better: they are not linear, or there would be nothing to gain.
    """
    if inputs.plan.hidden_layer_sizes:
        return None
    return Cause(code="no_hidden_layer", is_certain=inputs.is_behind)


def linear_activation(inputs):
    """Layers with a linear activation are together one linear layer. Certain as for `no_hidden_layer`."""
    if activation_called(inputs.plan.activation).name != "linear" or not inputs.plan.hidden_layer_sizes:
        return None
    numbers = {"activation": inputs.plan.activation}
    return Cause(code="linear_activation", numbers=numbers, is_certain=inputs.is_behind)


def is_linear(inputs):
    """Whether the network is a linear model of its inputs, so that it is worth a look at what simple models do."""
    return not inputs.plan.hidden_layer_sizes or activation_called(inputs.plan.activation).name == "linear"


def exploding_activation(inputs):
    """An activation that grows faster than its input makes the values explode from layer to layer."""
    if activation_called(inputs.plan.activation).name != "exponential" or not inputs.plan.hidden_layer_sizes:
        return None
    return Cause(code="exploding_activation", numbers={"activation": inputs.plan.activation}, is_certain=True)


def vanishing_gradient(inputs):
    """The gradient does not reach the first layers."""
    depth, limit = len(inputs.plan.hidden_layer_sizes), deepest(inputs.plan)
    if depth < 2:
        return None
    ratio = gradient_ratio(inputs.layers)
    is_small = ratio is not None and ratio < VANISHING_RATIO
    if not (is_small or depth >= limit) or (ratio is not None and ratio > EXPLODING_RATIO):
        return None
    numbers = {"depth": depth, "activation": inputs.plan.activation, "ratio": ratio}
    is_certain = depth >= limit or (is_small and depth >= 3)
    return Cause(code="vanishing_gradient", numbers=numbers, is_certain=is_certain)


def too_deep(inputs):
    """`vanishing_gradient` for networks whose depth alone makes it certain."""
    return vanishing_gradient(inputs) if len(inputs.plan.hidden_layer_sizes) >= deepest(inputs.plan) else None


def deepest(plan):
    """The number of hidden layers from which on the gradient vanishes with the usual initial weights."""
    return DEEP_SATURATING if activation_called(plan.activation).saturates else DEEP


def exploding_gradient(inputs):
    """The gradient grows from the last layer to the first."""
    ratio = gradient_ratio(inputs.layers)
    if ratio is None or ratio < EXPLODING_RATIO:
        return None
    numbers = {"depth": len(inputs.plan.hidden_layer_sizes), "ratio": ratio}
    return Cause(code="exploding_gradient", numbers=numbers, is_certain=len(inputs.plan.hidden_layer_sizes) >= 3)


def dead_units(inputs):
    """Most units of a layer have the same output for every row."""
    layer = max(inputs.layers, key=lambda record: record.dead_fraction, default=None)
    if layer is None or layer.dead_fraction < MOST_UNITS:
        return None
    numbers = {"layer": layer.name, "fraction": layer.dead_fraction, "n_units": layer.n_units}
    return Cause(code="dead_units", numbers=numbers, is_certain=layer.dead_fraction == 1)


def saturated_units(inputs):
    """Most units of a layer are in a flat part of their activation."""
    layer = max(inputs.layers, key=lambda record: record.saturated_fraction, default=None)
    if layer is None or layer.saturated_fraction < MOST_UNITS:
        return None
    numbers = {"layer": layer.name, "fraction": layer.saturated_fraction, "n_units": layer.n_units}
    return Cause(code="saturated_units", numbers=numbers, is_certain=layer.saturated_fraction == 1)


def dropout_too_strong(inputs):
    """Dropout leaves too few units for learning."""
    rate = inputs.plan.dropout
    if rate < DOUBTFUL_DROPOUT or not inputs.plan.hidden_layer_sizes:
        return None
    left = (1 - rate) * min(inputs.plan.hidden_layer_sizes)
    is_certain = rate >= CERTAIN_DROPOUT or left < NARROW
    return Cause(code="dropout_too_strong", numbers={"rate": rate, "left": left}, is_certain=is_certain)


def input_dropout_too_strong(inputs):
    """Dropout on the input hides too many columns at a time."""
    rate = inputs.plan.input_dropout
    if rate < DOUBTFUL_INPUT_DROPOUT:
        return None
    return Cause(code="input_dropout_too_strong", numbers={"rate": rate}, is_certain=rate >= CERTAIN_INPUT_DROPOUT)


def weight_decay_too_strong(inputs):
    """Weight decay shrinks the weights faster than the loss can make them grow."""
    decay = decay_of(inputs.plan)
    if decay < DOUBTFUL_DECAY:
        return None
    return Cause(code="weight_decay_too_strong", numbers={"decay": decay}, is_certain=decay >= CERTAIN_DECAY)


def max_norm_too_small(inputs):
    """The bound on the norm of the weights makes the output of every unit nearly constant."""
    bound = inputs.plan.max_norm
    if bound is None or bound >= DOUBTFUL_MAX_NORM:
        return None
    return Cause(code="max_norm_too_small", numbers={"bound": bound}, is_certain=bound < CERTAIN_MAX_NORM)


def layer_too_narrow(inputs):
    """A layer is so narrow that a single dead unit can block the signal."""
    narrowest = min(inputs.plan.hidden_layer_sizes, default=SLIM)
    if narrowest >= (SLIM if inputs.is_behind else NARROW):
        return None
    is_certain = narrowest <= 2 or inputs.is_behind
    return Cause(code="layer_too_narrow", numbers={"narrowest": narrowest}, is_certain=is_certain)


def is_slim(inputs):
    """Whether a hidden layer is so narrow that it is worth a look at what simple models do."""
    return min(inputs.plan.hidden_layer_sizes, default=SLIM) < SLIM


def gradient_ratio(layers):
    """Gradient norm of the first hidden layer divided by that of the last, or None if it was not measured."""
    if len(layers) < 2 or not layers[-1].gradient_norm > 0:
        return None
    return layers[0].gradient_norm / layers[-1].gradient_norm
