"""Findings about layers, from their settings and initial weights alone.

Pure functions on facts. Never runs a network."""

import math

from robust_mlp._core.records import Finding

# Dropout .5 is the usual value (Srivastava et al. 2014); above .8, more than four of five units are dropped in each
# step.
MAX_DROPOUT = 0.8
# Healthy kernels have a standard deviation between Glorot's sqrt(2 / (in + out)) and He's sqrt(2 / in). Outside these
# factors, the signal grows or shrinks in each layer by at least the factor.
MAX_KERNEL_FACTOR, MIN_KERNEL_FACTOR = 6.0, 1 / 20
# Initial biases are 0 or small. Biases from normal(0, 1) are larger than the effect of inputs of unit size.
MAX_BIAS_STD = 0.5
# The slope of a sigmoid is at most 1/4, so over four layers the gradient shrinks at least 256-fold.
MAX_SIGMOID_LAYERS = 3
SIGMOIDS = ("sigmoid", "hard_sigmoid")
# The standard deviation of fewer weights is too uncertain.
MIN_WEIGHTS_TO_JUDGE = 16


def judge_layers(layers, *, is_trained=False):
    """Find errors in the layers.

    Parameters
    ----------
    layers : sequence of LayerFacts
    is_trained : bool, default=False
        Whether the optimizer has made steps. Then initial weights are not judged.

    Returns
    -------
    findings : list of Finding
    """
    checks = [_nothing_trainable, _frozen_layers, _linear_hidden, _strong_dropout, _exponential, _sigmoid_stack]
    if not is_trained:
        checks += [_identical_units, _kernel_size, _large_biases]
    return [finding for check in checks if (finding := check(layers)) is not None]


def _finding(code, severity, symptom, cause, evidence, fix):
    """A Finding from its parts, in reading order."""
    return Finding(code=code, severity=severity, symptom=symptom, cause=cause, evidence=evidence, fix=fix)


def _names(layers):
    """A short text that names layers."""
    return ", ".join(repr(layer.name) for layer in layers)


def _nothing_trainable(layers):
    """Every layer frozen."""
    weighted = [layer for layer in layers if layer.n_weights]
    if not weighted or any(layer.is_trainable for layer in weighted):
        return None
    return _finding(
        "nothing_trainable",
        "error",
        "model.fit changes no weight.",
        "Every layer is frozen.",
        f"trainable=False on all {len(weighted)} layers with weights.",
        "model.trainable = True  # then compile again",
    )


def _frozen_layers(layers):
    """Some layers frozen, which is right for transferred weights and wrong for random ones."""
    weighted = [layer for layer in layers if layer.n_weights]
    frozen = [layer for layer in weighted if not layer.is_trainable]
    if not frozen or len(frozen) == len(weighted):
        return None
    return _finding(
        "frozen_layers",
        "info",
        "Their weights stay as they are.",
        "Some layers are frozen; that is right for weights from elsewhere only.",
        f"{len(frozen)} of {len(weighted)} layers: {_names(frozen[:5])}.",
        f"model.get_layer({frozen[0].name!r}).trainable = True  # then compile again",
    )


def _linear_hidden(layers):
    """Two Dense layers with nothing nonlinear between them."""
    linear = [layer for layer in layers if layer.feeds_dense_linearly]
    if not linear:
        return None
    return _finding(
        "linear_hidden_layer",
        "warning",
        "The layers collapse into one matrix: depth adds nothing.",
        "A hidden Dense layer has no activation.",
        f"{_names(linear[:5])} without an activation before the next Dense layer.",
        f'keras.layers.Dense({linear[0].units}, activation="relu")',
    )


def _strong_dropout(layers):
    """Dropout that removes nearly everything."""
    strong = [layer for layer in layers if layer.dropout > MAX_DROPOUT]
    if not strong:
        return None
    return _finding(
        "dropout_too_strong",
        "warning",
        "Hardly any unit is left in a training step, so only the output bias learns.",
        f"A dropout rate above {MAX_DROPOUT:g}; the rate is the share that is removed, not kept.",
        ", ".join(f"{layer.name!r}: {layer.dropout:g}" for layer in strong[:5]) + ".",
        f"keras.layers.Dropout({round(1 - strong[0].dropout, 3) if strong[0].dropout < 1 else 0.2:g})",
    )


def _exponential(layers):
    """Exponential hidden units."""
    found = [layer for layer in layers if layer.activation in ("exponential", "exp")]
    if not found:
        return None
    return _finding(
        "exponential_activation",
        "warning",
        "Outputs overflow after a few layers, and the loss is NaN.",
        "Hidden units grow exponentially.",
        f"activation='exponential' in {_names(found[:5])}.",
        f'keras.layers.Dense({found[0].units}, activation="relu")',
    )


def _sigmoid_stack(layers):
    """Many sigmoid layers on top of each other."""
    found = [layer for layer in layers[:-1] if layer.activation in SIGMOIDS and layer.n_weights]
    if len(found) <= MAX_SIGMOID_LAYERS:
        return None
    return _finding(
        "vanishing_sigmoids",
        "warning",
        "The gradient does not reach the first layers, and the output hardly depends on the row.",
        "Many sigmoid layers on top of each other; each shrinks the gradient at least four-fold.",
        f"{len(found)} hidden sigmoid layers: the gradient shrinks at least {4.0 ** len(found):.0e}-fold.",
        f'keras.layers.Dense({found[0].units}, activation="relu", kernel_initializer="he_normal")',
    )


def _identical_units(layers):
    """A hidden layer with identical units."""
    found = [layer for layer in layers if layer.has_identical_units]
    if not found:
        return None
    is_for_ever = any(layer.has_identical_outgoing for layer in found) and not any(layer.dropout for layer in layers)
    return _finding(
        "identical_units",
        "error" if is_for_ever else "warning",
        "Units that start alike get the same gradient and stay alike: the layer is one unit wide."
        if is_for_ever
        else "Units that start alike learn nearly the same: the layer wastes its width.",
        "A constant kernel initializer.",
        f"All units of {_names(found[:5])} have the same weights.",
        f'keras.layers.Dense({found[0].units}, kernel_initializer="he_normal")',
    )


def _kernel_size(layers):
    """Kernels far from any usual initial size."""
    for layer in layers:
        if not layer.kernel_std or not layer.fan_in or layer.fan_in * (layer.units or 0) < MIN_WEIGHTS_TO_JUDGE:
            continue
        he = math.sqrt(2 / layer.fan_in)  # He et al. (2015), eq. 10, https://arxiv.org/abs/1502.01852
        glorot = math.sqrt(2 / (layer.fan_in + layer.units))  # Glorot & Bengio (2010), eq. 12
        is_large = layer.kernel_std > MAX_KERNEL_FACTOR * he
        if not is_large and layer.kernel_std > MIN_KERNEL_FACTOR * glorot:
            continue
        return _finding(
            "weights_too_large" if is_large else "weights_too_small",
            "warning",
            "Units saturate or the loss starts huge."
            if is_large
            else "The signal dies out on its way through the layer.",
            f"The initial weights are too {'large' if is_large else 'small'} for the width of the layer.",
            f"{layer.name!r}: standard deviation {layer.kernel_std:.3g}; He's for {layer.fan_in} inputs is {he:.3g}.",
            f'keras.layers.Dense({layer.units}, kernel_initializer="he_normal")',
        )
    return None


def _large_biases(layers):
    """Biases drawn from a wide distribution."""
    found = [layer for layer in layers if layer.bias_std is not None and layer.bias_std > MAX_BIAS_STD]
    if not found:
        return None
    return _finding(
        "biases_too_large",
        "warning",
        "The biases drown the inputs: units are on or off for all rows.",
        "The initial biases are large and random.",
        f"{found[0].name!r}: standard deviation {found[0].bias_std:.3g}.",
        f'keras.layers.Dense({found[0].units}, bias_initializer="zeros")',
    )
