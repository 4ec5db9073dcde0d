"""The network in a Keras model: from encoded rows to probabilities.

The same numbers as `FittedNetwork`, with Keras' own layers only. Members of one shape are computed together: arrays
have the shape (n_rows, n_members, ...). Knows no columns of a table."""

import keras
import numpy as np
from keras import ops

from robust_mlp._core.activations import activation_called
from robust_mlp._core.losses import SMALLEST_POSITIVE, SMALLEST_POSITIVE_OF_FLOAT32
from robust_mlp._prediction.effect_matrices import matrices_of
from robust_mlp._prediction.effect_units import LARGEST_SLOPED, NONE, EffectUnits
from robust_mlp._prediction.network import votes_in


def probabilities_of(rows, fitted, dtype):
    """Probabilities of all members together.

    Parameters
    ----------
    rows : EncodedTensors
    fitted : FittedNetwork
    dtype : {"float64", "float32"}
        In which the members are computed.

    Returns
    -------
    probabilities : KerasTensor of shape (n_rows, n_classes), `dtype`
    """
    networks = [weights.network() for weights in fitted.all_answering]
    softmax = keras.layers.Softmax(dtype=dtype)
    answers = [softmax(_logits(network, rows, dtype)) for network in networks]
    together = answers[0] if len(answers) == 1 else keras.layers.Concatenate(axis=1, dtype=dtype)(answers)
    votes = np.concatenate([votes_in(network) for network in networks])
    n_classes = networks[0].n_outputs
    mean = keras.layers.EinsumDense("bmc,m->bc", (n_classes,), trainable=False, dtype=dtype, name="mean_over_members")
    return _with_weights(mean, together, [votes / votes.sum()])


def adjusted(probabilities, adjustments):
    """Probabilities after what is done to them.

    Parameters
    ----------
    probabilities : KerasTensor of shape (n_rows, n_classes)
    adjustments : sequence of Adjustment

    Returns
    -------
    probabilities : KerasTensor of the same shape and dtype
    """
    dtype = probabilities.dtype
    smallest = SMALLEST_POSITIVE if dtype == "float64" else SMALLEST_POSITIVE_OF_FLOAT32
    for adjustment in adjustments:
        # Arrays, because Keras takes Python's numbers for float32.
        floor = np.array(max(adjustment.floor, smallest), dtype=dtype)
        scaled = ops.multiply(ops.log(ops.maximum(probabilities, floor)), np.array(adjustment.slope, dtype=dtype))
        shifted = ops.add(scaled, adjustment.offsets.astype(dtype))
        probabilities = keras.layers.Softmax(dtype=dtype)(shifted)
    return probabilities


def _logits(network, rows, dtype):
    """Logits of the members of one Network: KerasTensor (n_rows, n_members, n_classes)."""
    features = _features(network, rows, dtype)
    z, activation = features, activation_called(network.activation).name
    for kernel, bias in zip(network.kernels[:-1], network.biases[:-1], strict=True):
        z = _dense(z, kernel, bias, dtype)
        z = keras.layers.Activation(activation, dtype=dtype)(z)
    logits = _dense(z, network.kernels[-1], network.biases[-1], dtype)
    if network.linear_path is not None:
        logits = keras.layers.Add(dtype=dtype)([logits, _dense(features, network.linear_path, None, dtype)])
    return logits


def _features(network, rows, dtype):
    """Inputs of the first layer: (n_rows, n_features), or with a member axis where members have own vectors."""
    if isinstance(network.units, EffectUnits):
        return _effect_outputs(network.units, rows, dtype)
    if network.units is not None:
        return _radial_outputs(network.units, rows.plain, dtype)
    plain = None if rows.plain is None else ops.cast(rows.plain, dtype)
    if not network.embeddings:
        return plain
    parts = [] if plain is None else [keras.layers.RepeatVector(network.n_members, dtype=dtype)(plain)]
    for vectors, codes in zip(network.embeddings, rows.codes, strict=True):
        n_members, n_levels, width = vectors.shape
        embedding = keras.layers.Embedding(n_levels, n_members * width, dtype=dtype)
        of_levels = np.moveaxis(vectors, 0, 1).reshape(n_levels, n_members * width)
        found = _with_weights(embedding, codes, [of_levels])
        parts.append(keras.layers.Reshape((n_members, width), dtype=dtype)(found))
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(dtype=dtype)(parts)


def _dense(z, kernel, bias, dtype):
    """One layer of all members; `kernel` has the shape (n_members, inputs, units), `bias` (n_members, 1, units)."""
    n_members, _, units = kernel.shape
    if len(z.shape) == 2:
        equation, kernel = "bf,fmu->bmu", np.moveaxis(kernel, 0, 1)
    else:
        equation = "bmf,mfu->bmu"
    bias_axes = None if bias is None else "mu"
    layer = keras.layers.EinsumDense(equation, (n_members, units), bias_axes=bias_axes, dtype=dtype)
    return _with_weights(layer, z, [kernel] if bias is None else [kernel, bias[:, 0]])


def _radial_outputs(units, plain, dtype):
    """Outputs of RBF units, in float64 as in `RadialUnits`: the projection magnifies rounding errors."""
    rows = ops.multiply(ops.cast(ops.take(plain, units.inputs, axis=1), "float64"), units.factors)
    of_centers = np.einsum("ij,ij->i", units.centers, units.centers)
    distances = _frozen_dense(rows, -2 * units.centers.T, of_centers)
    distances = ops.add(distances, ops.sum(ops.square(rows), axis=1, keepdims=True))
    gaussians = ops.exp(ops.negative(ops.maximum(distances, 0.0)))
    return ops.cast(_frozen_dense(gaussians, units.projection, -units.shift), dtype)


def _effect_outputs(units, rows, dtype):
    """Sums of effects, as `EffectUnits` has them."""
    row = _with_codes(rows)
    table = keras.layers.Embedding(*units.table.shape, trainable=False, dtype=dtype)
    found = _with_weights(table, _cells(units, row), [units.table])
    has_none = units.numbers == NONE
    slopes = ops.take(row, np.where(has_none, 0, units.numbers), axis=1)
    slopes = ops.where(has_none, np.ones(1, np.float32), ops.clip(slopes, -LARGEST_SLOPED, LARGEST_SLOPED))
    return ops.sum(ops.multiply(found, ops.expand_dims(ops.cast(slopes, dtype), 2)), axis=1)


def _cells(units, row):
    """The cell of each effect: int32 of shape (n_rows, n_effects). Levels are whole numbers, exact as floats."""
    matrices = matrices_of(units)
    read = ops.cast(ops.greater(ops.take(row, matrices.step_inputs, axis=1), matrices.thresholds), "float64")
    if matrices.code_inputs.size:
        codes = ops.cast(ops.take(row, matrices.code_inputs, axis=1), "float64")
        read = keras.layers.Concatenate(dtype="float64")([read, codes])
    n_factors = len(matrices.n_levels)
    levels = _frozen_dense(read, matrices.added, np.zeros(n_factors))
    is_known = ops.logical_and(ops.greater_equal(levels, 0), ops.less(levels, matrices.n_levels.astype(np.float64)))
    levels = ops.where(is_known, levels, np.zeros(n_factors))
    return ops.cast(_frozen_dense(levels, matrices.strides, units.starts), "int32")


def _with_codes(rows):
    """Encoded rows as one float32 matrix, codes last, as `Encoding.transform` gives them."""
    parts = [] if rows.plain is None else [rows.plain]
    parts += [ops.cast(ops.expand_dims(codes, 1), "float32") for codes in rows.codes]
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(dtype="float32")(parts)


def _frozen_dense(z, kernel, bias):
    layer = keras.layers.Dense(kernel.shape[1], trainable=False, dtype="float64")
    return _with_weights(layer, z, [kernel, bias])


def _with_weights(layer, z, weights):
    """What a new layer makes of `z` with these weights."""
    outputs = layer(z)
    layer.set_weights(weights)
    return outputs
